"""Judges what the account no longer has of a stack, and what it has beyond the state; pure."""

from dataclasses import dataclass

from operate.doctor.finding import Finding, error, ok, unknown


@dataclass(frozen=True)
class MissingObservation:
    """How the account differs from what the state holds.

    Attributes:
        servers: Servers, DATACENTER-NAME.
        others: `KIND NAME`, such as `GlobalIp doors`.
        unmanaged: Descriptions of servers with names of this stack of which the state holds none.
        twins: Descriptions of servers that the account has beside those of the same name in the state.
        twins_unknown: Why the account was not asked for twins; empty where it was.
    """

    servers: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    unmanaged: tuple[str, ...] = ()
    twins: tuple[str, ...] = ()
    twins_unknown: str = ""


def judge_missing(environment: str, observed: MissingObservation) -> list[Finding]:
    """Judge whether the account has what the state holds.

    Args:
        environment: Name of the stack.
        observed: Differences between account and state.
    """
    reason = "it was cancelled or deleted outside of Pulumi"
    findings = [
        f"the account no longer has the server {server}, which the stack has; {reason}"
        for server in observed.servers
    ] + [f"the account no longer has {item} of the stack; {reason}" for item in observed.others]
    remedy = f"operate recover {environment}, which asks before it orders; docs/runbooks/lost-server.md"
    missing = [error(finding, remedy) for finding in findings]
    return [*missing, *_judge_twins(environment, observed)] or [
        ok("the account has everything that the stack holds, and no other server of its names")
    ]


def _judge_twins(environment: str, observed: MissingObservation) -> list[Finding]:
    if observed.twins_unknown:
        what = "whether the account has servers of this stack that its state does not hold is not known"
        return [unknown(f"{what}: {observed.twins_unknown}", f"run `operate doctor {environment}` again")]
    adopt = f"operate adopt {environment}, which takes it over; docs/runbooks/lost-state.md"
    cancel = (
        "find out whether it has images or belongs to another team, then cancel it in the portal; "
        "docs/runbooks/lost-state.md"
    )
    remedies = [*((name, adopt) for name in observed.unmanaged), *((name, cancel) for name in observed.twins)]
    return [
        error(
            f"the account has the server {name}, with this stack's names, domain and tags, and the state "
            "does not hold it; it is billed",
            remedy,
        )
        for name, remedy in remedies
    ]

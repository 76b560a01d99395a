"""Judges what the account no longer has of a stack: cancelled in the portal, for one; pure."""

from dataclasses import dataclass

from operate.doctor.finding import Finding, error, ok


@dataclass(frozen=True)
class MissingObservation:
    """What the account no longer has of what the stack is made of.

    Attributes:
        servers: DATACENTER-NAME.
        others: `KIND NAME`, such as `GlobalIp doors`.
    """

    servers: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


def judge_missing(environment: str, observed: MissingObservation) -> list[Finding]:
    """Judge whether the account has what the state holds.

    Args:
        environment: name of the stack.
        observed: what it no longer has.
    """
    reason = "it was cancelled or deleted outside of Pulumi"
    findings = [
        f"the account no longer has the server {server}, which the stack has; {reason}"
        for server in observed.servers
    ] + [f"the account no longer has {item} of the stack; {reason}" for item in observed.others]
    remedy = f"operate recover {environment}, which asks before it orders; docs/runbooks/lost-server.md"
    return [error(finding, remedy) for finding in findings] or [
        ok("the account has everything that the stack holds")
    ]

"""Judges whether the servers of a stack can be logged in to, and show the host keys that are pinned; pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from operate.doctor.finding import Finding, error, note, ok, warning

_RUNBOOK = "docs/runbooks/lost-server.md"


@dataclass(frozen=True)
class ServerLoginObservation:
    """A login to a server.

    Attributes:
        server: Server, DATACENTER-NAME.
        has_other_key: Whether the server shows another SSH host key than the pinned one.
        is_pinned: Whether a key is pinned.
        reason: Why the login or Docker there fails; "" where neither does.
        is_helper: Whether the checks of front doors and containers leave the server out.
    """

    server: str
    has_other_key: bool = False
    is_pinned: bool = True
    reason: str = ""
    is_helper: bool = True


def judge_logins(environment: str, observed: Sequence[ServerLoginObservation]) -> Sequence[Finding]:
    """Judge host keys of all servers, and whether helpers answer.

    Args:
        environment: Name of the stack.
        observed: Result of a login to each server of the state.
    """
    findings = [finding for login in observed if (finding := _login(environment, login))]
    proved = ", ".join(login.server for login in observed if not login.reason)
    if findings or not proved:
        return findings or (note("no server could be asked; other checks say why"),)
    return (ok(f"{proved}: each proves its SSH host key"),)


def _login(environment: str, login: ServerLoginObservation) -> Finding | None:
    if login.has_other_key:
        what = (
            f"{login.server} shows another SSH host key than the pinned one: it was installed anew outside of"
            " the stack, or somebody intercepts the connection"
        )
        accept = f"operate recover {environment} --accept-host-key {login.server}"
        return error(what, f"compare it with the server's console, then {accept}; {_RUNBOOK}")
    if not login.is_pinned:
        what = f"{login.server} has no pinned SSH host key, so that nothing logs in to it"
        remedy = f"operate recover {environment}, which names the key that it shows; {_RUNBOOK}"
        return warning(what, remedy)
    if login.reason and login.is_helper:
        what = f"{login.server}, which carries no registry, cannot be worked on: {login.reason}"
        return warning(what, "docs/runbooks/lost-helper.md")
    return None

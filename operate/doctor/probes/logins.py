"""Logs in to each server of a stack's state, helpers as well; decides nothing."""

from collections.abc import Collection, Mapping, Sequence

from operate.doctor.judgements.logins import ServerLoginObservation
from operate.servers.script_text import SCRIPTS
from operate.servers.ssh import HostKeyError, ScriptRunner, SshError
from operate.servers.system_ssh import pinned_servers

Answer = tuple[int, bytes, str] | SshError


def observe_logins(
    servers: Mapping[str, tuple[str, Mapping[str, object]]],
    carriers: Collection[str],
    link: ScriptRunner,
    seconds: float,
) -> Sequence[ServerLoginObservation]:
    """Return what a login to each server comes to.

    Args:
        servers: Id and outputs of each server by its name, as the stack's state has them.
        carriers: Servers that other checks log in to, DATACENTER-NAME.
        link: Link that logs in.
        seconds: Seconds for a server that may be lost.
    """
    pinned = pinned_servers(servers)
    answers = link.run_each([server.facts for server in pinned], SCRIPTS / "docker-answers.sh", seconds)
    by_name = {server.name: answer for server, answer in zip(pinned, answers, strict=True)}
    return [_observation(name, by_name.get(name), carriers) for name in sorted(servers)]


def _observation(name: str, answer: Answer | None, carriers: Collection[str]) -> ServerLoginObservation:
    is_helper = name not in carriers
    if answer is None:
        return ServerLoginObservation(name, is_pinned=False, is_helper=is_helper)
    if isinstance(answer, SshError):
        other_key = isinstance(answer, HostKeyError)
        return ServerLoginObservation(
            name, has_other_key=other_key, reason=_without_remedy(answer), is_helper=is_helper
        )
    code, _, message = answer
    reason = (message or "Docker does not answer") if code else ""
    return ServerLoginObservation(name, reason=reason, is_helper=is_helper)


def _without_remedy(error: SshError) -> str:
    """Return why, without the remedy of a front door: a helper has another one."""
    return str(error).partition("; see ")[0]

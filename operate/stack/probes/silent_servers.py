"""Servers that a plan takes something off and that do not answer: the recovery would wait for them in vain.

After a takeover the lost server loses its front door. A server that the account no longer has takes it along;
one that is only off has to answer once more, and Pulumi dials it for minutes.
"""

from collections.abc import Collection, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from pulumi import automation
from pulumi.automation import events

from operate.error import NotStartedError
from operate.servers.system_ssh import USER, PinnedServer
from operate.stack.state.installations import COMMAND
from operate.stack.state.lost_resources import server_urns

_DELETIONS = frozenset({"delete", "delete-replaced"})
_CONTAINER = "docker:index/container:Container"
_SECONDS = 10.0
"""For which a server may take to answer (choice): one that works does within a second."""


class PlannedDeletions:
    """Listens to a preview, and collects what it would delete.

    Attributes:
        urns: URNs of what would be deleted, also because something replaces it.
    """

    def __init__(self) -> None:
        self.urns: set[str] = set()

    def __call__(self, event: events.EngineEvent) -> None:
        """Handle one event."""
        if event.resource_pre_event is not None:
            step = event.resource_pre_event.metadata
            if step.op in _DELETIONS:
                self.urns.add(step.urn)


def deletions_by_server(state: automation.Deployment, urns: Collection[str]) -> Mapping[str, tuple[str, ...]]:
    """Return what is to be taken off servers that stay, by DATACENTER-NAME: the names of the resources.

    Left out is what leaves the state without a login, and what goes with its server.

    Args:
        state: State of the stack.
        urns: URNs of what is to be deleted.
    """
    servers = {urn: name for name, urn in server_urns(state).items() if urn not in urns}
    deletions: dict[str, list[str]] = {}
    for resource in (state.deployment or {}).get("resources", []):
        server = servers.get(str(resource.get("deletedWith")))
        if server and resource["urn"] in urns and _requires_login(resource):
            deletions.setdefault(server, []).append(str(resource["urn"]).rpartition("::")[2])
    return {server: tuple(names) for server, names in deletions.items()}


def _requires_login(resource: Mapping[str, object]) -> bool:
    inputs = resource.get("inputs")
    runs_script = resource["type"] == COMMAND and isinstance(inputs, Mapping) and bool(inputs.get("delete"))
    return runs_script or resource["type"] == _CONTAINER


def require_answers(deletions: Mapping[str, Sequence[str]], silent: Mapping[str, str]) -> None:
    """Refuse to take something off servers that do not answer.

    Args:
        deletions: Names of the resources to be taken off, by server.
        silent: Why servers do not answer, by DATACENTER-NAME.

    Raises:
        NotStartedError: One of those servers does not answer.
    """
    lines = [
        f"{server} is in the account and does not come back: {reason}; the plan takes {', '.join(names)} off"
        f" it. Nothing was ordered or changed on a server. Power {server} on in the portal, then run the same"
        ' command again. If it is broken for good, replace it first, as "It is in the account, and does not'
        ' come back" in docs/runbooks/lost-server.md describes'
        for server, names in deletions.items()
        if (reason := silent.get(server))
    ]
    if lines:
        raise NotStartedError("\n".join(lines))


def silent_servers(
    environment: str, config_file: Path | None, servers: Sequence[PinnedServer]
) -> Mapping[str, str]:
    """Return why servers do not answer SSH, by DATACENTER-NAME; those that do are left out.

    One that shows another host key or refuses the operator's key does answer: Pulumi names it at once.

    Args:
        environment: The stack's name.
        config_file: The stack's file where it is elsewhere.
        servers: Servers that are asked, at once.
    """
    from operate.servers.script_text import SCRIPTS
    from operate.servers.ssh import UnreachableError
    from operate.servers.stack_link import stack_link  # asyncssh takes a third of a second to load

    targets = [server.facts for server in servers]
    with closing(stack_link(USER, environment, config_file)) as link:
        answers = link.run_each(targets, SCRIPTS / "docker-answers.sh", _SECONDS)
    return {
        server.name: f"it does not answer SSH at {server.address}"
        for server, answer in zip(servers, answers, strict=True)
        if isinstance(answer, UnreachableError)
    }

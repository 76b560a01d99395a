"""What a recovery refreshes: what is the account's, and containers where Docker answers; pure.

A refresh of everything reads each resource with the provider that the state has. Docker's logs in with
the host key that was pinned then, and one server that is off, re-keyed or empty fails the whole of it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from pulumi import automation

from operate.servers.system_ssh import PinnedServer, pinned_servers
from operate.stack.state.lost_resources import Resource, server_outputs, server_urns

_OWN, _DOCKER = "softlayer:", "docker:"
_DOCKER_PROVIDER = "pulumi:providers:docker"


@dataclass(frozen=True)
class RefreshedServers:
    """What asking the account came to.

    Attributes:
        missing: Servers that it no longer has, DATACENTER-NAME.
        changed: Servers whose system was installed again, or whose pinned host key was given up.
        repeated: Installations that differ from the state and are repeated, for people.
    """

    missing: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    repeated: tuple[str, ...] = ()

    @property
    def description(self) -> str:
        """For people."""
        parts = [f"missing: {', '.join(self.missing)}" if self.missing else "it has every server"]
        if self.changed:
            parts.append(
                f"its system was reloaded, or its pinned host key given up: {', '.join(self.changed)}"
            )
        if self.repeated:
            parts.append(f"differs from the state, and is installed again: {'; '.join(self.repeated)}")
        return "; ".join(parts)


def own_targets(state: automation.Deployment, names: Collection[str]) -> list[str]:
    """Return the URNs of what is in the account.

    Args:
        state: State of the stack.
        names: Servers, DATACENTER-NAME, and nothing else; everything where empty.
    """
    if names:
        return [urn for name, urn in server_urns(state).items() if name in names]
    return [str(item["urn"]) for item in _resources(state) if str(item["type"]).startswith(_OWN)]


def docker_hosts(
    state: automation.Deployment, names: Collection[str]
) -> Mapping[PinnedServer, Sequence[str]]:
    """Return the URNs of what Docker has, by the server that Docker runs on.

    Left out is what the state's provider cannot reach: it knows another host key, or a server that is gone.

    Args:
        state: State of the stack.
        names: Servers, DATACENTER-NAME, on which it is; all where empty.
    """
    providers = {
        f"{resource['urn']}::{resource.get('id')}": str(resource.get("inputs"))
        for resource in _resources(state)
        if resource["type"] == _DOCKER_PROVIDER
    }
    urns_in_scope = {urn for name, urn in server_urns(state).items() if not names or name in names}
    hosts: dict[PinnedServer, list[str]] = {}
    for resource in _resources(state):
        if str(resource["type"]).startswith(_DOCKER) and resource.get("deletedWith") in urns_in_scope:
            for host in pinned_servers(server_outputs(state)):
                if _leads_to(providers.get(str(resource.get("provider")), ""), host):
                    hosts.setdefault(host, []).append(str(resource["urn"]))
    return hosts


def changed_servers(before: automation.Deployment, after: automation.Deployment) -> tuple[str, ...]:
    """Return the servers whose installation or pinned host key differs, DATACENTER-NAME.

    Args:
        before: The state.
        after: The state after the refresh.
    """
    old, new = (_identities(state) for state in (before, after))
    return tuple(sorted(name for name in old.keys() & new.keys() if old[name] != new[name]))


def _identities(state: automation.Deployment) -> Mapping[str, tuple[object, object]]:
    return {
        name: (outputs.get("installation"), outputs.get("sshHostKey") or None)
        for name, (_, outputs) in server_outputs(state).items()
    }


def _leads_to(provider: str, host: PinnedServer) -> bool:
    """Whether a provider, by its inputs as text, logs in to a server by the key that is pinned now."""
    return f"@{host.address}:" in provider and host.host_key.split()[1] in provider


def _resources(state: automation.Deployment) -> list[Resource]:
    resources: list[Resource] = (state.deployment or {}).get("resources", [])
    return resources

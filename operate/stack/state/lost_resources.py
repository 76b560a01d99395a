"""Resources that were on a lost or reinstalled server leave the state; pure.

A server that the account no longer has takes along what was on it, and a reload in the portal empties its
disk. Pulumi would log in there to undo it, where the program declares it no more, or for another server.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence

from pulumi import automation

Resource = Mapping[str, object]
SERVERS = frozenset({"softlayer:index:VirtualGuest", "softlayer:index:BareMetalServer"})
"""Types of servers."""
_INSTALLATION_LABEL = "softlayer-registry.installation"
_INSTALLATION_VARIABLE = re.compile(r"INSTALLATION=(\S+) ")
"""With which each remote command begins (components/remote/script.py)."""


def server_urns(state: automation.Deployment) -> Mapping[str, str]:
    """Return the URNs of the servers in a state, by DATACENTER-NAME."""
    resources = (state.deployment or {}).get("resources", [])
    urns = [str(resource["urn"]) for resource in resources if resource["type"] in SERVERS]
    return {urn.rpartition("::")[2]: urn for urn in urns}


def server_outputs(state: automation.Deployment) -> Mapping[str, tuple[str, Mapping[str, object]]]:
    """Return id and outputs of the servers in a state, by DATACENTER-NAME."""
    resources = (state.deployment or {}).get("resources", [])
    return {
        str(resource["urn"]).rpartition("::")[2]: (str(resource["id"]), resource.get("outputs", {}))
        for resource in resources
        if resource["type"] in SERVERS
    }


def forget_lost(before: automation.Deployment, after: automation.Deployment) -> automation.Deployment:
    """Return a state without what was on servers that have left it.

    Args:
        before: The state with the servers and what is on them; it is forgotten together with them.
        after: The state without the missing ones.
    """
    missing_servers = set(server_urns(before).values()) - set(server_urns(after).values())
    removed = resources_on((before.deployment or {}).get("resources", []), missing_servers)
    deployment = dict(after.deployment or {})
    deployment["resources"] = without_resources(deployment.get("resources", []), removed)
    return automation.Deployment(after.version, deployment)


def forget_outdated(state: automation.Deployment) -> automation.Deployment:
    """Return a state without what is on an installation that no server has any more; the same where none is.

    Each resource on a server records the installation that it was made on. So it does not count when the
    servers were asked, and a recovery that was stopped goes on.

    Args:
        state: State in which the servers are as the account has them.
    """
    resources = (state.deployment or {}).get("resources", [])
    present = {_text(outputs.get("installation")) for _, outputs in server_outputs(state).values()}
    outdated: set[str] = set()
    for resource in resources:
        recorded = recorded_installation(resource) if resource.get("deletedWith") else ""
        if (recorded and recorded not in present) or resource.get("parent") in outdated:
            outdated.add(str(resource["urn"]))
    if not outdated:
        return state
    deployment = {**(state.deployment or {}), "resources": without_resources(resources, outdated)}
    return automation.Deployment(state.version, deployment)


def recorded_installation(resource: Resource) -> str:
    """Return the installation that a resource was made on; "" where it records none.

    Args:
        resource: Resource of a deployment.
    """
    inputs = resource.get("inputs")
    read = _RECORDED.get(str(resource.get("type")))
    return read(inputs) if read and isinstance(inputs, Mapping) else ""


def _of_container(inputs: Resource) -> str:
    labels = inputs.get("labels")
    for label in labels if isinstance(labels, list) else ():
        if isinstance(label, Mapping) and label.get("label") == _INSTALLATION_LABEL:
            return _text(label.get("value"))
    return ""


def _of_image(inputs: Resource) -> str:
    triggers = inputs.get("triggers")
    return _text(triggers.get("installation")) if isinstance(triggers, Mapping) else ""


def _of_copy(inputs: Resource) -> str:
    triggers = inputs.get("triggers")
    return _text(triggers[0]) if isinstance(triggers, list) and triggers else ""


def _of_command(inputs: Resource) -> str:
    match = _INSTALLATION_VARIABLE.match(_text(inputs.get("create")))
    return match[1] if match else ""


_RECORDED: Mapping[str, Callable[[Resource], str]] = {
    "docker:index/container:Container": _of_container,
    "docker:index/remoteImage:RemoteImage": _of_image,
    "command:remote:CopyToRemote": _of_copy,
    "command:remote:Command": _of_command,
}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def resources_on(resources: Sequence[Resource], servers: Collection[str]) -> frozenset[str]:
    """Return the URNs of what is on servers, those of its children too.

    Args:
        resources: Resources of a deployment, as `pulumi stack export` has them: parents first.
        servers: URNs of the servers.
    """
    urns: set[str] = set()
    for resource in resources:
        if resource.get("deletedWith") in servers or resource.get("parent") in urns:
            urns.add(str(resource["urn"]))
    return frozenset(urns)


def without_resources(resources: Sequence[Resource], removed: Collection[str]) -> list[Resource]:
    """Return resources without some of them; nothing that stays names those any more."""
    return [
        _without_references(resource, removed) for resource in resources if resource["urn"] not in removed
    ]


def _without_references(resource: Resource, removed: Collection[str]) -> Resource:
    changed = dict(resource)
    for name in ("dependencies", "replaceWith"):
        if isinstance(urns := resource.get(name), list):
            changed[name] = [urn for urn in urns if urn not in removed]
    by_property = resource.get("propertyDependencies")
    if isinstance(by_property, dict):
        changed["propertyDependencies"] = {
            name: [urn for urn in urns or () if urn not in removed] for name, urns in by_property.items()
        }
    return changed

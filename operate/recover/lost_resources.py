"""What was on a server that is gone leaves the state with it; pure.

A server that the account no longer has takes along what was on it. Pulumi would log in there to undo it,
where the program declares it no more, or for another server.
"""

from collections.abc import Mapping, Sequence

from pulumi import automation

Resource = Mapping[str, object]
_SERVERS = frozenset({"softlayer:index:VirtualGuest", "softlayer:index:BareMetalServer"})


def server_urns(state: automation.Deployment) -> Mapping[str, str]:
    """Return the URNs of the servers in a state, by DATACENTER-NAME."""
    resources = (state.deployment or {}).get("resources", [])
    urns = [str(resource["urn"]) for resource in resources if resource["type"] in _SERVERS]
    return {urn.rpartition("::")[2]: urn for urn in urns}


def deployment_without_lost(state: automation.Deployment) -> automation.Deployment:
    """Return a state without what was on servers that have left it."""
    deployment = dict(state.deployment or {})
    deployment["resources"] = without_lost(deployment.get("resources", []))
    return automation.Deployment(state.version, deployment)


def without_lost(resources: Sequence[Resource]) -> list[Resource]:
    """Return the resources of a state without those whose server has left it.

    Args:
        resources: of a deployment, as `pulumi stack export` has them.
    """
    urns = {resource["urn"] for resource in resources}
    lost: set[object] = set()
    for resource in resources:
        owner, parent = resource.get("deletedWith"), resource.get("parent")
        # Parents come first in a state.
        if (owner and owner not in urns) or parent in lost:
            lost.add(resource["urn"])
    return [_without_references(resource, lost) for resource in resources if resource["urn"] not in lost]


def _without_references(resource: Resource, lost: set[object]) -> Resource:
    changed = dict(resource)
    for name in ("dependencies", "replaceWith"):
        if isinstance(several := resource.get(name), list):
            changed[name] = [urn for urn in several if urn not in lost]
    by_property = resource.get("propertyDependencies")
    if isinstance(by_property, dict):
        changed["propertyDependencies"] = {
            name: [urn for urn in several or () if urn not in lost] for name, several in by_property.items()
        }
    return changed

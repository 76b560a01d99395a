"""What was on a server that is gone leaves the state with it; pure.

A server that the account no longer has takes along what was on it. Pulumi would log in there to undo it,
where the program declares it no more, or for another server.
"""

from collections.abc import Collection, Mapping, Sequence

from pulumi import automation

Resource = Mapping[str, object]
_SERVERS = frozenset({"softlayer:index:VirtualGuest", "softlayer:index:BareMetalServer"})


def server_urns(state: automation.Deployment) -> Mapping[str, str]:
    """Return the URNs of the servers in a state, by DATACENTER-NAME."""
    resources = (state.deployment or {}).get("resources", [])
    urns = [str(resource["urn"]) for resource in resources if resource["type"] in _SERVERS]
    return {urn.rpartition("::")[2]: urn for urn in urns}


def server_outputs(state: automation.Deployment) -> Mapping[str, tuple[str, Mapping[str, object]]]:
    """Return id and outputs of the servers in a state, by DATACENTER-NAME."""
    resources = (state.deployment or {}).get("resources", [])
    return {
        str(resource["urn"]).rpartition("::")[2]: (str(resource["id"]), resource.get("outputs", {}))
        for resource in resources
        if resource["type"] in _SERVERS
    }


def forget_lost(before: automation.Deployment, after: automation.Deployment) -> automation.Deployment:
    """Return a state without what was on servers that have left it.

    Args:
        before: the state with the servers and what is on them; it is forgotten together with them.
        after: the state without those that are gone.
    """
    missing_servers = set(server_urns(before).values()) - set(server_urns(after).values())
    removed = resources_on((before.deployment or {}).get("resources", []), missing_servers)
    deployment = dict(after.deployment or {})
    deployment["resources"] = without_resources(deployment.get("resources", []), removed)
    return automation.Deployment(after.version, deployment)


def resources_on(resources: Sequence[Resource], servers: Collection[str]) -> frozenset[str]:
    """Return the URNs of what is on servers, those of its children too.

    Args:
        resources: of a deployment, as `pulumi stack export` has them: parents first.
        servers: URNs.
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

"""The stack's state as Pulumi exports it."""

from typing import Any

_PROVIDER = "pulumi:providers:softlayer"
_ENDPOINT = "endpointUrl"


def move_endpoint(state: dict[str, Any], endpoint: str) -> bool:
    """Have the providers of a state call another endpoint; return whether one called a different one.

    `pulumi destroy` runs no program, and calls the endpoint of the last `pulumi up` that got as far as the
    providers.

    Args:
        state: State as `pulumi stack export` prints it; it is changed.
        endpoint: Endpoint of the API.
    """
    is_changed = False
    for resource in state["deployment"].get("resources") or ():
        if resource["type"] != _PROVIDER:
            continue
        for properties in (resource.get("inputs"), resource.get("outputs")):
            if properties and properties.get(_ENDPOINT, endpoint) != endpoint:
                properties[_ENDPOINT] = endpoint
                is_changed = True
    return is_changed

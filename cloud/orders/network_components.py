"""On which VLANs an ordered server is to be: a template's network components, read and written.

Source: SLDN SoftLayer_Virtual_Guest::createObject and SoftLayer_Hardware::createObject:
`primaryNetworkComponent` and `primaryBackendNetworkComponent`, each with `networkVlan.id`,
`networkVlan.primarySubnet.id` or `router.id`. The faults' remedies are a choice.
"""

from collections.abc import Mapping

from cloud import arguments, faults
from cloud.catalog.datacenters import Datacenter
from cloud.catalog.networks import Space, Vlan, find_vlan, vlans_of
from cloud.values import Json

PORTS: Mapping[Space, str] = {
    "PRIVATE": "primaryBackendNetworkComponent",
    "PUBLIC": "primaryNetworkComponent",
}


def read_groups(properties: dict[str, Json], component: str) -> tuple[int, ...]:
    """Return the security groups of a template's component, `securityGroupBindings`, by either id form.

    Args:
        properties: The template.
        component: `primaryNetworkComponent` or `primaryBackendNetworkComponent`.

    Raises:
        ApiFault: An id is no number.
    """
    group_ids = []
    name = f"{component}.securityGroupBindings"
    for entry in arguments.sequence(arguments.inner(properties, component), "securityGroupBindings"):
        binding = arguments.mapping(entry, name)
        raw = binding.get("securityGroupId", arguments.inner(binding, "securityGroup").get("id"))
        number = arguments.number(raw, name)
        if number is not None:
            group_ids.append(number)
    return tuple(dict.fromkeys(group_ids))


def read_vlan(properties: Mapping[str, Json], space: Space, datacenter: Datacenter) -> Vlan | None:
    """Return the VLAN a template names for one of the two networks; None where it leaves the choice open.

    Raises:
        ApiFault: No such VLAN is in that datacenter and network, or the subnet or router is another's.
    """
    port = PORTS[space]
    component = arguments.inner(properties, port)
    vlan_properties = arguments.inner(component, "networkVlan")
    number = arguments.number(vlan_properties.get("id"), f"{port}.networkVlan.id")
    subnet = arguments.number(
        arguments.inner(vlan_properties, "primarySubnet").get("id"), f"{port}.networkVlan.primarySubnet.id"
    )
    router = arguments.number(arguments.inner(component, "router").get("id"), f"{port}.router.id")
    vlan = (
        _own(find_vlan(number), space, datacenter, f"{port}.networkVlan.id") if number is not None else None
    )
    if subnet is not None and (vlan is None or vlan.subnet_id != subnet):
        raise faults.invalid_value(f"{port}.networkVlan.primarySubnet.id", "It is no subnet of that VLAN.")
    if router is not None and router not in [
        candidate.router_id for candidate in vlans_of(datacenter) if candidate.space == space
    ]:
        raise faults.invalid_value(
            f"{port}.router.id", f"It is no {space.lower()} router of {datacenter.name}."
        )
    return vlan


def read_vlans(
    properties: Mapping[str, Json], datacenter: Datacenter, *, private_only: bool
) -> tuple[Vlan | None, Vlan | None]:
    """Return the VLANs a template names, the private and the public one; None as in `read_vlan`.

    Raises:
        ApiFault: As `read_vlan`.
    """
    private = read_vlan(properties, "PRIVATE", datacenter)
    return private, None if private_only else read_vlan(properties, "PUBLIC", datacenter)


def _own(vlan: Vlan | None, space: Space, datacenter: Datacenter, name: str) -> Vlan:
    if vlan is None or (vlan.space, vlan.datacenter) != (space, datacenter):
        raise faults.invalid_value(name, f"A {space.lower()} VLAN of {datacenter.name} is needed.")
    return vlan


def vlan_component(space: Space, vlan: Vlan | None) -> dict[str, Json]:
    """Return the part of a template that names the VLAN; nothing for the datacenter's own."""
    return {PORTS[space]: {"networkVlan": {"id": vlan.id}}} if vlan else {}

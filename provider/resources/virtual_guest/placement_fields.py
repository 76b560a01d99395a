"""Where in a datacenter a virtual server is: its VLANs and its placement group. Pure.

Source: SLDN SoftLayer_Virtual_Guest::createObject (`primary[Backend]NetworkComponent.networkVlan`), and the
official client's `placementGroupId`.
"""

from provider.softlayer.records import Record, whole_at
from provider.values import Properties, Value, whole

PORTS = {"private": "primaryBackendNetworkComponent", "public": "primaryNetworkComponent"}
GROUP = "placementGroupId"


def placement_fields(inputs: Properties) -> dict[str, object]:
    """Return the part of an order that says where; what the inputs leave open is left out."""
    fields: dict[str, object] = {}
    for space, port in PORTS.items():
        vlan: dict[str, object] = {"id": whole(inputs, f"{space}VlanId")}
        if whole(inputs, f"{space}SubnetId"):
            vlan["primarySubnet"] = {"id": whole(inputs, f"{space}SubnetId")}
        if vlan["id"]:
            fields[port] = {"networkVlan": vlan}
    if whole(inputs, GROUP):
        fields[GROUP] = whole(inputs, GROUP)
    return fields


def placement_inputs(guest: Record) -> dict[str, Value]:
    """Return the inputs that say where a server is."""
    inputs: dict[str, Value] = {
        f"{space}VlanId": whole_at(guest, f"{port}.networkVlan.id") for space, port in PORTS.items()
    }
    inputs[GROUP] = whole_at(guest, GROUP)
    return {name: value for name, value in inputs.items() if value is not None}

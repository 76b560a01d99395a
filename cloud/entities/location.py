"""Datacenters, their regions and their network pods."""

from cloud.catalog.datacenters import Datacenter
from cloud.values import Entity, structure


def datacenter_entity(datacenter: Datacenter) -> Entity:
    """Return a SoftLayer_Location_Datacenter."""
    return Entity(
        "SoftLayer_Location_Datacenter",
        {"id": datacenter.id, "longName": datacenter.long_name, "name": datacenter.name, "statusId": 2},
        {"priceGroups": list, "groups": list, "regions": lambda: [region_entity(datacenter)]},
    )


def region_entity(datacenter: Datacenter) -> Entity:
    """Return a SoftLayer_Location_Region with one location, as product packages list them."""

    def location() -> Entity:
        # The place itself is one of its own properties: clients read it without a mask.
        return Entity("", {"locationId": datacenter.id, "location": datacenter_entity(datacenter)})

    return Entity(
        "SoftLayer_Location_Region",
        {
            "keyname": datacenter.region,
            "description": f"{datacenter.name.upper()} - {datacenter.long_name}",
            "sortOrder": datacenter.id,
        },
        {"location": location, "locations": lambda: [location()]},
    )


def pod_entity(datacenter: Datacenter) -> Entity:
    """Return a SoftLayer_Network_Pod; every datacenter has one here (choice), none is about to close."""
    number, name = datacenter.id, datacenter.name
    return structure(
        "SoftLayer_Network_Pod",
        {
            "name": f"{name}.pod01",
            "datacenterId": number,
            "datacenterName": name,
            "datacenterLongName": datacenter.long_name,
            "backendRouterId": number * 10 + 1,
            "backendRouterName": f"bcr01a.{name}",
            "frontendRouterId": number * 10 + 2,
            "frontendRouterName": f"fcr01a.{name}",
            "capabilities": ["SUPPORTS_SECURITY_GROUP", "SUPPORTS_IPV6"],
        },
    )

"""SoftLayer_Location, SoftLayer_Location_Datacenter and SoftLayer_Network_Pod."""

from cloud import faults
from cloud.account.account import Account
from cloud.catalog.datacenters import DATACENTERS, find_datacenter
from cloud.entities.location import datacenter_entity, pod_entity
from cloud.services.service import Call, Service, require_identifier
from cloud.values import Entity, Value


def services(_account: Account) -> tuple[Service, ...]:
    """Return the services of places."""

    def datacenters(_: Call) -> Value:
        return [datacenter_entity(datacenter) for datacenter in DATACENTERS]

    def pods(_: Call) -> Value:
        return [pod_entity(datacenter) for datacenter in DATACENTERS]

    def find(identifier: str | None) -> Entity:
        text = require_identifier("SoftLayer_Location", identifier)
        datacenter = find_datacenter(text)
        if datacenter is None:
            raise faults.not_found(text[:80])
        return datacenter_entity(datacenter)

    methods = {"getDatacenters": datacenters, "getViewableDatacenters": datacenters}
    return (
        Service("SoftLayer_Location", find, methods),
        Service("SoftLayer_Location_Datacenter", find, methods),
        Service("SoftLayer_Network_Pod", None, {"getAllObjects": pods}),
    )

"""Bare metal that the cloud's tests order."""

import SoftLayer

from harness.waiting import until
from tests.support.cloud.ordering import Plain

PRESET = "S1270_8GB_2X1TBSATA_NORAID"


def template(**changes: object) -> Plain:
    """A createObject template of a small hourly server; None takes a property out."""
    whole: Plain = {
        "hostname": "metal",
        "domain": "example.com",
        "datacenter": {"name": "dal13"},
        "fixedConfigurationPreset": {"keyName": PRESET},
        "hourlyBillingFlag": True,
        "operatingSystemReferenceCode": "UBUNTU_22_64",
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not None}


def idle(client: SoftLayer.BaseClient, guid: object) -> Plain | None:
    """The server once it is provisioned, and no transaction is active; `changed` waits for a change."""
    mask = (
        "mask[id,globalIdentifier,provisionDate,hardwareStatus[status],activeTransaction[id],primaryIpAddress,"
        "primaryBackendIpAddress,lastOperatingSystemReload[id],operatingSystemReferenceCode,"
        "billingItem[id,cancellationDate,nextBillDate],openCancellationTicket[id]]"
    )
    chosen = {"hardware": {"globalIdentifier": {"operation": guid}}}
    current = client.call("Account", "getHardware", mask=mask, filter=chosen)
    if current and current[0]["provisionDate"] and "activeTransaction" not in current[0]:
        return dict(current[0])
    return None


def ordered(client: SoftLayer.BaseClient, **changes: object) -> Plain:
    """A server that is ready."""
    server = client.call("Hardware_Server", "createObject", template(**changes))
    return until(lambda: idle(client, server["globalIdentifier"]), "the server is ready")


def is_deleted(client: SoftLayer.BaseClient, number: int) -> bool:
    """Whether the server is not found any more."""
    try:
        client.call("Hardware_Server", "getObject", id=number)
    except SoftLayer.SoftLayerAPIError as error:
        if "Unable to find object" not in error.faultString:
            raise
        return True
    return False

"""The servers of the account, as its owner sees them with the official client."""

from typing import Any

from harness.cloud.running_api import RunningApi


def guests(api: RunningApi) -> list[Any]:
    mask = "mask[id,hostname,domain,notes,tagReferences[tag[name]],primaryNetworkComponent[maxSpeed],"
    mask += "userData,sshKeys]"
    guests_found: list[Any] = api.client().call("Account", "getVirtualGuests", mask=mask)
    return guests_found


def servers(api: RunningApi) -> list[Any]:
    mask = (
        "mask[id,hostname,globalIdentifier,notes,operatingSystemReferenceCode,lastOperatingSystemReload[id],"
    )
    mask += "tagReferences[tag[name]],billingItem[cancellationDate]]"
    servers: list[Any] = api.client().call("Account", "getHardware", mask=mask)
    return servers

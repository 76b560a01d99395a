"""What a SoftLayer bare metal server is, in this provider's words. Pure.

Source: SLDN SoftLayer_Hardware_Server; its life as in shared facts, section 2.
"""

import hashlib
import json

from provider.resources.bare_metal.fields import SYSTEM
from provider.resources.servers.installation import Installation
from provider.resources.virtual_guest.view import (
    Stage,
    base_hostname,
    server_outputs,
    speed,
    tags,
    transaction,
)
from provider.softlayer.account import HIDDEN_BILLING
from provider.softlayer.records import Record, at, flag_at, records_at, text_at, whole_at
from provider.values import Properties, Value, flag, text

MASK = (
    "mask[id,hostname,domain,fullyQualifiedDomainName,globalIdentifier,hourlyBillingFlag,"
    "privateNetworkOnlyFlag,notes,provisionDate,primaryIpAddress,primaryBackendIpAddress,"
    "hardwareStatus[status],datacenter[name],fixedConfigurationPreset[keyName],userData[value],"
    "operatingSystem[softwareLicense[softwareDescription[referenceCode]]],lastOperatingSystemReload[id,createDate],"
    "tagReferences[tag[name]],primaryNetworkComponent[maxSpeed],primaryBackendNetworkComponent[maxSpeed],"
    "sshKeys[id],openCancellationTicket[id],billingItem[id,cancellationDate,nextBillDate,"
    "hourlyRecurringFee,recurringFee,children[hourlyRecurringFee,recurringFee]],"
    "activeTransaction[id,transactionStatus[name,friendlyName]]]"
)


def metal_stage(server: Record) -> Stage:
    """Return where the server is.

    LEAVING once it is being reclaimed, not while its cancellation is scheduled.
    """
    if text_at(server, "hardwareStatus.status") == "RECLAIM" or "RECLAIM" in transaction(server).upper():
        return Stage.LEAVING
    if not text_at(server, "provisionDate"):
        return Stage.PROVISIONING
    if whole_at(server, "billingItem.id") is None and not flag_at(server, HIDDEN_BILLING):
        return Stage.LEAVING
    return Stage.BUSY if transaction(server) else Stage.IDLE


def fingerprint(inputs: Properties) -> str:
    """Return what distinguishes one system from another in the note of a reload."""
    return hashlib.sha256(json.dumps({SYSTEM: text(inputs, SYSTEM)}).encode()).hexdigest()[:16]


def os_code(server: Record) -> str:
    """Return the reference code of the installed system."""
    return text_at(server, "operatingSystem.softwareLicense.softwareDescription.referenceCode")


def reload_number(server: Record) -> str:
    """Return the number of the last reload; "" before any."""
    reload_id = whole_at(server, "lastOperatingSystemReload.id")
    return "" if reload_id is None else str(reload_id)


def outputs(inputs: Properties, server: Record, token: str, installation: Installation) -> Properties:
    """Return all that the state keeps of a server; parts may be missing while it is provisioned."""
    return {
        **inputs,
        **server_outputs(server, token, installation),
        "hardwareId": whole_at(server, "id"),
        "status": text_at(server, "hardwareStatus.status"),
        "paidUntil": text_at(server, "billingItem.nextBillDate") or None,
        "cancellationTicketId": whole_at(server, "openCancellationTicket.id"),
    }


def imported(server: Record, token: str) -> Properties:
    """Return the inputs that would order this server; what SoftLayer does not report is left out."""
    inputs: dict[str, Value] = {
        "hostname": base_hostname(text_at(server, "hostname"), token),
        "domain": text_at(server, "domain"),
        "datacenter": text_at(server, "datacenter.name"),
        "preset": text_at(server, "fixedConfigurationPreset.keyName") or None,
        "osCode": os_code(server),
        "hourly": flag_at(server, "hourlyBillingFlag"),
        "privateNetworkOnly": flag_at(server, "privateNetworkOnlyFlag"),
        "networkSpeed": speed(server),
        "tags": list(tags(server)) or None,
        "notes": text_at(server, "notes") or None,
        "sshKeyIds": [whole_at(key, "id") for key in records_at(server, "sshKeys")] or None,
        "probeSsh": True,
        "orderToken": token,
    }
    return {name: value for name, value in inputs.items() if value is not None}


def differences(inputs: Properties, server: Record) -> tuple[str, ...]:
    """Return the create-only properties in which an existing server differs from what was to be ordered."""
    pairs: tuple[tuple[str, object, object], ...] = (
        ("datacenter", text(inputs, "datacenter"), text_at(server, "datacenter.name")),
        ("preset", text(inputs, "preset"), text_at(server, "fixedConfigurationPreset.keyName")),
        ("hourly", flag(inputs, "hourly"), at(server, "hourlyBillingFlag")),
    )
    return tuple(name for name, desired, actual in pairs if actual not in (None, "") and desired != actual)

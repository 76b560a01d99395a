"""What a SoftLayer virtual guest is, in this provider's words. Pure.

Source: SLDN SoftLayer_Virtual_Guest; the life of a guest as in shared facts, section 1.
"""

from enum import Enum

from provider.resources.servers.installation import Installation
from provider.resources.virtual_guest.change import PRESET, disk_sizes, same_disk
from provider.resources.virtual_guest.fields import MARK
from provider.resources.virtual_guest.placement_fields import placement_inputs
from provider.softlayer.account import HIDDEN_BILLING
from provider.softlayer.records import Record, at, decimal_at, flag_at, records_at, text_at, whole_at
from provider.values import Properties, Value, flag, text, texts

MASK = (
    "mask[id,hostname,domain,fullyQualifiedDomainName,globalIdentifier,startCpus,maxMemory,hourlyBillingFlag,"
    "localDiskFlag,privateNetworkOnlyFlag,notes,provisionDate,primaryIpAddress,primaryBackendIpAddress,"
    "status[keyName],datacenter[name],operatingSystem[softwareLicense[softwareDescription[referenceCode]]],"
    "tagReferences[tag[name]],primaryNetworkComponent[maxSpeed,networkVlan[id]],"
    "primaryBackendNetworkComponent[maxSpeed,networkVlan[id]],placementGroupId,lastOperatingSystemReload[id,createDate],"
    "blockDevices[device,diskImage[capacity]],sshKeys[id],"
    "billingItem[id,cancellationDate,hourlyRecurringFee,recurringFee,orderItem[preset[keyName]],"
    "children[hourlyRecurringFee,recurringFee]],"
    "activeTransaction[id,transactionStatus[name,friendlyName]]]"
)
HOURS = 730
"""Hours a month, SoftLayer's own figure for comparing."""


class Stage(Enum):
    """Where a guest is in its life."""

    PROVISIONING = "provisioning"
    BUSY = "busy"
    IDLE = "idle"
    LEAVING = "leaving"


def transaction(guest: Record) -> str:
    """Return the running transaction's name; "" when none runs."""
    return text_at(guest, "activeTransaction.transactionStatus.name") or (
        "a transaction" if at(guest, "activeTransaction") else ""
    )


def stage(guest: Record) -> Stage:
    """Return where the guest is.

    LEAVING: a RECLAIM transaction runs, or it was provisioned and its billing item is gone (not merely
    hidden from the user); it stays in the account's lists until a sweep some 20 minutes later. PROVISIONING:
    not yet delivered, or without an address; a status of ACTIVE and addresses alone mean nothing.
    """
    if "RECLAIM" in transaction(guest).upper() or "TEAR_DOWN" in transaction(guest).upper():
        return Stage.LEAVING
    provisioned = bool(text_at(guest, "provisionDate"))
    if provisioned and whole_at(guest, "billingItem.id") is None and not flag_at(guest, HIDDEN_BILLING):
        return Stage.LEAVING
    private_only = flag_at(guest, "privateNetworkOnlyFlag")
    addressed = bool(text_at(guest, "primaryBackendIpAddress")) and (
        private_only or bool(text_at(guest, "primaryIpAddress"))
    )
    if not provisioned or not addressed:
        return Stage.PROVISIONING
    return Stage.BUSY if transaction(guest) else Stage.IDLE


def tags(guest: Record) -> tuple[str, ...]:
    """Return the guest's tags without the provider's own mark."""
    return tuple(tag for tag in all_tags(guest) if tag != MARK)


def all_tags(guest: Record) -> tuple[str, ...]:
    """Return the guest's tags, the mark included."""
    return tuple(text_at(reference, "tag.name") for reference in records_at(guest, "tagReferences"))


def delivered(guest: Record) -> bool:
    """Return whether the guest bears the mark of a delivered order."""
    return MARK in all_tags(guest)


def has_cancellation(server: Record) -> bool:
    """Return whether a server of either kind is cancelled, and only waits for its day."""
    return bool(text_at(server, "billingItem.cancellationDate")) or (
        whole_at(server, "openCancellationTicket.id") is not None
    )


def speed(guest: Record) -> int | None:
    """Port speed in Mbps: the public port's, the backend port's for a private-only guest."""
    return whole_at(guest, "primaryNetworkComponent.maxSpeed") or whole_at(
        guest, "primaryBackendNetworkComponent.maxSpeed"
    )


def base_hostname(hostname: str, token: str) -> str:
    """Return the host name without the order token."""
    return hostname.removesuffix(f"-{token}") if token else hostname


def full_hostname(inputs: Properties, token: str) -> str:
    """Return the host name on the server."""
    name = text(inputs, "hostname")
    return f"{name}-{token}" if token else name


def costs(guest: Record) -> tuple[float, float]:
    """Return USD an hour and a month, over the billing item and its children."""
    bills = (guest.get("billingItem"), *records_at(guest, "billingItem.children"))
    parts = [bill for bill in bills if isinstance(bill, dict)]
    hourly = round(sum(decimal_at(part, "hourlyRecurringFee") for part in parts), 6)
    monthly = round(sum(decimal_at(part, "recurringFee") for part in parts), 6)
    if flag_at(guest, "hourlyBillingFlag"):
        return hourly, round(hourly * HOURS, 6)
    return 0.0, monthly


def server_outputs(server: Record, token: str, installation: Installation) -> Properties:
    """Return what the state keeps of a server of either kind, beside its inputs.

    Parts may be missing at first.
    """
    hourly, monthly = costs(server)
    return {
        "orderToken": token,
        "orderedHostname": text_at(server, "hostname"),
        "fullyQualifiedDomainName": text_at(server, "fullyQualifiedDomainName"),
        "globalIdentifier": text_at(server, "globalIdentifier"),
        "publicIp": text_at(server, "primaryIpAddress") or None,
        "privateIp": text_at(server, "primaryBackendIpAddress"),
        "sshHostKey": installation.host_key or None,
        "installation": installation.name,
        "hourlyCost": hourly,
        "monthlyCost": monthly,
        "cancellationDate": text_at(server, "billingItem.cancellationDate") or None,
    }


def outputs(inputs: Properties, guest: Record, token: str, installation: Installation) -> Properties:
    """Return all that the state keeps of a guest.

    Args:
        inputs: The inputs; what they leave open stays out, so that the cloud's defaults are no drift.
        guest: Guest with the relations of `MASK`; parts may be missing while it is provisioned.
        token: Order token of the guest, "" for none.
        installation: The one it is on, with the pinned host key.
    """
    return {
        **inputs,
        **server_outputs(guest, token, installation),
        "guestId": whole_at(guest, "id"),
        "status": text_at(guest, "status.keyName"),
    }


def drift_of_server(inputs: Properties, server: Record, token: str) -> dict[str, Value]:
    """Return the inputs that can be changed in place on either kind of server, as the cloud has them now."""
    now: dict[str, Value] = dict(inputs)
    if text_at(server, "hostname"):
        now["hostname"] = base_hostname(text_at(server, "hostname"), token)
    if text_at(server, "domain"):
        now["domain"] = text_at(server, "domain")
    if "notes" in inputs:
        now["notes"] = text_at(server, "notes")
    if "tags" in inputs and sorted(texts(inputs, "tags")) != sorted(tags(server)):
        now["tags"] = list(tags(server))
    if "networkSpeed" in inputs and speed(server) is not None:
        now["networkSpeed"] = speed(server)
    return now


def drifted(inputs: Properties, guest: Record, token: str) -> Properties:
    """Return the inputs as the cloud has them now: what can be changed in place and is set in the program.

    Create-only properties are kept as they are: SoftLayer renames and retires operating systems under running
    servers, which is no reason to replace one (terraform-provider-ibm issue 1828).
    """
    now = drift_of_server(inputs, guest, token)
    for name, path in (("cpus", "startCpus"), ("memory", "maxMemory")):
        if name in inputs and whole_at(guest, path) is not None:
            now[name] = whole_at(guest, path)
    if same_disk(text(inputs, "flavor"), text_at(guest, PRESET)):
        now["flavor"] = text_at(guest, PRESET)
    return now


def imported(guest: Record, token: str) -> Properties:
    """Return the inputs that would order this guest; what SoftLayer does not report is left out."""
    inputs: dict[str, Value] = {
        "hostname": base_hostname(text_at(guest, "hostname"), token),
        "domain": text_at(guest, "domain"),
        "datacenter": text_at(guest, "datacenter.name"),
        "osCode": text_at(guest, "operatingSystem.softwareLicense.softwareDescription.referenceCode"),
        "hourly": flag_at(guest, "hourlyBillingFlag"),
        "privateNetworkOnly": flag_at(guest, "privateNetworkOnlyFlag"),
        "networkSpeed": speed(guest),
        "tags": list(tags(guest)) or None,
        "notes": text_at(guest, "notes") or None,
        "sshKeyIds": [whole_at(key, "id") for key in records_at(guest, "sshKeys")] or None,
        "disks": list(disk_sizes(guest)) or None,
        **placement_inputs(guest),
        "probeSsh": True,
        "orderToken": token,
    }
    preset = text_at(guest, PRESET)
    if preset:
        inputs["flavor"] = preset
    else:
        inputs["cpus"] = whole_at(guest, "startCpus")
        inputs["memory"] = whole_at(guest, "maxMemory")
        inputs["localDisk"] = flag_at(guest, "localDiskFlag")
    return {name: value for name, value in inputs.items() if value is not None}


def differences(inputs: Properties, guest: Record) -> tuple[str, ...]:
    """Return the create-only properties in which an existing guest differs from what was to be ordered.

    Only what the guest's record tells is compared, and no operating system of the LATEST kind, which the
    cloud resolves to another code.
    """
    pairs: list[tuple[str, object, object]] = [
        ("datacenter", text(inputs, "datacenter"), text_at(guest, "datacenter.name")),
        ("hourly", flag(inputs, "hourly"), at(guest, "hourlyBillingFlag")),
        ("privateNetworkOnly", flag(inputs, "privateNetworkOnly"), at(guest, "privateNetworkOnlyFlag")),
        ("cpus", inputs.get("cpus"), whole_at(guest, "startCpus")),
        ("memory", inputs.get("memory"), whole_at(guest, "maxMemory")),
        ("flavor", inputs.get("flavor"), text_at(guest, PRESET) or None),
        *((name, inputs.get(name), actual) for name, actual in placement_inputs(guest).items()),
    ]
    if "LATEST" not in text(inputs, "osCode"):
        code = text_at(guest, "operatingSystem.softwareLicense.softwareDescription.referenceCode")
        pairs.append(("osCode", text(inputs, "osCode"), code))
    return tuple(
        name
        for name, desired, actual in pairs
        if desired is not None and actual not in (None, "") and desired != actual
    )

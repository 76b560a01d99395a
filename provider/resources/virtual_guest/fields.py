"""The inputs of a virtual server, and the rules that join several of them.

Ranges: SLDN services/SoftLayer_Virtual_Guest/createObject; where SoftLayer's own limits depend on the
datacenter and the day, the widest are let through here and the cloud's own options are asked before an order.
"""

import re

from provider.resources.contract import Failure
from provider.resources.fields import Field, Rule, filled
from provider.resources.servers.cancellation import FIELD as CANCELLATION
from provider.resources.servers.host_contact import contact_rule
from provider.resources.servers.replacement_turn import FIELD as REPLACEMENT_GROUP
from provider.values import Properties, Value, flag, items

TOKEN_ROOM = 9
"""Characters that a dash and the order token take."""
LABEL = 63
LONGEST_HOSTNAME = LABEL - TOKEN_ROOM
LONGEST_DOMAIN = 180
"""So that the whole name stays below DNS's 253 (choice)."""
LONGEST_NOTES = 1000
SPEEDS = (10, 100, 1000)
MEGABYTES = 1024
MOST_CPUS = 64
MOST_MEMORY = 1024 * MEGABYTES
MOST_DISKS = 5
MOST_GIGABYTES = 2000
MARK = "order-delivered"
"""The tag that marks a delivered order; reserved, see `provider.orders.token`."""
ORDER_TOKEN = "orderToken"  # noqa: S105 - a property's name

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?", re.IGNORECASE)
_TAG = re.compile(r"[A-Za-z0-9 _.:-]+")


def _hostname(value: Value) -> str | None:
    name = str(value)
    if not _LABEL.fullmatch(name):
        return "must be one host name label: letters, digits and inner dashes (RFC 1123)"
    if len(name) > LONGEST_HOSTNAME:
        room = "a dash and the order token follow"
        return f"must be at most {LONGEST_HOSTNAME} characters, not {len(name)}: {room}"
    return None


def _domain(value: Value) -> str | None:
    labels = str(value).split(".")
    if len(str(value)) > LONGEST_DOMAIN or not all(
        len(label) <= LABEL and _LABEL.fullmatch(label) for label in labels
    ):
        return f"must be a DNS domain of at most {LONGEST_DOMAIN} characters, such as example.com"
    return None


def _between(lowest: int, highest: int, unit: str) -> Rule:
    def rule(value: Value) -> str | None:
        fits = isinstance(value, int) and lowest <= value <= highest
        return None if fits else f"must be {lowest} to {highest}{unit}, not {value}"

    return rule


def _memory(value: Value) -> str | None:
    fits = isinstance(value, int) and value % MEGABYTES == 0 and MEGABYTES <= value <= MOST_MEMORY
    return None if fits else f"must be a multiple of {MEGABYTES} MB up to {MOST_MEMORY}, not {value}"


def _speed(value: Value) -> str | None:
    return None if value in SPEEDS else f"must be one of {', '.join(map(str, SPEEDS))} Mbps, not {value}"


def _disks(value: Value) -> str | None:
    count = len(value) if isinstance(value, list | tuple) else 0
    return None if 1 <= count <= MOST_DISKS else f"must list 1 to {MOST_DISKS} disks, not {count}"


def _tag(value: Value) -> str | None:
    if str(value) == MARK:
        return f"{MARK} is reserved for the provider"
    if not _TAG.fullmatch(str(value)) or str(value) != str(value).strip():
        return f"may hold letters, digits, inner spaces and _-.: only, not {value!r}"
    return None


def _notes(value: Value) -> str | None:
    length = len(str(value))
    return None if length <= LONGEST_NOTES else f"must be at most {LONGEST_NOTES} characters, not {length}"


def _https(value: Value) -> str | None:
    return (
        None
        if str(value).startswith("https://")
        else "must begin with https://: SoftLayer runs no other scripts"
    )


_number = _between(1, 2**31 - 1, "")

FIELDS = (
    Field("hostname", required=True, rule=_hostname),
    Field("domain", required=True, rule=_domain),
    Field("datacenter", required=True, replaces=True, rule=filled),
    Field("osCode", required=True, conditional=True, rule=filled),
    Field("hourly", bool, default=True, replaces=True),
    Field("flavor", conditional=True, rule=filled),
    Field("cpus", int, conditional=True, rule=_between(1, MOST_CPUS, "")),
    Field("memory", int, conditional=True, rule=_memory),
    Field("localDisk", bool, replaces=True),
    Field(
        "disks", int, many=True, conditional=True, rule=_between(1, MOST_GIGABYTES, " GB"), whole_rule=_disks
    ),
    Field("networkSpeed", int, rule=_speed),
    Field("privateNetworkOnly", bool, default=False, replaces=True),
    Field("tags", many=True, unordered=True, rule=_tag),
    Field("notes", rule=_notes),
    Field("userData", creation_only=True),
    Field("postInstallScriptUri", creation_only=True, rule=_https),
    Field("sshKeyIds", int, many=True, unordered=True, creation_only=True, rule=_number),
    Field("privateVlanId", int, replaces=True, rule=_number),
    Field("privateSubnetId", int, replaces=True, rule=_number),
    Field("publicVlanId", int, replaces=True, rule=_number),
    Field("publicSubnetId", int, replaces=True, rule=_number),
    Field("placementGroupId", int, replaces=True, rule=_number),
    Field("reloadOnChange", bool),
    CANCELLATION,
    REPLACEMENT_GROUP,
    Field("probeSsh", bool, default=True),
    Field("firstContact", creation_only=True, rule=contact_rule),
    Field("sshKeyFile", creation_only=True, rule=filled),
)


def check_size(inputs: Properties) -> list[Failure]:
    """A server has a flavor, or cpus and memory; never both, never half."""
    if "flavor" in inputs:
        return [
            Failure(name, "cannot be set along with flavor, which decides it")
            for name in ("cpus", "memory", "localDisk")
            if name in inputs
        ]
    if "cpus" not in inputs and "memory" not in inputs:
        return [Failure("flavor", "is required, unless cpus and memory are set")]
    return [
        Failure(name, "is required along with cpus and memory, unless flavor is set")
        for name in ("cpus", "memory")
        if name not in inputs
    ]


def check_networks(inputs: Properties) -> list[Failure]:
    """A subnet is one of a VLAN that is named too; a private-only server has no public network."""
    failures = [
        Failure(f"{space}SubnetId", f"needs {space}VlanId, the VLAN it is on")
        for space in ("private", "public")
        if f"{space}SubnetId" in inputs and f"{space}VlanId" not in inputs
    ]
    public = [name for name in ("publicVlanId", "publicSubnetId") if name in inputs]
    if flag(inputs, "privateNetworkOnly"):
        failures += [Failure(name, "cannot be set along with privateNetworkOnly") for name in public]
    return failures


def check_repeats(inputs: Properties) -> list[Failure]:
    """Tags and keys are sets: a repeated one would be drift at once."""
    return [
        Failure(f"{name}[{index}]", "is listed twice")
        for name in ("tags", "sshKeyIds")
        for index, item in enumerate(items(inputs, name))
        if isinstance(item, str | int) and item in items(inputs, name)[:index]
    ]

"""What can be ordered today, asked before an order so that nothing is ordered by mistake. Pure.

Source: SLDN SoftLayer_Virtual_Guest::getCreateObjectOptions: lists of `{template: <part of the order>, ...}`.
"""

import difflib
from collections.abc import Iterable

from provider.errors import REFRESH, InvalidInputError, NotFoundError
from provider.softlayer.records import Record, at, records_at, text_at, whole_at
from provider.values import Properties, text, wholes

MAX_OFFERED = 6
"""Names offered when one is wrong (choice)."""


def check_offered(options: Record, inputs: Properties) -> None:
    """Refuse what the account is not offered today.

    A list that the options leave out is not judged, nor is a value that the inputs leave out, nor an
    operating system of the LATEST kind, which the cloud takes without listing it.

    Args:
        options: getCreateObjectOptions' answer.
        inputs: checked inputs, all known.

    Raises:
        InvalidInputError: names the property and the nearest values on offer.
    """
    _require(inputs, "datacenter", _names(options, "datacenters", "template.datacenter.name"), "datacenter")
    systems = {} if "LATEST" in text(inputs, "osCode") else inputs
    _require(
        systems,
        "osCode",
        _names(options, "operatingSystems", "template.operatingSystemReferenceCode"),
        "operating system reference code",
    )
    flavors = {
        *_names(options, "flavors", "flavor.keyName"),
        *_names(options, "flavors", "template.supplementalCreateObjectOptions.flavorKeyName"),
    }
    _require(inputs, "flavor", flavors, "flavor")
    _require_number(inputs, "cpus", _numbers(options, "processors", "template.startCpus"), "")
    _require_number(inputs, "memory", _numbers(options, "memory", "template.maxMemory"), " MB")


def named_property(words: str) -> str:
    """The input that a fault's text is about; "" when it names none.

    Args:
        words: the cloud's message, such as `Invalid value provided for 'datacenter.name'. ...`.
    """
    lowered = words.lower()
    for hint, name in (
        ("primarybackendnetworkcomponent.networkvlan.primarysubnet", "privateSubnetId"),
        ("primarybackendnetworkcomponent", "privateVlanId"),
        ("primarynetworkcomponent.networkvlan.primarysubnet", "publicSubnetId"),
        ("primarynetworkcomponent", "publicVlanId"),
        ("placement group", "placementGroupId"),
        ("datacenter", "datacenter"),
        ("location", "datacenter"),
        ("operatingsystem", "osCode"),
        ("flavor", "flavor"),
        ("startcpus", "cpus"),
        ("maxmemory", "memory"),
        ("blockdevice", "disks"),
        ("sshkey", "sshKeyIds"),
        ("ssh key", "sshKeyIds"),
        ("hostname", "hostname"),
        ("domain", "domain"),
        ("maxspeed", "networkSpeed"),
    ):
        if hint in lowered:
            return name
    return ""


def missing_key(error: NotFoundError, inputs: Properties) -> InvalidInputError | None:
    """The error of an order or a reload that names an SSH key which the account no longer has.

    Args:
        error: the cloud's, which names the number of what it does not find.
        inputs: of the server.

    Returns:
        None where the number is no key's of these inputs.
    """
    for number in wholes(inputs, "sshKeyIds"):
        if f"'{number}'" in str(error):
            return InvalidInputError(
                "sshKeyIds",
                f"key {number} is not in the account any more: somebody deleted it. Nothing was ordered or "
                f"changed. Run {REFRESH}, then pulumi up, which registers the key again.",
            )
    return None


def _names(options: Record, group: str, path: str) -> set[str]:
    return {text_at(option, path) for option in records_at(options, group)} - {""}


def _numbers(options: Record, group: str, path: str) -> set[int]:
    numbers = (
        whole_at(option, path) for option in records_at(options, group) if at(option, path) is not None
    )
    return {number for number in numbers if number is not None}


def _require(inputs: Properties, name: str, offered: Iterable[str], noun: str) -> None:
    value, valid_values = text(inputs, name), sorted(offered)
    if not value or not valid_values or value in valid_values:
        return
    by_lower = {item.lower(): item for item in valid_values}
    near = [by_lower[match] for match in difflib.get_close_matches(value.lower(), by_lower, 3, 0.5)]
    offer = f"nearest are {', '.join(near)}" if near else f"known are {_some(valid_values)}"
    raise InvalidInputError(name, f"{value!r} is no {noun} of this account; {offer}. Nothing was ordered.")


def _require_number(inputs: Properties, name: str, offered: Iterable[int], unit: str) -> None:
    value, valid_values = inputs.get(name), sorted(offered)
    if not isinstance(value, int) or not valid_values or value in valid_values:
        return
    near = sorted(sorted(valid_values, key=lambda number: abs(number - value))[:3])
    raise InvalidInputError(
        name, f"{value}{unit} is not on offer; nearest are {', '.join(map(str, near))}. Nothing was ordered."
    )


def _some(names: list[str]) -> str:
    more = f" and {len(names) - MAX_OFFERED} more" if len(names) > MAX_OFFERED else ""
    return ", ".join(names[:MAX_OFFERED]) + more

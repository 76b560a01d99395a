"""What can be ordered today, read before an order so that nothing is ordered by mistake. Pure.

Source: SLDN SoftLayer_Virtual_Guest::getCreateObjectOptions: lists of `{template: <part of the order>, ...}`.
"""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from provider.errors import REFRESH, InvalidInputError, NotFoundError
from provider.softlayer.records import Record, at, records_at, text_at, whole_at
from provider.values import Properties, text, wholes

MAX_OFFERED = 6
"""Names offered when one is wrong (choice)."""


@dataclass(frozen=True)
class Mistake:
    """An input that is not on offer.

    Attributes:
        name: Name of the input.
        reason: Reason, with the nearest values on offer; without a full stop.
    """

    name: str
    reason: str


def check_offered(options: Record, inputs: Properties) -> None:
    """Refuse what the account is not offered today.

    A list that the options leave out is not judged, nor is a value that the inputs leave out, nor an
    operating system of the LATEST kind, which the cloud takes without listing it.

    Args:
        options: Answer of getCreateObjectOptions.
        inputs: Checked inputs, all known.

    Raises:
        InvalidInputError: Properties are not on offer; the text names each and the nearest values on offer.
    """
    flavors = {
        *names_of(options, "flavors", "flavor.keyName"),
        *names_of(options, "flavors", "template.supplementalCreateObjectOptions.flavorKeyName"),
    }
    refuse_mistakes(
        (
            *place_and_system_mistakes(options, inputs),
            name_mistake(inputs, "flavor", flavors, "flavor"),
            _number_mistake(inputs, "cpus", _numbers(options, "processors", "template.startCpus"), ""),
            _number_mistake(inputs, "memory", _numbers(options, "memory", "template.maxMemory"), " MB"),
        )
    )


def place_and_system_mistakes(options: Record, inputs: Properties) -> tuple[Mistake | None, ...]:
    """Return what is wrong with datacenter and operating system, which virtual servers and bare metal have.

    Args:
        options: Answer of getCreateObjectOptions.
        inputs: Checked inputs, all known.
    """
    # The cloud takes the kind LATEST without listing it.
    systems = {} if "LATEST" in text(inputs, "osCode") else inputs
    datacenters = names_of(options, "datacenters", "template.datacenter.name")
    codes = names_of(options, "operatingSystems", "template.operatingSystemReferenceCode")
    return (
        name_mistake(inputs, "datacenter", datacenters, "datacenter"),
        name_mistake(systems, "osCode", codes, "operating system reference code"),
    )


def refuse_mistakes(mistakes: Iterable[Mistake | None]) -> None:
    """Refuse an order for all that is wrong with it at once.

    Raises:
        InvalidInputError: The order has mistakes; the error is of the first property, with the others in its
            text.
    """
    wrong = [mistake for mistake in mistakes if mistake is not None]
    if not wrong:
        return
    further = "".join(f" {mistake.name}: {mistake.reason}." for mistake in wrong[1:])
    raise InvalidInputError(wrong[0].name, f"{wrong[0].reason}.{further} Nothing was ordered.")


def named_property(words: str) -> str:
    """Return the input that a fault's text is about; "" when it names none.

    Args:
        words: The cloud's message, such as `Invalid value provided for 'datacenter.name'. ...`.
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
    """Return the error of an order or a reload that names an SSH key which the account no longer has.

    Args:
        error: The cloud's, which names the number of what it does not find.
        inputs: Inputs of the server.

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


def names_of(options: Record, group: str, path: str) -> set[str]:
    """Return the names that a list of getCreateObjectOptions offers.

    Args:
        options: Answer of getCreateObjectOptions.
        group: Name of the list.
        path: Path to the name within an element.
    """
    return {text_at(option, path) for option in records_at(options, group)} - {""}


def _numbers(options: Record, group: str, path: str) -> set[int]:
    numbers = (
        whole_at(option, path) for option in records_at(options, group) if at(option, path) is not None
    )
    return {number for number in numbers if number is not None}


def name_mistake(inputs: Properties, name: str, offered: Iterable[str], noun: str) -> Mistake | None:
    """Return what is wrong with a name that is not offered, with the nearest; None where all is well.

    Args:
        inputs: Inputs of the server.
        name: Name of the input.
        offered: Names on offer; an empty list judges nothing.
        noun: Noun for what has the name.
    """
    value, valid_values = text(inputs, name), sorted(offered)
    if not value or not valid_values or value in valid_values:
        return None
    by_lower = {item.lower(): item for item in valid_values}
    near = [by_lower[match] for match in difflib.get_close_matches(value.lower(), by_lower, 3, 0.5)]
    offer = f"nearest are {', '.join(near)}" if near else f"known are {_some(valid_values)}"
    return Mistake(name, f"{value!r} is no {noun} of this account; {offer}")


def _number_mistake(inputs: Properties, name: str, offered: Iterable[int], unit: str) -> Mistake | None:
    value, valid_values = inputs.get(name), sorted(offered)
    if not isinstance(value, int) or not valid_values or value in valid_values:
        return None
    near = sorted(sorted(valid_values, key=lambda number: abs(number - value))[:3])
    return Mistake(name, f"{value}{unit} is not on offer; nearest are {', '.join(map(str, near))}")


def _some(names: list[str]) -> str:
    more = f" and {len(names) - MAX_OFFERED} more" if len(names) > MAX_OFFERED else ""
    return ", ".join(names[:MAX_OFFERED]) + more

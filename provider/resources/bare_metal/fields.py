"""The inputs of a bare metal server. What it shares with a virtual one is taken from there."""

from dataclasses import replace

from provider.resources.contract import Change, Failure
from provider.resources.fields import Field, Rule, diff_fields
from provider.resources.servers.host_contact import TRUST, USER_DATA, contact_rule
from provider.resources.virtual_guest.fields import FIELDS as GUEST_FIELDS
from provider.values import Properties, Value, flag, has_unknown, text

SPEEDS = (100, 1000, 10000)
RELOAD, REPLACE = "reload", "replace"
SYSTEM = "osCode"
"""The input whose change takes another installation."""
INSTALLED = (SYSTEM, "postInstallScriptUri", "sshKeyIds", "userData")
"""What an installation is made of: only this provider brings it, and SoftLayer does not report it."""

_GUEST = {field.name: field for field in GUEST_FIELDS}


def _speed(value: Value) -> str | None:
    return None if value in SPEEDS else f"must be one of {', '.join(map(str, SPEEDS))} Mbps, not {value}"


def _metal_contact(value: Value) -> str | None:
    if value == USER_DATA:
        return f"must be {TRUST} or a fingerprint: images of bare metal take no user data"
    return contact_rule(value)


def _one_of(*options: str) -> Rule:
    def rule(value: Value) -> str | None:
        return None if value in options else f"must be {' or '.join(options)}, not {value!r}"

    return rule


FIELDS = (
    _GUEST["hostname"],
    _GUEST["domain"],
    _GUEST["datacenter"],
    replace(_GUEST["flavor"], name="preset", required=True, replaces=True),
    replace(_GUEST["osCode"], replaces=False),
    _GUEST["hourly"],
    Field("networkSpeed", int, rule=_speed),
    _GUEST["privateNetworkOnly"],
    _GUEST["privateVlanId"],
    _GUEST["publicVlanId"],
    _GUEST["tags"],
    _GUEST["notes"],
    _GUEST["userData"],
    _GUEST["postInstallScriptUri"],
    _GUEST["sshKeyIds"],
    Field("systemChange", rule=_one_of(RELOAD, REPLACE)),
    _GUEST["cancellation"],
    _GUEST["replacementGroup"],
    _GUEST["probeSsh"],
    replace(_GUEST["firstContact"], rule=_metal_contact),
)


def reloads(inputs: Properties) -> bool:
    """Return whether another system is installed on the same server.

    One paid by the month is never replaced.
    """
    return not flag(inputs, "hourly") or text(inputs, "systemChange") == RELOAD


def check_billing(inputs: Properties) -> list[Failure]:
    """A monthly server is reloaded, never replaced for its system's sake."""
    if inputs.get("hourly") is False and text(inputs, "systemChange") == REPLACE:
        reason = "must be reload: a server billed by the month is paid to its anniversary"
        return [Failure("systemChange", reason)]
    return []


def check_reload(changes: tuple[Change, ...], news: Properties) -> list[Failure]:
    """Refuse a reload, which empties the disks, unless the program says that it is meant."""
    if not installs(changes) or not reloads(news) or text(news, "systemChange") == RELOAD:
        return []
    if has_unknown(news.get(SYSTEM)):
        return []
    reason = (
        "installs the system again on this server, which is billed by the month: what is on its disks is "
        "lost; set systemChange to reload where that is meant"
    )
    return [Failure(SYSTEM, reason)]


def installs(changes: tuple[Change, ...]) -> bool:
    """Return whether these changes take another installation of the system."""
    return any(change.path == SYSTEM for change in changes)


def installed(inputs: Properties, outputs: Properties) -> dict[str, Value]:
    """Return what a server has of `INSTALLED`: what its outputs say; None for what they lack.

    The inputs in the state are the wish of an update already, also of one that was interrupted: the engine
    keeps no others. They count only where there are no outputs.
    """
    properties = outputs or inputs
    return {name: properties.get(name) for name in INSTALLED}


def diff_inputs(old_inputs: Properties, old_outputs: Properties, news: Properties) -> tuple[Change, ...]:
    """Compare the inputs by the table; another system is installed on the same server or takes a new one."""
    takes_new_server = not reloads(news)
    fields = tuple(replace(field, replaces=True) if field.name == SYSTEM else field for field in FIELDS)
    present = {**old_inputs, **installed(old_inputs, old_outputs)}
    return tuple(
        change if takes_new_server or change.path != SYSTEM else replace(change, replaces=False)
        for change in diff_fields(fields, present, old_outputs, news)
    )

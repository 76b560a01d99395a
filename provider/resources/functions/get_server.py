"""`softlayer:index:getServer`: one virtual server of the account, by id or by what it exactly is."""

from messages.count import format_count
from provider.errors import NotFoundError, ProviderError
from provider.resources.contract import Checked
from provider.resources.fields import Field, filled, positive
from provider.resources.functions.account_search import MAX_NAMED, check_search, matches, object_filter
from provider.resources.virtual_guest.view import MASK, Stage, costs, stage, tags, transaction
from provider.session import Session
from provider.softlayer.account import mark_hidden_billing
from provider.softlayer.records import Record, as_record, as_records, flag_at, text_at, whole_at
from provider.values import UNKNOWN, Properties, Unknown, Value, whole

PATHS = {
    "globalIdentifier": "globalIdentifier",
    "hostname": "hostname",
    "domain": "domain",
    "datacenter": "datacenter.name",
    "publicIp": "primaryIpAddress",
    "privateIp": "primaryBackendIpAddress",
}
"""What a server can be searched by, and where the API has it."""
ANSWERED = (
    "guestId",
    "globalIdentifier",
    "hostname",
    "domain",
    "fullyQualifiedDomainName",
    "datacenter",
    "osCode",
    "flavor",
    "cpus",
    "memory",
    "hourly",
    "publicIp",
    "privateIp",
    "tags",
    "notes",
    "ready",
    "hourlyCost",
    "monthlyCost",
)


FIELDS = (Field("guestId", int, rule=positive), *(Field(name, rule=filled) for name in PATHS))


class GetServer:
    """The function, over SoftLayer_Virtual_Guest::getObject and SoftLayer_Account::getVirtualGuests."""

    token = "softlayer:index:getServer"  # noqa: S105 - a function token

    def check(self, arguments: Properties) -> Checked:
        """Check the inputs by the table; an id, or at least one other argument, never both."""
        return check_search(FIELDS, "guestId", arguments)

    def unknown(self) -> Properties:
        """Return the answer while an argument is unknown."""
        return dict.fromkeys(ANSWERED, UNKNOWN)

    async def call(self, session: Session, arguments: Properties) -> Properties:
        """Find the one server; one that is being reclaimed is gone.

        Raises:
            NotFoundError: No server matches.
            ProviderError: More than one server matches.
        """
        number = whole(arguments, "guestId")
        hits = await (_by_id(session, number) if number is not None else _by_filter(session, arguments))
        await mark_hidden_billing(session.account, list(hits))
        living = [guest for guest in hits if stage(guest) is not Stage.LEAVING]
        criteria = ", ".join(f"{name} {_show(arguments[name])}" for name in arguments)
        if not living:
            raise NotFoundError(f"No virtual server of this account has {criteria}.")
        if len(living) > 1:
            names = [
                f"{text_at(guest, 'fullyQualifiedDomainName')} ({whole_at(guest, 'id')})" for guest in living
            ]
            more = f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
            raise ProviderError(
                f"{format_count(len(living), 'virtual server')} have {criteria}:"
                f" {', '.join(names[:MAX_NAMED])}{more}. Give more arguments of the one that is"
                " meant, or its guestId."
            )
        return answer(living[0])


def _show(value: Value) -> str:
    return "unknown" if isinstance(value, Unknown) else repr(value)


async def _by_id(session: Session, number: int) -> tuple[Record, ...]:
    try:
        return (as_record(await session.api.read("Virtual_Guest", "getObject", id=number, mask=MASK)),)
    except NotFoundError:
        return ()


async def _by_filter(session: Session, arguments: Properties) -> tuple[Record, ...]:
    condition: dict[str, object] = {"virtualGuests": object_filter(arguments, PATHS)}
    answer = await session.api.read("Account", "getVirtualGuests", mask=MASK, filter=condition)
    return tuple(guest for guest in as_records(answer) if matches(guest, arguments, PATHS))


def answer(guest: Record) -> Properties:
    """Return a guest in the words of the VirtualGuest resource; what it has not is left out."""
    hourly, monthly = costs(guest)
    properties: dict[str, Value] = {
        "guestId": whole_at(guest, "id"),
        "globalIdentifier": text_at(guest, "globalIdentifier"),
        "hostname": text_at(guest, "hostname"),
        "domain": text_at(guest, "domain"),
        "fullyQualifiedDomainName": text_at(guest, "fullyQualifiedDomainName"),
        "datacenter": text_at(guest, "datacenter.name"),
        "osCode": text_at(guest, "operatingSystem.softwareLicense.softwareDescription.referenceCode"),
        "flavor": text_at(guest, "billingItem.orderItem.preset.keyName") or None,
        "cpus": whole_at(guest, "startCpus"),
        "memory": whole_at(guest, "maxMemory"),
        "hourly": flag_at(guest, "hourlyBillingFlag"),
        "publicIp": text_at(guest, "primaryIpAddress") or None,
        "privateIp": text_at(guest, "primaryBackendIpAddress") or None,
        "tags": sorted(tags(guest)),
        "notes": text_at(guest, "notes"),
        "ready": stage(guest) is Stage.IDLE and not transaction(guest),
        "hourlyCost": hourly,
        "monthlyCost": monthly,
    }
    return {name: value for name, value in properties.items() if value is not None}

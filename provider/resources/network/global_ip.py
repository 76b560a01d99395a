"""`softlayer:index:GlobalIp` over SoftLayer_Network_Subnet_IpAddress_Global.

In place: routeTo (a re-route takes under a minute), alternatives, notes, cancelOnAnniversary. Nothing takes a
new address. Where it leads to one of the alternatives, somebody moved it there, and it stays.
The Pulumi id is the address's number, or `order:NUMBER` where the wait for the address was broken off: the
order is what is paid for, so its id is kept.
"""

import asyncio
from collections.abc import Collection
from ipaddress import AddressValueError, IPv4Address

from provider.errors import (
    REFRESH,
    ApiError,
    CancelledError,
    InvalidInputError,
    NotFoundError,
    ProviderError,
    RefusedCallError,
    WaitTimeoutError,
)
from provider.orders.adoption import adopted_identifier
from provider.resources.by_table import ByTable
from provider.resources.contract import Change, Created, Live, State, Target
from provider.resources.fields import Field, diff_fields
from provider.resources.identifiers import record_number
from provider.resources.missing import GLOBAL_IPS, confirm_missing, is_billed, no_billing_rights
from provider.resources.network.global_ip_order import GlobalIpOrder, find_by_order, is_order_gone, quote
from provider.resources.network.global_ip_unfinished import (
    FIRST_PAUSE,
    LONGEST_PAUSE,
    ORDERED,
    EndedOrderError,
    order_number,
    unfinished_error,
    until_addressed,
)
from provider.resources.ordering.creation import note_name, obtain
from provider.resources.ordering.order_status import read_end
from provider.session import Session
from provider.softlayer.records import Record, as_record, decimal_at, text_at, whole_at
from provider.values import UNKNOWN, Properties, Value, flag, text, whole

SERVICE = "Network_Subnet_IpAddress_Global"
ADDRESS = "SoftLayer_Network_Subnet_IpAddress"
MASK = (
    "mask[id,ipAddress[id,ipAddress,note,subnetId],destinationIpAddress[ipAddress],activeTransaction[id],"
    "billingItem[id,recurringFee,cancellationDate,orderItem[order[id]]]]"
)
COMPUTED = (
    "globalIpId",
    "address",
    "orderId",
    "hourlyCost",
    "monthlyCost",
    "cancellationDate",
)
CREATE_SECONDS = 30 * 60
CHANGE_SECONDS = 10 * 60
DELETE_SECONDS = 15 * 60
"""Seconds: address and first route take some 5 minutes each, a re-route under one (shared facts, 3)."""
RESUMABLE_ERRORS = (ApiError, InvalidInputError, CancelledError, WaitTimeoutError)


def _address(value: Value) -> str | None:
    try:
        IPv4Address(str(value))
    except AddressValueError:
        return "must be an IPv4 address, such as the public_ip of a server"
    return None


FIELDS = (
    Field("routeTo", rule=_address),
    Field("alternatives", many=True, unordered=True, rule=_address),
    Field("notes"),
    Field("cancelOnAnniversary", bool, default=False),
)


class GlobalIp(ByTable):
    """The handler; see `provider.resources.contract.Resource`."""

    token = "softlayer:index:GlobalIp"  # noqa: S105 - a type token
    fields = FIELDS
    noun = "global IP"

    def note_name(self, session: Session, urn: str) -> str:
        """Return what the journal knows its order by."""
        return note_name(session, urn, "global IP")

    def noted_id(self, identifier: str, old: State) -> int | None:
        """Return the number of its order."""
        return whole(old.outputs, "orderId")

    async def is_gone(self, session: Session, noted_id: str) -> bool:
        """Return whether an order is cancelled, and nothing of it is left in the account."""
        return await is_order_gone(session, int(noted_id))

    async def is_alone(
        self, session: Session, noted_id: int, previous_ids: Collection[int], old: State
    ) -> bool:
        """Return whether every other order is one of before, or cancelled; not for who sees no bills."""
        later_orders = await GlobalIpOrder().listed(session) - {noted_id, *previous_ids}
        return not later_orders and await session.account.shows_billing()

    def diff(self, session: Session, urn: str, old: State, news: Properties) -> tuple[Change, ...]:
        """Compare the inputs by the table; a route to one of the alternatives is none."""
        moved = text(old.inputs, "routeTo") in _alternatives(news)
        changes = diff_fields(FIELDS, old.inputs, old.outputs, news)
        return tuple(change for change in changes if not (moved and change.path == "routeTo"))

    def preview(self, inputs: Properties, outputs: Properties | None) -> Properties:
        """A new address's outputs are unknown; a route changes none of them."""
        computed = outputs or dict.fromkeys(COMPUTED, UNKNOWN)
        return {**inputs, **{name: computed.get(name) for name in COMPUTED}}

    async def quote(self, session: Session, inputs: Properties, old: State | None) -> Properties:
        """Return what a new one would cost: every global IP costs the same."""
        if old is not None:
            return {}
        cost = await session.quotes.of("GlobalIp", lambda: quote(session))
        return {} if cost is None else {"hourlyCost": cost.hourly, "monthlyCost": cost.monthly}

    async def create(self, session: Session, target: Target, inputs: Properties) -> Created:
        """Order one, or take over the one ordered before; then wait until it leads where it is to."""
        order_id, adopted, identifier = None, True, adopted_identifier(session.settings, target.urn)
        if not identifier:
            order_id, adopted = await obtain(session, self.note_name(session, target.urn), GlobalIpOrder())
            identifier = f"{ORDERED}{order_id}"
        try:
            record = await until_addressed(session, target, self.find, identifier, CREATE_SECONDS)
            identifier = str(whole_at(record, "id"))
            if adopted:
                session.tokens.adopted(target.urn, identifier)
            return Created(identifier, await self._bring(session, target, identifier, inputs, CREATE_SECONDS))
        except EndedOrderError:
            session.journal.closed(self.note_name(session, target.urn))
            raise
        except RESUMABLE_ERRORS as error:
            raise unfinished_error(identifier, {**inputs, "orderId": order_id}, error) from None

    async def read(self, session: Session, target: Target, identifier: str, state: State) -> Live | None:
        """Return the address with its route and notes as they are.

        One without a billing item is given back.
        """
        record = await self.find(session, identifier)
        if record is None and identifier.startswith(ORDERED) and state.inputs:
            if await read_end(session, order_number(identifier)):
                return None  # no address comes of it
            why = WaitTimeoutError("its address is not there yet")
            raise unfinished_error(identifier, state.outputs, why, state.inputs)
        if record is None and not identifier.startswith(ORDERED):
            await confirm_missing(session, GLOBAL_IPS, _number(identifier, identifier))
        if record is None or not await is_billed(session, record):
            return None
        inputs: dict[str, Value] = dict(state.inputs) or {"cancelOnAnniversary": False}
        for name, path in (("routeTo", "destinationIpAddress.ipAddress"), ("notes", "ipAddress.note")):
            inputs.pop(name, None)
            if text_at(record, path):
                inputs[name] = text_at(record, path)
        return Live(identifier, inputs, _outputs(inputs, record))

    async def update(
        self, session: Session, target: Target, identifier: str, old: State, news: Properties
    ) -> Properties:
        """Bring route and notes to the new inputs; for one that was not ready, wait on.

        Raises:
            ProviderError: Somebody deleted it from the account; nothing was changed.
            UnfinishedError: The address or the route does not exist in time.
        """
        seconds = CREATE_SECONDS if identifier.startswith(ORDERED) else CHANGE_SECONDS
        try:
            await until_addressed(session, target, self.find, identifier, seconds)
            return await self._bring(session, target, identifier, news, seconds)
        except NotFoundError:
            raise ProviderError(
                f"Global IP {identifier} is gone from the account. Run {REFRESH}, then the same command "
                "again."
            ) from None
        except RESUMABLE_ERRORS as error:
            raise unfinished_error(identifier, {**old.outputs, **news}, error) from None

    async def delete(self, session: Session, target: Target, identifier: str, old: State) -> None:
        """Cancel it and wait until the account no longer has it.

        Its route is left alone until the cancellation was accepted: one that is refused changes nothing for
        clients. Where the address stays until its anniversary, its route is cleared then.
        """
        seconds = target.timeout or DELETE_SECONDS
        record = await self.find(session, identifier)
        if record is None and identifier.startswith(ORDERED):
            if await read_end(session, order_number(identifier)):
                return  # declined or cancelled: no address comes of it, and nothing is billed
            record = await until_addressed(session, target, self.find, identifier, seconds)
        if record is None:
            await confirm_missing(session, GLOBAL_IPS, _number(identifier, identifier))
        if record is None or not await is_billed(session, record):
            return
        await session.guard.check(f"Global IP {identifier}", session.stop)
        if whole_at(record, "billingItem.id") is None:
            raise no_billing_rights(session, f"Global IP {identifier}")
        known_by = (identifier, str(whole_at(record, "id")))
        if any(session.tokens.deletes_its_own(target.urn, name) for name in known_by):
            await session.reporter.warning(
                target.urn,
                f"Global IP {identifier} was not replaced: the provider did not know yet that the state "
                "holds it; a run that was cut short could have ordered it. The same command replaces it.",
            )
            return
        if not text_at(record, "billingItem.cancellationDate"):
            if await self._cancelled(
                session, identifier, record, later=flag(old.inputs, "cancelOnAnniversary")
            ):
                await self._until_deleted(session, target, identifier, seconds)
                return
            record = await self.find(session, identifier) or record
        await self.route(session, target, identifier, "", seconds)
        await session.reporter.warning(
            target.urn,
            f"Global IP {identifier} ({text_at(record, 'ipAddress.ipAddress')}) is cancelled for "
            f"{text_at(record, 'billingItem.cancellationDate')}; until then it stays in the account and is "
            "billed.",
        )

    async def _cancelled(self, session: Session, identifier: str, record: Record, *, later: bool) -> bool:
        """Return whether it is cancelled now; False when it is cancelled for its anniversary.

        Raises:
            ProviderError: SoftLayer refuses before the anniversary, and that was not requested.
        """
        item = whole_at(record, "billingItem.id")
        try:
            await session.api.write("Billing_Item", "cancelService", id=item)
        except NotFoundError:
            return True
        except RefusedCallError as error:
            if "anniversary" not in str(error).lower():
                raise
            if not later:
                raise ProviderError(
                    f"Global IP {identifier} cannot be cancelled before its anniversary, and is paid for "
                    f"until then: {error}. Its route is as it was. Set cancelOnAnniversary, run pulumi up, "
                    "then this command again: it is then cancelled for that date."
                ) from None
            await session.api.write("Billing_Item", "cancelServiceOnAnniversaryDate", id=item)
            return False
        return True

    async def _bring(
        self, session: Session, target: Target, identifier: str, inputs: Properties, seconds: float
    ) -> Properties:
        current = await self.route(
            session,
            target,
            identifier,
            text(inputs, "routeTo"),
            target.timeout or seconds,
            _alternatives(inputs),
        )
        if text_at(current, "ipAddress.note") != text(inputs, "notes"):
            address_id = whole_at(current, "ipAddress.id")
            note = {"note": text(inputs, "notes")}
            await session.api.write("Network_Subnet_IpAddress", "editObject", note, id=address_id)
        return _outputs(inputs, current)

    async def route(
        self,
        session: Session,
        target: Target,
        identifier: str,
        address: str,
        seconds: float,
        alternatives: frozenset[str] = frozenset(),
    ) -> Record:
        """Route it to an address, or nowhere (""), and wait until it is; leave it at an alternative.

        One route is possible at a time, so one under way is waited out; the request is repeated while the
        route is another, which is harmless: SoftLayer answers False for one that is there.

        Args:
            session: Session of the provider.
            target: The resource, for its progress.
            identifier: The global IP's, in the account.
            address: IPv4 address that it is to lead to; "" for none.
            seconds: The time limit.
            alternatives: Addresses at which it may stay as well.

        Raises:
            NotFoundError: The address is not in the account any more.
            WaitTimeoutError: The route is another one after the time limit.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        pause, requested = FIRST_PAUSE, False
        while True:
            record = await self.find(session, identifier)
            if record is None:
                raise NotFoundError(f"global IP {identifier} is gone; run {REFRESH}")
            current, busy = (
                text_at(record, "destinationIpAddress.ipAddress"),
                whole_at(record, "activeTransaction.id"),
            )
            if busy is None and (current == address or current in alternatives):
                return record
            if busy is None:
                await self._request_route(session, record, address)
                requested = True
            if loop.time() > deadline:
                state = "the new route was asked for" if requested else "an earlier route is under way"
                raise WaitTimeoutError(
                    f"it leads to {current or 'nowhere'} and not to {address or 'nowhere'} after "
                    f"{seconds:.0f} s ({state})"
                )
            where = f"waits for its route to {address}" if address else "waits until it is routed nowhere"
            await session.reporter.progress(target.urn, f"global IP {identifier}: {where}")
            await session.stop.sleep(pause)
            pause = min(pause * 1.5, LONGEST_PAUSE)

    async def _request_route(self, session: Session, record: Record, address: str) -> None:
        subnet = whole_at(record, "ipAddress.subnetId")
        arguments = ("route", ADDRESS, address) if address else ("clearRoute",)
        try:
            await session.api.write("Network_Subnet", *arguments, id=subnet)
        except NotFoundError as error:
            raise InvalidInputError("routeTo", f"{address} is no server's address here: {error}") from None
        except RefusedCallError as error:
            if "not ready" not in str(error).lower():
                raise

    async def find(self, session: Session, identifier: str) -> Record | None:
        """Return the address as the account has it; None where it has none such."""
        if identifier.startswith(ORDERED):
            return await find_by_order(session, order_number(identifier), MASK)
        try:
            return as_record(
                await session.api.read(SERVICE, "getObject", id=_number(identifier, identifier), mask=MASK)
            )
        except NotFoundError:
            return None

    async def _until_deleted(self, session: Session, target: Target, identifier: str, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        pause = FIRST_PAUSE
        while (record := await self.find(session, identifier)) is not None:
            if whole_at(record, "billingItem.id") is None:
                return  # no longer billed; SoftLayer sweeps it later
            if loop.time() > deadline:
                raise WaitTimeoutError(
                    f"Global IP {identifier} was cancelled but is still listed. Run the same command again."
                )
            await session.stop.sleep(pause)
            pause = min(pause * 1.5, LONGEST_PAUSE)


def _alternatives(inputs: Properties) -> frozenset[str]:
    """Return those that are known."""
    addresses = inputs.get("alternatives")
    listed = addresses if isinstance(addresses, list | tuple) else ()
    return frozenset(address for address in listed if isinstance(address, str))


def _number(digits: str, identifier: str) -> int:
    return record_number(digits, "global IP", identifier)


def _outputs(inputs: Properties, record: Record) -> Properties:
    return {
        **inputs,
        "globalIpId": whole_at(record, "id"),
        "address": text_at(record, "ipAddress.ipAddress"),
        "orderId": whole_at(record, "billingItem.orderItem.order.id"),
        "hourlyCost": 0.0,
        "monthlyCost": decimal_at(record, "billingItem.recurringFee"),
        "cancellationDate": text_at(record, "billingItem.cancellationDate"),
    }

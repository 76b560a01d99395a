"""Gets the server that belongs to an order token: finds the one already ordered, or orders it once.

`SoftLayer_Virtual_Guest::createObject` is used rather than placeOrder: it answers with the guest's id at
once and keeps user data, keys and port speed, which generateOrderTemplate drops; both order by the same path
and bill alike (SLDN createObject; shared facts, section 1). Neither takes an idempotency key, hence the
token in the host name, the only thing that can be searched from the order's first moment on.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from provider.errors import ApiError, InvalidInputError, NotFoundError, ProviderError, RefusedCallError
from provider.orders.adoption import adopted_identifier, adopted_token
from provider.resources.ordering.single_order import Decision, OrderCandidate, judge, obtain
from provider.resources.servers.cancellation import lacks_cancellation
from provider.resources.servers.listings import GUESTS
from provider.resources.servers.order_template import server_template
from provider.resources.servers.ordered_search import find_ordered
from provider.resources.virtual_guest.fields import ORDER_TOKEN
from provider.resources.virtual_guest.options import check_offered, missing_key, named_property
from provider.resources.virtual_guest.view import MASK, Stage, delivered, differences, full_hostname, stage
from provider.session import Session
from provider.softlayer.account import mark_hidden_billing
from provider.softlayer.records import Record, as_record, whole_at
from provider.values import Properties, flag, text, whole, wholes

CANCEL = "slcli vs cancel"
"""The command that cancels one, before its id."""
DEVICES = ("0", "2", "3", "4", "5")
"""Block devices that can be ordered; 1 is swap."""


@dataclass(frozen=True)
class Ordered:
    """The server that belongs to the order.

    Attributes:
        guest_id: Id of the guest.
        token: Order token of the guest; a successor of the requested one when that was spent.
        adopted: Whether it was there already.
    """

    guest_id: int
    token: str
    adopted: bool


def decide(
    hits: tuple[Record, ...], inputs: Properties, token: str, replaced: frozenset[str] = frozenset()
) -> Decision[int]:
    """Return what the servers found under a token mean. Pure.

    Args:
        hits: Guests whose host name ends in the token, with the relations of `guest_view.MASK`.
        inputs: Inputs of the order.
        token: The token.
        replaced: Ids of servers that the operator replaces, so that the state holds them.

    Raises:
        ProviderError: More than one server bears the token, or one of another shape.
    """
    candidates = tuple(
        OrderCandidate(
            whole_at(guest, "id") or 0,
            stage(guest) is not Stage.LEAVING,
            delivered(guest) or str(whole_at(guest, "id")) in replaced,
            differences(inputs, guest),
        )
        for guest in hits
    )
    return judge(candidates, token, CANCEL)


def order_template(inputs: Properties, token: str) -> dict[str, object]:
    """Return SoftLayer's order for these inputs. Pure; source: SLDN createObject."""
    template = server_template(inputs, token)
    if text(inputs, "flavor"):
        template["supplementalCreateObjectOptions"] = {"flavorKeyName": text(inputs, "flavor")}
    else:
        template["startCpus"] = whole(inputs, "cpus")
        template["maxMemory"] = whole(inputs, "memory")
        template["localDiskFlag"] = flag(inputs, "localDisk")
    if wholes(inputs, "disks"):
        template["blockDevices"] = [
            {"device": device, "diskImage": {"capacity": size}}
            for device, size in zip(DEVICES, wholes(inputs, "disks"), strict=False)
        ]
    return template


class GuestOrders:
    """Finds and places orders for virtual servers."""

    def __init__(self) -> None:
        self._options: asyncio.Task[object] | None = None

    async def obtain(self, session: Session, urn: str, inputs: Properties) -> Ordered:
        """Return the server of this resource; see `provider.resources.ordering.single_order.obtain`."""
        if identifier := adopted_identifier(session.settings, urn):
            return await adopt_guest(session, inputs, identifier)
        order = await obtain(session, urn, text(inputs, ORDER_TOKEN), GuestOrder(inputs, self.offered))
        return Ordered(order.identifier, order.token, order.adopted)

    async def offered(self, session: Session) -> Record:
        """Return the answer of getCreateObjectOptions, read once a process for all servers."""
        if self._options is None or (self._options.done() and self._options.exception() is not None):
            self._options = asyncio.ensure_future(session.api.read("Virtual_Guest", "getCreateObjectOptions"))
        return as_record(await asyncio.shield(self._options))


async def adopt_guest(session: Session, inputs: Properties, identifier: str) -> Ordered:
    """Return a server that is in the account already, for a state that was lost.

    Raises:
        ProviderError: The server cannot be the resource's.
    """
    try:
        guest = as_record(await session.api.read("Virtual_Guest", "getObject", id=int(identifier), mask=MASK))
    except (NotFoundError, ValueError):
        guest = {}
    await mark_hidden_billing(session.account, guest)
    living = bool(guest) and stage(guest) is not Stage.LEAVING
    token = adopted_token(identifier, guest, inputs, differences(inputs, guest), living=living)
    return Ordered(int(identifier), token, adopted=True)


@dataclass(frozen=True)
class GuestOrder:
    """One virtual server to order; see `provider.resources.ordering.single_order.Order`.

    Attributes:
        inputs: Desired inputs.
        offered: Returns the answer of getCreateObjectOptions.
    """

    inputs: Properties
    offered: Callable[[Session], Awaitable[Record]]

    def describe(self, token: str) -> str:
        """Return its host name."""
        return full_hostname(self.inputs, token)

    async def decision(self, session: Session, token: str) -> Decision[int]:
        """Decide by the account's guests whose host name ends in the token, and the one whose id is noted."""
        note = session.journal.note(token)
        hits = await find_ordered(session, GUESTS, token, int(note) if note.isdecimal() else None)
        return decide(hits, self.inputs, token, session.settings.replaced_servers)

    async def check_offered(self, session: Session) -> None:
        """Check by getCreateObjectOptions."""
        check_offered(await self.offered(session), self.inputs)

    async def send(self, session: Session, token: str) -> int | None:
        """Call createObject, once."""
        template = order_template(self.inputs, token)
        return whole_at(as_record(await session.api.order("Virtual_Guest", "createObject", template)), "id")

    def may_replace(self) -> bool:
        """Return whether it is billed by the hour, or the program says how the previous one is cancelled."""
        return not lacks_cancellation(self.inputs)

    def refused(self, error: ApiError) -> ProviderError:
        """Blamed on the property that the cloud's words name."""
        if isinstance(error, NotFoundError):
            return missing_key(error, self.inputs) or error
        if not isinstance(error, RefusedCallError):
            return error
        name = named_property(str(error))
        if name:
            return InvalidInputError(name, f"SoftLayer refuses the order: {error}. Nothing was ordered.")
        return ProviderError(f"SoftLayer refuses the order: {error}. Nothing was ordered.")

"""Gets the server that belongs to an order token: finds the one already ordered, or orders it once.

`SoftLayer_Virtual_Guest::createObject` is used rather than placeOrder: it answers with the guest's id at
once and keeps user data, keys and port speed, which generateOrderTemplate drops; both order by the same path
and bill alike (SLDN createObject; shared facts, section 1). Neither takes an idempotency key, hence the
token in the host name, the only thing that can be searched from the order's first moment on.
"""

import asyncio
from dataclasses import dataclass

from provider.errors import (
    ApiError,
    InterruptedCallError,
    InvalidInputError,
    ProviderError,
    RateLimitedError,
    RefusedError,
)
from provider.records import Record, as_record, as_records, text_at, whole_at
from provider.resources.guest_fields import ORDER_TOKEN
from provider.resources.guest_options import check_offered, named_property
from provider.resources.guest_view import MASK, Stage, delivered, differences, full_hostname, stage
from provider.session import Session
from provider.values import Properties, flag, text, whole, wholes

FIRST_PAUSE = 0.3
LONGEST_PAUSE = 5.0
REFUSALS = 6
"""Orders refused for too many calls before giving up; such a refusal is certain, so a repeat is safe."""
DEVICES = ("0", "2", "3", "4", "5")
"""Block devices that can be ordered; 1 is swap."""


@dataclass(frozen=True)
class Ordered:
    """The server that belongs to the order.

    Attributes:
        guest_id: its id.
        token: its order token; a successor of the one asked for when that was spent.
        adopted: whether it was there already.
    """

    guest_id: int
    token: str
    adopted: bool


@dataclass(frozen=True)
class Decision:
    """What to do about a token.

    Attributes:
        adopt: the id of the server to take over; None to order, or to pass on.
        pass_on: whether the token's server was delivered before, so that the successor is meant.
    """

    adopt: int | None = None
    pass_on: bool = False


def decide(hits: tuple[Record, ...], inputs: Properties, token: str) -> Decision:
    """What the servers found under a token mean. Pure.

    Args:
        hits: guests whose host name ends in the token, with the relations of `guest_view.MASK`.
        inputs: what was to be ordered.
        token: the token.

    Raises:
        ProviderError: more than one server bears the token, or one of another shape.
    """
    living = [guest for guest in hits if stage(guest) is not Stage.LEAVING]
    if not living:
        return Decision()
    ids = ", ".join(str(whole_at(guest, "id")) for guest in living)
    if len(living) > 1:
        raise ProviderError(
            f"Servers {ids} all bear the order token {token}. Nothing was ordered. Cancel those that are not "
            "wanted (slcli vs cancel ID), then run the same command again."
        )
    if delivered(living[0]):
        return Decision(pass_on=True)
    differing = differences(inputs, living[0])
    if differing:
        raise ProviderError(
            f"Server {ids} was ordered for this resource by an interrupted run, but differs in "
            f"{', '.join(differing)}. Nothing was ordered. Set these back to finish it, or cancel it (slcli "
            "vs "
            f"cancel {ids}) and run the same command again."
        )
    return Decision(adopt=whole_at(living[0], "id"))


def order_template(inputs: Properties, token: str) -> dict[str, object]:
    """SoftLayer's order for these inputs. Pure; source: SLDN createObject."""
    template: dict[str, object] = {
        "hostname": full_hostname(inputs, token),
        "domain": text(inputs, "domain"),
        "datacenter": {"name": text(inputs, "datacenter")},
        "operatingSystemReferenceCode": text(inputs, "osCode"),
        "hourlyBillingFlag": flag(inputs, "hourly"),
        "privateNetworkOnlyFlag": flag(inputs, "privateNetworkOnly"),
    }
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
    if whole(inputs, "networkSpeed"):
        template["networkComponents"] = [{"maxSpeed": whole(inputs, "networkSpeed")}]
    if wholes(inputs, "sshKeyIds"):
        template["sshKeys"] = [{"id": key} for key in wholes(inputs, "sshKeyIds")]
    if text(inputs, "userData"):
        template["userData"] = [{"value": text(inputs, "userData")}]
    if text(inputs, "postInstallScriptUri"):
        template["postInstallScriptUri"] = text(inputs, "postInstallScriptUri")
    return template


class GuestOrders:
    """Finds and places orders for virtual servers."""

    def __init__(self) -> None:
        self._options: asyncio.Task[object] | None = None

    async def obtain(self, session: Session, urn: str, inputs: Properties) -> Ordered:
        """The server of this resource; ordered at most once for a token, across crashes.

        Raises:
            InvalidInputError: the cloud does not offer what an input asks for; nothing was ordered.
            ProviderError: nothing was ordered, or the order's fate is unknown; the message says which.
            CancelledError: Cancel came; an order on its way is found by the next run.
        """
        token = session.tokens.unspent(urn, text(inputs, ORDER_TOKEN))
        for _ in range(REFUSALS):
            decision = await self._settled(session, inputs, token)
            while decision.pass_on:
                token = session.tokens.successor(urn, token)
                decision = await self._settled(session, inputs, token)
            if decision.adopt is not None:
                session.journal.closed(token)
                session.tokens.adopted(urn, str(decision.adopt))
                return Ordered(decision.adopt, token, adopted=True)
            check_offered(await self._offered(session), inputs)
            try:
                return Ordered(await self._place(session, inputs, token), token, adopted=False)
            except RateLimitedError:
                await session.stop.pause(1.0)
        raise ProviderError(
            f"The order was refused {REFUSALS} times for too many calls at {session.api.endpoint}. Nothing "
            "was "
            "ordered. Lower softlayer:rateLimit or run the same command again."
        )

    async def _settled(self, session: Session, inputs: Properties, token: str) -> Decision:
        """Decide by the account's list; its silence counts only once an earlier order had time to show."""
        decision = decide(await self._search(session, token), inputs, token)
        age = session.journal.age(token)
        if decision != Decision() or age is None:
            return decision
        return await self._search_on(session, inputs, token, session.settings.order_settle - age)

    async def _search_on(self, session: Session, inputs: Properties, token: str, seconds: float) -> Decision:
        deadline = asyncio.get_running_loop().time() + seconds
        pause = FIRST_PAUSE
        decision = Decision()
        while decision == Decision() and asyncio.get_running_loop().time() < deadline:
            await session.stop.pause(pause)
            pause = min(pause * 1.5, LONGEST_PAUSE)
            decision = decide(await self._search(session, token), inputs, token)
        return decision

    async def _search(self, session: Session, token: str) -> tuple[Record, ...]:
        chosen = {"virtualGuests": {"hostname": {"operation": f"$= -{token}"}}}
        answer = await session.api.read("Account", "getVirtualGuests", mask=MASK, filter=chosen)
        # A filter that the API does not understand is ignored there, not refused.
        return tuple(
            guest for guest in as_records(answer) if text_at(guest, "hostname").endswith(f"-{token}")
        )

    async def _place(self, session: Session, inputs: Properties, token: str) -> int:
        session.journal.opened(token)
        try:
            made = await session.api.order("Virtual_Guest", "createObject", order_template(inputs, token))
            guest_id = whole_at(as_record(made), "id")
            trouble = "the answer has no id"
        except InterruptedCallError as error:
            guest_id, trouble = None, str(error)
        except ApiError as error:
            session.journal.closed(token)
            raise _explained(error) from None
        if guest_id is None:
            guest_id = await self._find_lost(session, inputs, token, trouble)
        session.journal.closed(token)
        return guest_id

    async def _find_lost(self, session: Session, inputs: Properties, token: str, trouble: str) -> int:
        settle = session.settings.order_settle
        decision = await self._search_on(session, inputs, token, settle)
        if decision.adopt is None:
            raise ProviderError(
                f"The order of {full_hostname(inputs, token)} was sent, but its answer was lost ({trouble}) "
                "and "
                f"no such server showed within {settle:.0f} s. It was not ordered again. Run the same "
                "command "
                "again: it looks for the server first, and orders only when there is none."
            )
        return decision.adopt

    async def _offered(self, session: Session) -> Record:
        """getCreateObjectOptions, asked once a process for all servers."""
        if self._options is None or (self._options.done() and self._options.exception() is not None):
            self._options = asyncio.ensure_future(session.api.read("Virtual_Guest", "getCreateObjectOptions"))
        return as_record(await asyncio.shield(self._options))


def _explained(error: ApiError) -> ProviderError:
    """A refused order, blamed on the property that the cloud's words name."""
    if not isinstance(error, RefusedError):
        return error
    name = named_property(str(error))
    if name:
        return InvalidInputError(name, f"SoftLayer refuses the order: {error}. Nothing was ordered.")
    return ProviderError(f"SoftLayer refuses the order: {error}. Nothing was ordered.")

"""Exactly one order for a token, whatever happens on the way: the part that all ordered servers share.

No order of SoftLayer's takes an idempotency key. So an order carries a token where it can be searched from
its first moment on, is searched for before it is placed, noted on disk until the engine's state holds it, and
never sent a second time while its fate is unknown. A `TokenOrder` says what is ordered and how it
is found.
"""

import asyncio
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from provider.errors import ApiError, InterruptedCallError, ProviderError, RateLimitedError
from provider.resources.servers.cancellation import forced_replacement
from provider.session import Session

FIRST_PAUSE = 0.3
LONGEST_PAUSE = 5.0
REFUSALS = 6
"""Orders refused for too many calls before giving up; such a refusal is certain, so a repeat is safe."""

Id = TypeVar("Id", int, str)
"""How a kind of server is known: a guest by its number, hardware by its global identifier."""


@dataclass(frozen=True)
class Decision(Generic[Id]):
    """What to do about a token.

    Attributes:
        adopt: The id of the server to take over; None to order, or to pass on.
        pass_on: Whether the token's server was delivered before, so that the successor is meant.
    """

    adopt: Id | None = None
    pass_on: bool = False


@dataclass(frozen=True)
class OrderCandidate(Generic[Id]):
    """A server found under a token.

    Attributes:
        identifier: Id of the server.
        living: Whether it is not on its way out.
        delivered: Whether it bears the mark of a delivered order.
        differing: The create-only properties in which it differs from what was to be ordered.
    """

    identifier: Id
    living: bool
    delivered: bool
    differing: tuple[str, ...]


@dataclass(frozen=True)
class Obtained(Generic[Id]):
    """The server that belongs to an order.

    Attributes:
        identifier: Id of the server.
        token: Order token of the server; a successor of the requested one when that was spent.
        adopted: Whether it was there already.
    """

    identifier: Id
    token: str
    adopted: bool


class TokenOrder(Protocol[Id]):
    """One thing to order, known by a token."""

    def describe(self, token: str) -> str:
        """Return what it is called under that token, for messages."""

    async def decision(self, session: Session, token: str) -> Decision[Id]:
        """Look for it in the account, once.

        Raises:
            ProviderError: What is there is ambiguous, or of another shape.
        """

    async def check_offered(self, session: Session) -> None:
        """Refuse what is not on offer today.

        Raises:
            InvalidInputError: Names the property.
        """

    async def send(self, session: Session, token: str) -> Id | None:
        """Order it, with one call of `SoftLayerApi.order`; None when the answer tells no id.

        Raises:
            InterruptedCallError: It may or may not have been ordered.
            ApiError: Any other kind: it was not.
        """

    def may_replace(self) -> bool:
        """Return whether another one may follow one that was delivered, which is cancelled then."""

    def refused(self, error: ApiError) -> ProviderError:
        """Return the error that tells the user of a refused order."""


def judge(
    candidates: tuple[OrderCandidate[Id], ...], token: str, cancel: str, noun: str = "server"
) -> Decision[Id]:
    """Return what the servers found under a token mean. Pure.

    Args:
        candidates: Servers that bear the token, all of them.
        token: The token.
        cancel: The command that cancels one, before its id.
        noun: Noun for the servers, in messages.

    Raises:
        ProviderError: More than one living server bears the token, or one of another shape.
    """
    living = [candidate for candidate in candidates if candidate.living]
    if not living:
        return Decision()
    ids = ", ".join(str(candidate.identifier) for candidate in living)
    if len(living) > 1:
        raise ProviderError(
            f"{noun.capitalize()}s {ids} all bear the order token {token}. Nothing was ordered. Cancel those "
            f"that are not wanted ({cancel} ID), then run the same command again."
        )
    if living[0].delivered:
        return Decision(pass_on=True)
    if living[0].differing:
        raise ProviderError(
            f"{noun.capitalize()} {ids} was ordered for this resource by an interrupted run, but differs in "
            f"{', '.join(living[0].differing)}. Nothing was ordered. Set these back to finish it, or cancel "
            f"it ({cancel} {ids}) and run the same command again."
        )
    return Decision(adopt=living[0].identifier)


def in_state(session: Session, urn: str, token: str) -> None:
    """Record that the state holds the server of this token, as the engine has shown."""
    session.tokens.in_state(urn, token)
    session.journal.closed(token)


def deleted(session: Session, urn: str, token: str, identifier: str) -> None:
    """Record that the server of this token is gone.

    A `--replace` that is repeated while its old server is already gone orders the next one under the same
    token: then the note is the next one's, and stays.
    """
    session.tokens.deleted(urn, token)
    if session.journal.note(token) == identifier:
        session.journal.closed(token)


async def obtain(session: Session, urn: str, token: str, order: TokenOrder[Id]) -> Obtained[Id]:
    """Return the server of this resource; ordered at most once for a token, across crashes.

    Args:
        session: Session of the provider.
        urn: The resource.
        token: The order token of its inputs.
        order: Order to place.

    Raises:
        InvalidInputError: The cloud does not offer what an input asks for; nothing was ordered.
        ProviderError: Nothing was ordered, or the order's fate is unknown; the message says which.
        CancelledError: Cancel came; an order on its way is found by the next run.
    """
    token = session.tokens.unspent(urn, token)
    for _ in range(REFUSALS):
        decision = await _settled(session, order, token)
        while decision.pass_on:
            if not order.may_replace():
                raise forced_replacement(token)
            session.journal.closed(token)  # its server bears the mark, so that the state held it
            token = session.tokens.successor(urn, token)
            decision = await _settled(session, order, token)
        if decision.adopt is not None:
            session.tokens.adopted(urn, str(decision.adopt))
            return Obtained(decision.adopt, token, adopted=True)
        await order.check_offered(session)
        try:
            return Obtained(await _place(session, order, token), token, adopted=False)
        except RateLimitedError:
            await session.stop.sleep(1.0)
    raise ProviderError(
        f"The order was refused {REFUSALS} times for too many calls at {session.api.endpoint}. Nothing was "
        "ordered. Lower softlayer:rateLimit or run the same command again."
    )


async def _settled(session: Session, order: TokenOrder[Id], token: str) -> Decision[Id]:
    """Decide by the account's list; its silence counts only once an earlier order had time to show."""
    decision = await order.decision(session, token)
    age = session.journal.age(token)
    if decision != Decision() or age is None:
        return decision
    return await _search_on(session, order, token, session.settings.order_settle - age)


async def _search_on(session: Session, order: TokenOrder[Id], token: str, seconds: float) -> Decision[Id]:
    deadline = asyncio.get_running_loop().time() + seconds
    pause = FIRST_PAUSE
    decision: Decision[Id] = Decision()
    while decision == Decision() and asyncio.get_running_loop().time() < deadline:
        await session.stop.sleep(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE)
        decision = await order.decision(session, token)
    return decision


async def _place(session: Session, order: TokenOrder[Id], token: str) -> Id:
    session.journal.opened(token)
    try:
        identifier = await order.send(session, token)
        trouble = "the answer has no id"
    except InterruptedCallError as error:
        identifier, trouble = None, str(error)
    except ApiError as error:
        session.journal.closed(token)
        raise order.refused(error) from None
    if identifier is None:
        identifier = await _find_lost(session, order, token, trouble)
    session.journal.answered(token, str(identifier))
    return identifier


async def _find_lost(session: Session, order: TokenOrder[Id], token: str, trouble: str) -> Id:
    settle = session.settings.order_settle
    decision = await _search_on(session, order, token, settle)
    if decision.adopt is None:
        raise ProviderError(
            f"The order of {order.describe(token)} was sent, but its answer was lost ({trouble}) and no such "
            f"server showed within {settle:.0f} s. It was not ordered again. Run the same command again: it "
            "looks for the server first, and orders only when there is none."
        )
    return decision.adopt

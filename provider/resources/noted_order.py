"""Exactly one of what cannot carry a token: what was there before is noted on disk before it is made.

After a crash or a lost answer, the one that is there now and was not then is the one that was made; more than
one is an error, since nothing tells them apart. As soon as the id is known the note holds it, so that others'
are no longer in question. That holds for a repeat on the same machine, which is as far as the API lets.
"""

import asyncio
import json
from collections.abc import Iterable
from typing import Protocol

from provider.errors import ApiError, InterruptedCallError, ProviderError, RateLimitedError
from provider.order_token import order_token
from provider.session import Session

FIRST_PAUSE = 0.3
LONGEST_PAUSE = 5.0
REFUSALS = 6
"""Calls refused for being too many before giving up; such a refusal is certain, so a repeat is safe."""


class Made(Protocol):
    """One thing to make once.

    Attributes:
        noun: what it is, for messages.
    """

    noun: str

    async def listed(self, session: Session) -> set[int]:
        """The ids of all that are there and could be taken for it."""

    async def prepare(self, session: Session) -> None:
        """Find out all that making it needs.

        Raises:
            ProviderError: it cannot be made; nothing was.
        """

    async def make(self, session: Session) -> int | None:
        """Make it, with one call of `SoftLayerApi.order`; None when the answer tells no id.

        Raises:
            InterruptedCallError: it may or may not have been made.
            ApiError: any other kind: it was not.
        """


def note_name(session: Session, urn: str, kind: str) -> str:
    """What the journal knows it by."""
    return order_token(session.settings.order_scope, urn, kind)


def newcomer(there: Iterable[int], known: Iterable[int], noun: str) -> int | None:
    """The only id that was not known before; None when there is none. Pure.

    Raises:
        ProviderError: there are several.
    """
    new = sorted(set(there) - set(known))
    if len(new) > 1:
        raise ProviderError(
            f"Several of {noun} ({', '.join(map(str, new))}) came up since one was asked for whose answer "
            "was lost. Nothing was made again. Remove those that are not wanted, or import the right one "
            "(pulumi import), then run the same command again."
        )
    return new[0] if new else None


async def obtain(session: Session, name: str, thing: Made) -> tuple[int, bool]:
    """The id of what belongs to this note, and whether it was there already; made once, across crashes.

    The note stays until Diff or Delete show that the state holds it, and closes it then.

    Args:
        session: the configured provider.
        name: of the note, see `note_name`.
        thing: what to make.

    Raises:
        ProviderError: it was not made, or its fate is unknown; the message says which.
        CancelledError: Cancel came; what is on its way is found by the next run.
    """
    before = await _made_before(session, name, thing)
    found = await _make(session, name, thing) if before is None else before
    session.journal.answered(name, json.dumps({"made": found}))
    return found, before is not None


async def _made_before(session: Session, name: str, thing: Made) -> int | None:
    age = session.journal.age(name)
    if age is None:
        return None
    note = _read(session.journal.note(name))
    if isinstance(note, int):
        return note if note in await thing.listed(session) else None
    return await _search(session, thing, note, session.settings.order_settle - age)


def _read(note: str) -> int | tuple[int, ...]:
    """The id that was made, or all that were there before. A note that a crash cut off knew of nothing."""
    try:
        found = json.loads(note or "{}")
    except ValueError:
        found = {}
    made = found.get("made") if isinstance(found, dict) else None
    known = found.get("known", []) if isinstance(found, dict) else []
    return made if isinstance(made, int) else tuple(one for one in known if isinstance(one, int))


async def _make(session: Session, name: str, thing: Made) -> int:
    await thing.prepare(session)
    for _ in range(REFUSALS):
        known = sorted(await thing.listed(session))
        session.journal.opened(name, json.dumps({"known": known}))
        try:
            made, trouble = await thing.make(session), "the answer has no id"
        except RateLimitedError:
            session.journal.closed(name)
            await session.stop.pause(1.0)
            continue
        except InterruptedCallError as error:
            made, trouble = None, str(error)
        except ApiError as error:
            session.journal.closed(name)
            raise ProviderError(f"SoftLayer refuses {thing.noun}: {error}. Nothing was made.") from None
        found = made if made is not None else await _search(
            session, thing, known, session.settings.order_settle
        )  # fmt: skip
        if found is not None:
            return found
        raise ProviderError(
            f"{thing.noun} was asked for, but the answer was lost ({trouble}) and nothing new showed within "
            f"{session.settings.order_settle:.0f} s. It was not asked for again. Run the same command again: "
            "it looks first."
        )
    raise ProviderError(
        f"{thing.noun} was refused {REFUSALS} times for too many calls at {session.api.endpoint}. Nothing "
        "was made. Lower softlayer:rateLimit or run the same command again."
    )


async def _search(session: Session, thing: Made, known: Iterable[int], seconds: float) -> int | None:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    pause = FIRST_PAUSE
    while True:
        found = newcomer(await thing.listed(session), known, thing.noun)
        if found is not None or loop.time() >= deadline:
            return found
        await session.stop.pause(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE)

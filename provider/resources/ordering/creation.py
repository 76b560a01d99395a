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
from provider.orders.token import order_token
from provider.session import Session

FIRST_PAUSE = 0.3
LONGEST_PAUSE = 5.0
REFUSALS = 6
"""Calls refused for being too many before giving up; such a refusal is certain, so a repeat is safe."""


class Creatable(Protocol):
    """One thing to make once.

    Attributes:
        noun: Noun for it, for messages.
    """

    noun: str

    async def listed(self, session: Session) -> set[int]:
        """Return the ids of all that are there and could be taken for it."""

    async def prepare(self, session: Session) -> None:
        """Find out all that making it needs.

        Raises:
            ProviderError: It cannot be made; nothing was.
        """

    async def make(self, session: Session) -> int | None:
        """Make it, with one call of `SoftLayerApi.order`; None when the answer tells no id.

        Raises:
            InterruptedCallError: It may or may not have been made.
            ApiError: Any other kind: it was not.
        """


def note_name(session: Session, urn: str, kind: str) -> str:
    """Return what the journal knows it by."""
    return order_token(session.settings.order_scope, urn, kind)


def find_created_id(current_ids: Iterable[int], previous_ids: Iterable[int], noun: str) -> int | None:
    """Return the only id that was not known before; None when there is none. Pure.

    Raises:
        ProviderError: There are several.
    """
    new = sorted(set(current_ids) - set(previous_ids))
    if len(new) > 1:
        raise ProviderError(
            f"Several of {noun} ({', '.join(map(str, new))}) came up since one was asked for whose answer "
            "was lost. Nothing was made again. Remove those that are not wanted, or import the right one "
            "(pulumi import), then run the same command again."
        )
    return new[0] if new else None


async def obtain(session: Session, name: str, thing: Creatable) -> tuple[int, bool]:
    """Return the id of what belongs to this note, and whether it was there already.

    Made once, across crashes.

    The note stays until Diff or Delete show that the state holds it: `noted.py`.

    Args:
        session: The configured provider.
        name: Name of the note, see `note_name`.
        thing: Kind of thing to make.

    Raises:
        ProviderError: It was not made, or its fate is unknown; the message says which.
        CancelledError: Cancel came; what is on its way is found by the next run.
    """
    previous_id = await _find_previous(session, name, thing)
    created_id = await _make(session, name, thing) if previous_id is None else previous_id
    session.journal.answered(name, created_note(created_id))
    return created_id, previous_id is not None


async def _find_previous(session: Session, name: str, thing: Creatable) -> int | None:
    age = session.journal.age(name)
    if age is None:
        return None
    note = read_note(session.journal.note(name))
    if isinstance(note, int):
        return note if note in await thing.listed(session) else None
    return await _search(session, thing, note, session.settings.order_settle - age)


def created_note(created_id: int) -> str:
    """Return the note of what was made, once its id is known."""
    return json.dumps({"made": created_id})


def read_note(note: str) -> int | tuple[int, ...]:
    """Return the id that was made, or all that were there before.

    A note that a crash cut off knew of nothing.
    """
    try:
        record = json.loads(note or "{}")
    except ValueError:
        record = {}
    created_id = record.get("made") if isinstance(record, dict) else None
    previous_ids = record.get("known", []) if isinstance(record, dict) else []
    return (
        created_id
        if isinstance(created_id, int)
        else tuple(number for number in previous_ids if isinstance(number, int))
    )


async def _make(session: Session, name: str, thing: Creatable) -> int:
    await thing.prepare(session)
    for _ in range(REFUSALS):
        previous_ids = sorted(await thing.listed(session))
        session.journal.opened(name, json.dumps({"known": previous_ids}))
        try:
            answered_id, trouble = await thing.make(session), "the answer has no id"
        except RateLimitedError:
            session.journal.closed(name)
            await session.stop.sleep(1.0)
            continue
        except InterruptedCallError as error:
            answered_id, trouble = None, str(error)
        except ApiError as error:
            session.journal.closed(name)
            raise ProviderError(f"SoftLayer refuses {thing.noun}: {error}. Nothing was made.") from None
        created_id = answered_id if answered_id is not None else await _search(
            session, thing, previous_ids, session.settings.order_settle
        )  # fmt: skip
        if created_id is not None:
            return created_id
        raise ProviderError(
            f"{thing.noun} was asked for, but the answer was lost ({trouble}) and nothing new showed within "
            f"{session.settings.order_settle:.0f} s. It was not asked for again. Run the same command again: "
            "it looks first."
        )
    raise ProviderError(
        f"{thing.noun} was refused {REFUSALS} times for too many calls at {session.api.endpoint}. Nothing "
        "was made. Lower softlayer:rateLimit or run the same command again."
    )


async def _search(
    session: Session, thing: Creatable, previous_ids: Iterable[int], seconds: float
) -> int | None:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    pause = FIRST_PAUSE
    while True:
        created_id = find_created_id(await thing.listed(session), previous_ids, thing.noun)
        if created_id is not None or loop.time() >= deadline:
            return created_id
        await session.stop.sleep(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE)

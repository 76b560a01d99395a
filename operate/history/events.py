"""Recoveries, takeovers, adoptions and rotations, beside the numbered entries of swaps and moves.

They have no number and no token of a lock: what a rollback undoes and what the front doors compare is found
among the numbered entries alone. So an event may be missing or late in a listing, and nothing depends on it
but what people read.
"""

import json
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from operate.clock import format_timestamp
from operate.error import OperateError
from operate.history.unknown_record import UnknownRecord, foreign_record
from operate.lock.lock import Lock
from operate.lock.process import this_process
from operate.record.record import Record
from operate.store.object_store import ObjectStore, Stored

PREFIX = "operate/events/"
_FORMAT = 1
_SHOWN_LENGTH = 60
"""Characters of a foreign object's name that are shown (choice)."""

Entry = Record | UnknownRecord
"""What `operate.history.history` lists."""


@dataclass(frozen=True)
class Event:
    """What changed a stack without a swap or a move.

    Attributes:
        kind: Kind: recovery, takeover, adoption or rotation.
        detail: Result of the operation, for people.
        who: Operator, USER@HOST.
        at: Time at which it ended, UTC.
    """

    kind: str
    detail: str
    who: str
    at: str

    @property
    def description(self) -> str:
        """The event in a line, for people; as an entry of the history is shown."""
        return f"{self.at} {self.who} {self.kind}: {self.detail}"

    def as_json(self) -> dict[str, object]:
        """As plain data, for programs."""
        return asdict(self)


def event_now(kind: str, detail: str) -> Event:
    """Return an event of this process that has just ended.

    Args:
        kind: Kind: recovery, takeover, adoption or rotation.
        detail: Result of the operation, for people.
    """
    return Event(kind, detail, this_process("", 0.0).owner, format_timestamp(datetime.now(UTC)))


def note_event(store: ObjectStore, event: Event) -> None:
    """Write an event.

    Raises:
        OperateError: The store cannot be written to.
    """
    time = event.at.replace("-", "").replace(":", "")
    content = json.dumps({"format": _FORMAT} | event.as_json()).encode()
    store.put(f"{PREFIX}{time}-{secrets.token_hex(4)}.json", content)


@contextmanager
def noting_events(events: Sequence[Event], lock: object, log: Callable[[str], None]) -> Iterator[None]:
    """Note at the end what was appended to a list meanwhile, in the store of the lock that is held.

    What happened stays as it is where it cannot be noted. Without a lock there is no store to note it in.

    Args:
        events: The list.
        lock: Lock that is held.
        log: Receives a line where an event cannot be noted.
    """
    try:
        yield
    finally:
        for event in events:
            if not isinstance(lock, Lock):
                break
            try:
                note_event(lock.store, event)
            except OperateError as error:
                log(f"history: the {event.kind} is not noted ({error})")


def read_events(store: ObjectStore, count: int) -> Sequence[Event | UnknownRecord]:
    """Return the last events, the last one first; what no operator wrote or what cannot be read is named.

    Args:
        store: Store of lock and history.
        count: Largest number of events.
    """
    names = sorted(store.names(PREFIX), reverse=True)[:count]
    answers = ((name, store.get(name)) for name in names)
    return [_event(name, stored) for name, stored in answers if stored is not None]


def latest_event(store: ObjectStore) -> Event | None:
    """Return the last event that an operator of this stack wrote among the last few; None without one."""
    return next((event for event in read_events(store, 3) if isinstance(event, Event)), None)


def merge_events(
    entries: Iterable[Entry], events: Iterable[Event | UnknownRecord], count: int
) -> Sequence[Entry | Event]:
    """Return entries and events in the order of their times, the last one first; pure.

    What is foreign has no time that counts, and stands before the rest.

    Args:
        entries: Entries of the history, the last one first.
        events: The last one first.
        count: Largest number of entries and events, without what is foreign.
    """
    items: list[Entry | Event] = [*entries, *events]
    foreign = [item for item in items if isinstance(item, UnknownRecord) and not item.is_genuine]
    dated: list[tuple[str, Entry | Event]] = []
    at = ""
    # An entry that cannot be read stays where its number is, above the one before it.
    for item in reversed([entry for entry in entries if entry not in foreign]):
        at = max(at, item.at)
        dated.append((at, item))
    dated.reverse()
    dated += [(event.at, event) for event in events if event not in foreign]
    dated.sort(key=lambda pair: pair[0], reverse=True)
    return [*foreign, *(item for _, item in dated[:count])]


def _event(name: str, stored: Stored) -> Event | UnknownRecord:
    label = ascii(name.removeprefix(PREFIX)[:_SHOWN_LENGTH])
    if not stored.genuine:
        return foreign_record(label)
    try:
        fields = json.loads(stored.content)
        event = Event(*(str(fields[key]) for key in ("kind", "detail", "who", "at")))
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        reason = f"not readable by this version of operate ({type(error).__name__}: {error})"
        return UnknownRecord(label, reason, kind="event")
    if fields.get("format") != _FORMAT:
        return UnknownRecord(label, "written by a newer version of operate", "event", event.who, event.at)
    return event

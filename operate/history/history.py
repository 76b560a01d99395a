"""The audit log and the swap under way, in the object store.

Entries are numbered from 1 without gaps. A listing of the store may be late, so that the last entry is not
taken from it: the number after the last one listed is asked for, until there is none.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from operate.error import OperateError
from operate.history.unknown_record import UnknownRecord, read_record
from operate.store.object_store import ObjectStore
from operate.swap.record import Record

CURRENT = "operate/swap/current.json"
PREFIX = "operate/history/"
_SUFFIX = ".json"
_SKIPPED_LIMIT = 20
"""Unknown entries that are skipped in search of a readable one (choice): each is a request."""


@dataclass(frozen=True)
class LatestEntries:
    """The end of the history.

    Attributes:
        number: of the last entry; 0 without a history.
        token: of the lock of who wrote the last entry; 0 without a history.
        record: the last entry that can be read.
        skipped: entries after it, which cannot be read, the last one first.
    """

    number: int = 0
    token: int = 0
    record: Record | None = None
    skipped: tuple[UnknownRecord, ...] = ()


class History:
    """What operators did to a stack.

    Args:
        store: where it is kept.
    """

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def current(self) -> Record | UnknownRecord | None:
        """Return what is under way, or was left unfinished."""
        stored = self._store.get(CURRENT)
        return read_record(stored) if stored else None

    def write(self, record: Record) -> None:
        """Put on record how far it is.

        Raises:
            OperateError: an operator with a later lock has written.
        """
        self._require_latest(record)
        self._store.put(CURRENT, record.to_json())

    def finish(self, record: Record) -> None:
        """Enter what has ended; a run that is killed in between enters it again, the same.

        Raises:
            OperateError: an operator with a later lock has written.
        """
        self.enter(record)
        self._store.delete(CURRENT)

    def enter(self, record: Record) -> None:
        """Write an entry.

        Raises:
            OperateError: an operator with a later lock has written.
        """
        self._require_latest(record)
        self._store.put(entry_name(record.id), record.to_json())

    def _require_latest(self, record: Record) -> None:
        """Refuse an operator who was stopped after it checked its lock, and wakes up late."""
        for name in (CURRENT, entry_name(record.id)):
            stored = self._store.get(name)
            if stored and (latest := read_record(stored).token) > record.token:
                raise OperateError(
                    f"lock {record.token} is lost: an operator with lock {latest} has written since; nothing"
                    " more is done. See operate status, then run the command again"
                )

    def keep_report(self, record: Record, page: str) -> None:
        """Keep a page beside the entry."""
        self._store.put(entry_name(record.id).removesuffix(_SUFFIX) + ".html", page.encode())

    def report(self, identity: str) -> str | None:
        """Return the page of an entry; None where it has none that an operator of this stack wrote."""
        stored = self._store.get(f"{PREFIX}{identity}.html")
        return stored.content.decode() if stored and stored.genuine else None

    def latest(self) -> LatestEntries:
        """Return the end of the history; what cannot be read is skipped and named."""
        number, token = self._last_number(), 0
        skipped: list[UnknownRecord] = []
        for candidate in range(number, max(0, number - _SKIPPED_LIMIT), -1):
            entry = self._entry(candidate)
            token = token if candidate < number or entry is None else entry.token
            if isinstance(entry, Record):
                return LatestEntries(number, token, entry, tuple(skipped))
            if entry is not None:
                skipped.append(entry)
        return LatestEntries(number, token, None, tuple(skipped))

    def entries(self, count: int) -> Sequence[Record | UnknownRecord]:
        """Return the last entries, the last one first."""
        last = self._last_number()
        entries = (self._entry(number) for number in range(last, max(0, last - count), -1))
        return [entry for entry in entries if entry is not None]

    def _entry(self, number: int) -> Record | UnknownRecord | None:
        stored = self._store.get(entry_name(entry_id(number)))
        return read_record(stored, entry_id(number)) if stored else None

    def _last_number(self) -> int:
        listed = (
            name.removeprefix(PREFIX).removesuffix(_SUFFIX)
            for name in self._store.names(PREFIX)
            if name.endswith(_SUFFIX)
        )
        last = max((int(number) for number in listed if number.isdecimal()), default=0)
        while self._store.get(entry_name(entry_id(last + 1))) is not None:
            last += 1
        return last


def entry_id(number: int) -> str:
    """Return the identity of the entry with a number; identities sort as their numbers do."""
    return f"{number:06d}"


def entry_name(identity: str) -> str:
    """Return the name of an entry's object."""
    return f"{PREFIX}{identity}{_SUFFIX}"

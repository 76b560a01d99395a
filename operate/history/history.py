"""The audit log and the swap under way, in the object store.

Entries are numbered from 1 without gaps. A listing of the store may be late, so that the last entry is not
taken from it: the number after the last one listed is asked for, until there is none.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from messages.count import format_count
from operate.error import OperateError
from operate.history.history_end import SKIPPED_LIMIT, find_listed_end
from operate.history.interrupted import settle_interrupted
from operate.history.unknown_record import (
    UnknownRecord,
    foreign_record,
    missing_record,
    read_record,
    read_token,
)
from operate.lock.lock import find_holder
from operate.record.record import UNDER_WAY, Record
from operate.store.object_store import ObjectStore

CURRENT = "operate/swap/current.json"
PREFIX = "operate/history/"
_SUFFIX = ".json"
_ENTRY = re.compile(rf"{PREFIX}(?P<number>[0-9]{{6,12}})\.json")
_REPORT = re.compile(rf"{PREFIX}[0-9]{{6,12}}\.html")
_SHOWN_NAMES, _SHOWN_LENGTH = 3, 40
"""Foreign names that are shown, and characters of each (choices)."""
_FURTHER = "not read one by one: so many stand behind the last entry that an operator wrote"
"""Why no record stands for each object."""


@dataclass(frozen=True)
class LatestEntries:
    """The end of the history.

    Attributes:
        number: Number of the last entry; 0 without a history.
        token: Token of the lock of the operator who wrote the last entry; 0 without a history.
        record: The last entry that can be read.
        skipped: Entries after it, which cannot be read or which no operator wrote, the last one first; then
            objects whose name is no entry's.
    """

    number: int = 0
    token: int = 0
    record: Record | None = None
    skipped: tuple[UnknownRecord, ...] = ()


class History:
    """What operators did to a stack.

    Args:
        store: Store where it is kept.

    Attributes:
        last_record: Last record of an operation under way by this process; None before there was one.
    """

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self.last_record: Record | None = None

    def current(self) -> Record | UnknownRecord | None:
        """Return what is under way, or was left unfinished."""
        stored = self._store.get(CURRENT)
        return read_record(stored) if stored else None

    def write(self, record: Record) -> None:
        """Put on record how far it is.

        Raises:
            OperateError: An operator with a later lock has written.
        """
        self._require_latest(record)
        # Before it: an interrupt may come between, and then what the record says may be so.
        self.last_record = record
        self._store.put(CURRENT, record.to_json())

    def clear(self) -> None:
        """Take away what was under way: it is in the history, or does not count."""
        self._store.delete(CURRENT)

    def enter(self, record: Record) -> None:
        """Write an entry.

        Raises:
            OperateError: An operator with a later lock has written.
        """
        self._require_latest(record)
        self._store.put(entry_name(record.id), record.to_json())

    def _require_latest(self, record: Record) -> None:
        """Refuse an operator who was stopped after it checked its lock, and wakes up late."""
        for name in (CURRENT, entry_name(record.id)):
            stored = self._store.get(name)
            if stored and (latest := read_token(stored)) > record.token:
                raise OperateError(
                    f"lock {record.token} is lost: an operator with lock {latest} has written since; nothing"
                    " more is done. `operate status ENV` shows what it does; then run the command again"
                )

    def keep_report(self, record: Record, page: str) -> None:
        """Keep a page beside the entry."""
        self._store.put(entry_name(record.id).removesuffix(_SUFFIX) + ".html", page.encode())

    def report(self, identity: str) -> str | None:
        """Return the page of an entry; None where it has none that an operator of this stack wrote.

        Args:
            identity: Identity of the entry, or its number.
        """
        identity = entry_id(int(identity)) if identity.isdecimal() else identity
        stored = self._store.get(f"{PREFIX}{identity}.html")
        return stored.content.decode() if stored and stored.genuine else None

    def latest(self) -> LatestEntries:
        """Return the end of the history; what cannot be read is skipped and named."""
        (number, foreign), token = self._end(), 0
        skipped: list[UnknownRecord] = list(foreign)
        for candidate in range(number, max(0, number - SKIPPED_LIMIT), -1):
            entry = self._entry(candidate)
            token = token if candidate < number or entry is None else entry.token
            if isinstance(entry, Record):
                return LatestEntries(number, token, entry, tuple(skipped))
            if entry is not None:
                skipped.append(entry)
        return LatestEntries(number, token, None, tuple(skipped))

    def entries(self, count: int) -> Sequence[Record | UnknownRecord]:
        """Return the last entries, the last one first; one that is not at work any more is interrupted.

        Before them stands what others put beside them, or in the place of an operation under way; among them
        stands what somebody exchanged or took away. No command reads any of it.

        Args:
            count: Largest number of entries, without what is foreign.
        """
        last, foreign = self._end()
        current = self._store.get(CURRENT)
        if current is not None and not current.genuine:
            foreign = [foreign_record(CURRENT), *foreign]
        numbers = range(last, max(0, last - count), -1)
        followed = current is not None and current.genuine
        return [
            *foreign,
            *(self._settled(number, is_last=number == last and not followed) for number in numbers),
        ]

    def _settled(self, number: int, *, is_last: bool) -> Record | UnknownRecord:
        entry = self._entry(number) or missing_record(entry_id(number))
        if not isinstance(entry, Record) or entry.result != UNDER_WAY:
            return entry
        return settle_interrupted(entry, find_holder(self._store), is_last=is_last)

    def _entry(self, number: int) -> Record | UnknownRecord | None:
        stored = self._store.get(entry_name(entry_id(number)))
        return read_record(stored, entry_id(number)) if stored else None

    def _end(self) -> tuple[int, list[UnknownRecord]]:
        """Return the number of the last entry that an operator wrote, and what others put behind it."""
        names = self._store.names(PREFIX)
        numbers = sorted({int(match["number"]) for name in names if (match := _ENTRY.fullmatch(name))})
        end = find_listed_end(numbers, self._is_genuine)
        last = end.number
        while self._is_genuine(last + 1):
            last += 1
        entries = [foreign_record(entry_id(number)) for number in end.foreign if number > last]
        if end.further:
            entries.append(foreign_record(format_count(end.further, "other"), _FURTHER))
        return last, entries + _foreign_names(names)

    def _is_genuine(self, number: int) -> bool | None:
        stored = self._store.get(entry_name(entry_id(number)))
        return stored.genuine if stored is not None else None


def entry_id(number: int) -> str:
    """Return the identity of the entry with a number; identities sort as their numbers do."""
    return f"{number:06d}"


def entry_name(identity: str) -> str:
    """Return the name of an entry's object."""
    return f"{PREFIX}{identity}{_SUFFIX}"


def _foreign_names(names: Sequence[str]) -> list[UnknownRecord]:
    """What stands for names in the history that operators do not use."""
    foreign = [name for name in names if not (_ENTRY.fullmatch(name) or _REPORT.fullmatch(name))]
    labels = [ascii(name.removeprefix(PREFIX)[:_SHOWN_LENGTH]) for name in foreign[:_SHOWN_NAMES]]
    if len(foreign) > len(labels):
        labels.append(format_count(len(foreign) - len(labels), "other"))
    return [foreign_record(name, "no operator uses such a name; somebody else wrote it") for name in labels]

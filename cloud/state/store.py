"""The account's state on disk: SQLite, every change in one transaction, read from memory.

One process holds the state. A change is on disk before it is seen, so that a killed API comes back with
everything it ever answered.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from cloud.state.codec import StateError, decode, encode
from cloud.state.record import FIRST_IDS, KINDS, Record

R = TypeVar("R", bound=Record)

# Where numbers that are no record's begin (choice), as `Record.first_id`.
_FIRST = {
    "TicketUpdate": 36_000_001,
    "Transaction": 900_000_001,
    "StorageNumber": 1,
    "SecurityRule": 7_000_001,
    "SecurityBinding": 8_000_001,
    "GlobalSubnet": 1_700_001,
}
_SCHEMA = """
CREATE TABLE IF NOT EXISTS record (kind TEXT NOT NULL, id INTEGER NOT NULL, body TEXT NOT NULL,
                                   PRIMARY KEY (kind, id));
CREATE TABLE IF NOT EXISTS counter (kind TEXT PRIMARY KEY, next INTEGER NOT NULL);
"""


class Store:
    """The state of one account; safe to use from many threads."""

    def __init__(self, path: Path) -> None:
        """Open the database; a missing one is created.

        Raises:
            StateError: The file cannot be opened or is of another version.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        try:
            self._disk = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
            self._disk.execute("PRAGMA journal_mode=WAL")
            self._disk.execute("PRAGMA synchronous=NORMAL")
            self._disk.executescript(_SCHEMA)
        except sqlite3.Error as error:
            raise StateError(f"{path} cannot be opened: {error}; free the disk or reset the cloud") from error
        path.chmod(0o600)
        self._records: dict[type[Record], dict[int, Record]] = {}
        for kind in KINDS.values():
            self._of(kind)

    def _of(self, kind: type[Record]) -> dict[int, Record]:
        """Return the records of a kind by id.

        One that was registered after the store was opened is read now.
        """
        if kind not in self._records:
            self._records[kind] = self._load(kind)
        return self._records[kind]

    def _load(self, kind: type[Record]) -> dict[int, Record]:
        rows = self._disk.execute("SELECT id, body FROM record WHERE kind = ? ORDER BY id", (kind.__name__,))
        return {number: decode(kind, body) for number, body in rows}

    def close(self) -> None:
        """Close the file; the store is of no use afterwards."""
        with self._lock:
            self._disk.close()

    def numbers(self, kind: str, count: int = 1) -> list[int]:
        """Return fresh ids of a kind, never issued before, not even to deleted records.

        Args:
            kind: Class name of the records.
            count: Number of ids.
        """
        with self._lock:
            first = _FIRST.get(kind) or FIRST_IDS[kind]
            row = self._disk.execute(
                "INSERT INTO counter VALUES (?, ?) ON CONFLICT (kind) DO UPDATE SET next = next + ? "
                "RETURNING next",
                (kind, first + count, count),
            ).fetchone()
            after = int(row[0])
            return list(range(after - count, after))

    def all(self, kind: type[R]) -> tuple[R, ...]:
        """Return every record of the kind, oldest first."""
        with self._lock:
            return tuple(record for record in self._of(kind).values() if isinstance(record, kind))

    def everything(self) -> tuple[Record, ...]:
        """Return every record of every kind."""
        with self._lock:
            return tuple(record for kind in KINDS.values() for record in self._of(kind).values())

    def get(self, kind: type[R], number: int) -> R | None:
        """Return the record, or None."""
        with self._lock:
            record = self._of(kind).get(number)
            return record if isinstance(record, kind) else None

    def put(self, records: Iterable[Record]) -> None:
        """Write the records, all or none."""
        records = tuple(records)
        with self._lock:
            self._write(records)
            for record in records:
                self._of(type(record))[record.id] = record

    def _write(self, records: tuple[Record, ...]) -> None:
        rows = [(type(record).__name__, record.id, encode(record)) for record in records]
        self._disk.execute("BEGIN IMMEDIATE")
        try:
            self._disk.executemany("INSERT OR REPLACE INTO record VALUES (?, ?, ?)", rows)
            self._disk.execute("COMMIT")
        except BaseException:
            if self._disk.in_transaction:  # a full disk has rolled back already
                self._disk.execute("ROLLBACK")
            raise

    def change(self, kind: type[R], number: int, change: Callable[[R], R]) -> R | None:
        """Replace a record by what `change` makes of it, in one transaction; None when it does not exist."""
        with self._lock:
            before = self.get(kind, number)
            if before is None:
                return None
            after = change(before)
            if after != before:
                self.put((after,))
            return after

    def remove(self, kind: type[R], number: int) -> None:
        """Forget a record; an unknown one is left alone."""
        with self._lock:
            self._disk.execute("DELETE FROM record WHERE kind = ? AND id = ?", (kind.__name__, number))
            self._of(kind).pop(number, None)

    def transaction(self) -> threading.RLock:
        """Return the lock of the state, for a check and a write that belong together."""
        return self._lock

"""The audit log and the swap under way, in the object store."""

from collections.abc import Sequence

from operate.error import OperateError
from operate.store.object_store import ObjectStore
from operate.swap.record import Record, record_from

CURRENT = "operate/swap/current.json"
PREFIX = "operate/history/"


class History:
    """What operators did to a stack.

    Args:
        store: where it is kept.
    """

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def current(self) -> Record | None:
        """Return what is under way, or was left unfinished."""
        found = self._store.get(CURRENT)
        return record_from(found.content) if found else None

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
        self._require_latest(record)
        self.enter(record)
        self._store.delete(CURRENT)

    def _require_latest(self, record: Record) -> None:
        """One who was stopped after asking for the lock must not undo what another has written since."""
        for name in (CURRENT, _name(record)):
            found = self._store.get(name)
            if found and (latest := record_from(found.content).token) > record.token:
                raise OperateError(
                    f"lock {record.token} is lost: an operator with lock {latest} has written since; nothing"
                    " more is done. See operate status, then run the command again"
                )

    def enter(self, record: Record) -> None:
        """Write an entry."""
        self._store.put(_name(record), record.to_json())

    def keep_report(self, record: Record, page: str) -> None:
        """Keep a page beside the entry."""
        self._store.put(_name(record).removesuffix(".json") + ".html", page.encode())

    def report(self, identity: str) -> str | None:
        """Return the page of an entry; None where it has none."""
        found = self._store.get(f"{PREFIX}{identity}.html")
        return found.content.decode() if found else None

    def last(self) -> Record | None:
        """Return the last entry."""
        found = self.entries(1)
        return found[0] if found else None

    def entries(self, count: int) -> Sequence[Record]:
        """Return the last entries, the last one first."""
        names = [name for name in self._store.names(PREFIX) if name.endswith(".json")]
        found = (self._store.get(name) for name in reversed(names[-count:]))
        return [record_from(one.content) for one in found if one]


def _name(record: Record) -> str:
    return f"{PREFIX}{record.id}.json"

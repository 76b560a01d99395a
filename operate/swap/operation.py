"""Swap, rollback and retirement: under the lock, from wherever the last one stopped."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from operate.history.history import History, entry_id
from operate.history.replay import check_records
from operate.history.unknown_record import UnknownRecord
from operate.lock.holder import Holder
from operate.lock.lock import Lock, acquire
from operate.store.object_store import ObjectStore
from operate.swap.begin import (
    Found,
    Order,
    begin_retirement,
    begin_rollback,
    begin_swap,
)
from operate.swap.edges import RefusedError, Wanted, World, stamp
from operate.swap.facts import Facts
from operate.swap.record import Record, StepTime
from operate.swap.swap import Swap
from operate.swap.trial import await_idle, wanted

Begin = Callable[[Order, Found], Record | str]


class Operations:
    """What an operator does to one stack.

    Args:
        world: what it acts on.
        store: of lock and history.
        me: for the lock.
    """

    def __init__(self, world: World, store: ObjectStore, me: Holder) -> None:
        self._world, self._store, self._me = world, store, me
        self.history = History(store)

    def swap(self, order: Order, facts: Facts) -> Record | str:
        """Bring a release live, or go on with that.

        Args:
            order: who wants what.
            facts: of the stack, as far as they tell where the doors and the store are.

        Returns:
            The record at its end, or why there was nothing to do.

        Raises:
            OperateError: it cannot go on now.
        """
        with self._locked() as lock:
            facts = self._world.stack.facts()
            record = self._begun(begin_swap, order, facts, lock, self._world.stack.noted_token())
            if isinstance(record, Record) and record.options != order.options:
                self._world.tell(
                    "its options stay those that it was begun with; to change them, roll back first"
                )
            return self._run(record, facts, lock)

    def rollback(self, order: Order, facts: Facts) -> Record | str:
        """Undo what is under way, or the last swap; without Pulumi until the doors have switched."""
        with self._locked() as lock:
            record = self._begun(begin_rollback, order, facts, lock)
            if isinstance(record, Record) and record.kind == "rollback" and not record.steps:
                self._require_warm(record, facts)
            return self._run(record, facts, lock)

    def retire(self, order: Order, facts: Facts) -> Record | str:
        """Take the idle colour away."""
        with self._locked() as lock:
            facts = self._world.stack.facts()
            record = self._begun(begin_retirement, order, facts, lock)
            return record if isinstance(record, str) else self._retired(record, facts, lock)

    def preview(self, order: Order, facts: Facts) -> tuple[Record | str, str]:
        """Tell what a swap would do; changes nothing, and takes no lock.

        Returns:
            The record that it would begin with, and what Pulumi would do.
        """
        record = begin_swap(order, self.found(facts))
        if isinstance(record, str):
            return record, ""
        return record, self._world.stack.preview(wanted(record)).said()

    def _begun(self, begin: Begin, order: Order, facts: Facts, lock: Lock, fence: int = 0) -> Record | str:
        found = self.found(facts, fence)
        for notice in found.notices:
            self._world.tell(f"records: {notice}")
        if found.has_stale_record:
            lock.check()
            self.history.clear()
        for record in found.skipped:
            self._world.tell(f"history: skipped {record.description}")
        return begin(order, found)

    def facts(self) -> Facts:
        """Ask the stack, by Pulumi, what it is now."""
        return self._world.stack.facts()

    def found(self, facts: Facts, fence: int = 0) -> Found:
        """Return the state of the doors and of the records.

        Args:
            facts: of the stack.
            fence: a fencing token that is remembered elsewhere than at the doors.
        """
        doors = self._world.doors.status()
        latest = self.history.latest()
        fence = max([fence, *(door.fence for door in doors)])
        records = check_records(self.history.current(), latest, fence)
        current = records.current
        return Found(
            facts,
            doors,
            current if isinstance(current, Record) else None,
            latest.record,
            current if isinstance(current, UnknownRecord) else None,
            latest.skipped,
            entry_id(latest.number + 1),
            records.notices,
            records.missing,
            records.has_stale,
        )

    @contextmanager
    def _locked(self) -> Iterator[Lock]:
        # A door that cannot be asked stops everything anyway; it tells the highest token that acted.
        floor = max((door.fence for door in self._world.doors.status()), default=0)
        with acquire(self._store, self._me, floor=floor, pause=self._world.clock.sleep) as lock:
            self._world.tell(f"lock ok: number {lock.token}")
            yield lock
        self._world.tell("unlock ok")

    def _run(self, record: Record | str, facts: Facts, lock: Lock) -> Record | str:
        if isinstance(record, str):
            return record
        if record.steps:
            self._world.tell(f"goes on with {record.kind} {record.id}, begun by {record.who} at {record.at}")
        return Swap(self._world, facts, self.history, lock).run(record)

    def _require_warm(self, record: Record, facts: Facts) -> None:
        if wrong := self._world.traffic.probe(facts, record.source).text:
            raise RefusedError(f"{record.source} is not well, nothing is switched: {wrong}")

    def _retired(self, record: Record, facts: Facts, lock: Lock) -> Record:
        world, record = self._world, replace(record, token=lock.token)
        began, at = world.clock.monotonic(), stamp(world.clock.now())
        live = facts.colours[record.source]
        wanted = Wanted(record.target, "")
        found = world.stack.preview(wanted)
        if live and (hit := sorted(found.touched & live.containers)):
            raise RefusedError(f"it would change {', '.join(hit)}, which is live; see docs/swaps.md")
        world.tell(f"preview ok: {found.said()}")
        self.history.enter(record)
        world.doors.raise_fence(lock.token)
        idle = await_idle(world, record, lock.check)
        world.tell("drain ok" if idle else "drain: transfers went on beyond the limit; they are cut now")
        lock.check()
        said = world.stack.build(wanted)
        seconds = round(world.clock.monotonic() - began, 2)
        world.tell(f"retire ok: {record.target}, release {record.release}: {said} ({seconds:.1f} s)")
        lock.check()
        step = StepTime("retire", at, seconds, "ok", said)
        record = replace(record, steps=(step,), result="retired")
        self.history.enter(record)
        world.doors.raise_fence(lock.token + 1)
        return record

"""Goes through a swap's steps, each on record before it begins and after it ended."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Protocol

from operate.error import OperateError
from operate.history.history import History
from operate.swap.edges import RefusedError, World, exact_stamp
from operate.swap.facts import Facts
from operate.swap.plan import Direction, Step, began, ended, turned_back
from operate.swap.record import Record, StepTime
from operate.swap.report import page
from operate.swap.trial import build, gate, preview, shadow, wanted
from operate.swap.watch import bake, drain, look_once, start_watching


class Held(Protocol):
    """A lock that is held."""

    @property
    def token(self) -> int:
        """Its fencing token."""

    def check(self) -> None:
        """Raise LostLockError where it does not count any more."""


Work = Callable[[Record], tuple[Record, str]]
_LOOKS = frozenset({Step.BUILD, Step.GATE, Step.SHADOW, Step.SWITCH, Step.SETTLE})
"""Before these both colours are looked at: the report shows what was before and after a switch."""


class Swap:
    """One swap, or its undoing.

    Args:
        world: what it acts on.
        facts: of the stack, as they are before it.
        history: where it is on record.
        lock: held for as long as this acts.
    """

    def __init__(self, world: World, facts: Facts, history: History, lock: Held) -> None:
        self._world, self._facts, self._history, self._lock = world, facts, history, lock
        self._works: Mapping[Step, Work] = {
            Step.PREVIEW: lambda record: preview(world, self._facts, record),
            Step.BUILD: self._build,
            Step.GATE: lambda record: gate(world, self._facts, record),
            Step.SHADOW: lambda record: shadow(world, self._facts, record),
            Step.SWITCH: self._switch,
            Step.DRAIN: lambda record: drain(world, self._facts, record, lock.check),
            Step.BAKE: lambda record: bake(world, self._facts, record, lock.check),
            Step.SETTLE: self._settle,
            Step.SWITCH_BACK: self._switch_back,
        }

    def run(self, record: Record) -> Record:
        """Go on until it is done, forward or back.

        Raises:
            OperateError: it cannot go on now; the same command goes on later, or a rollback undoes it.
        """
        record = replace(record, token=self._lock.token)
        self._lock.check()
        # In this order: a record that is older than what the doors remember does not count.
        self._history.write(record)
        self._world.doors.raise_fence(self._lock.token)
        while (step := record.next_step) is not None:
            self._lock.check()
            record = record.stepped(began(record.state, step))
            self._history.write(record)
            record = self._take(step, record)
            self._lock.check()
            self._history.write(record)
        return self._finish(record)

    def _take(self, step: Step, record: Record) -> Record:
        clock = self._world.clock
        if step in _LOOKS:
            record = look_once(self._world, record)
        at, began_at = exact_stamp(clock.now()), clock.monotonic()

        def told(outcome: str, said: str) -> StepTime:
            seconds = round(clock.monotonic() - began_at, 2)
            self._world.tell(f"{step} {outcome}: {said} ({seconds:.1f} s)")
            return StepTime(step.value, at, seconds, outcome, said)

        try:
            record, said = self._works[step](record)
        except RefusedError as refusal:
            if record.state.direction is Direction.BACK:
                raise OperateError(
                    f"{refusal}; the colour from before is not well either: see docs/runbooks/swap.md"
                ) from None
            record = replace(record, reason=str(refusal))
            return record.stepped(turned_back(record.state), told("bad", str(refusal)))
        return record.stepped(ended(record.state, step), told("ok", said))

    def _build(self, record: Record) -> tuple[Record, str]:
        record, said = build(self._world, self._facts, record, self._lock.check)
        self._facts = self._world.stack.facts()
        return record, said

    def _switch(self, record: Record) -> tuple[Record, str]:
        if record.start is None:
            record = start_watching(self._world, record)
            self._history.write(record)
        doors = self._world.doors.switch(record.target, self._lock.token, anyway=False)
        return record, "; ".join(doors)

    def _switch_back(self, record: Record) -> tuple[Record, str]:
        # In a swap that went wrong, the one from before is the better one, whatever the door finds of it.
        doors = self._world.doors.switch(record.source, self._lock.token, anyway=record.kind == "swap")
        back, left = self._facts.colours[record.source], self._facts.colours[record.target]
        if back and left and back.storage != left.storage:
            doors = [
                *doors,
                f"what was pushed since the switch is in {record.target}'s storage alone: copy it",
            ]
        return record, "; ".join(doors)

    def _settle(self, record: Record) -> tuple[Record, str]:
        colour = self._facts.colours[record.live]
        storage = colour.storage if colour else record.storage
        fingerprint = colour.fingerprint if colour else ""
        note = {
            "id": record.id,
            "release": record.live_release,
            "colour": record.live.value,
            "who": record.who,
            "storage": storage,
            "fingerprint": fingerprint,
            "token": str(record.token),
        }
        said = f"{record.live}, release {record.live_release}, noted as live"
        try:
            forward = record.state.direction is Direction.FORWARD
            self._world.stack.note_live(record.live, note, wanted(record) if forward else None)
        except OperateError as error:
            if record.state.direction is Direction.FORWARD:
                raise
            # A rollback needs no Pulumi; what is noted is only for a door that does not exist yet.
            said = f"not noted in the stack's configuration ({error}); set `live` to {record.live} there"
        return replace(record, storage=storage, fingerprint=fingerprint), said

    def _finish(self, record: Record) -> Record:
        record = replace(record, result=self._result(record))
        self._lock.check()
        self._history.keep_report(record, page(record))
        self._history.enter(record)
        # From now on no record of this lock counts as under way.
        self._world.doors.raise_fence(self._lock.token + 1)
        self._history.clear()
        self._world.tell(f"{record.title}: {record.result}")
        return record

    def _result(self, record: Record) -> str:
        if record.state.direction is Direction.FORWARD:
            return "live"
        if record.state.switched:
            return "rolled back"
        return record.result if record.result != "under way" else "refused"

"""Goes through a swap's steps, each on record before it begins and after it ended."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Protocol

from messages.progress import step as progress_step
from operate.clock import format_exact_timestamp
from operate.error import OperateError, RefusedError
from operate.history.history import History
from operate.record.record import UNDER_WAY, Record, StepResult
from operate.record.swap_plan import Direction, Step, finish_step, roll_back, start_step
from operate.stack.facts import Colour, Facts
from operate.swap.dependencies import Dependencies
from operate.swap.post_switch import bake, drain, record_sample, start_watching
from operate.swap.pre_switch import build, desired_release, gate, preview, shadow


class HeldLock(Protocol):
    """A lock that is held."""

    @property
    def token(self) -> int:
        """Its fencing token."""

    def check(self) -> None:
        """Raise LostLockError where it does not count any more."""


StepFunction = Callable[[Record], tuple[Record, str]]
_SAMPLED_STEPS = frozenset({Step.BUILD, Step.GATE, Step.SHADOW, Step.SWITCH, Step.SETTLE})
"""Steps before which both colours are sampled: the report shows what was before and after a switch."""


class Swap:
    """One swap, or its undoing.

    Args:
        dependencies: Everything that a swap acts on.
        facts: Facts of the stack before the swap.
        history: History in which the swap is recorded.
        lock: Held for as long as this acts.
    """

    def __init__(self, dependencies: Dependencies, facts: Facts, history: History, lock: HeldLock) -> None:
        self._dependencies, self._facts, self._history, self._lock = dependencies, facts, history, lock
        self._step_functions: Mapping[Step, StepFunction] = {
            Step.PREVIEW: lambda record: preview(dependencies, self._facts, record),
            Step.BUILD: self._build,
            Step.GATE: lambda record: gate(dependencies, self._facts, record),
            Step.SHADOW: lambda record: shadow(dependencies, self._facts, record, lock.check),
            Step.SWITCH: self._switch,
            Step.DRAIN: lambda record: drain(dependencies, self._facts, record, lock.check),
            Step.BAKE: lambda record: bake(dependencies, self._facts, record, lock.check),
            Step.SETTLE: self._settle,
            Step.SWITCH_BACK: self._switch_back,
        }

    def run(self, record: Record) -> Record:
        """Run until it is done, forward or back, or until it waits for its operator.

        Raises:
            OperateError: The operation cannot continue now; the same command resumes later, or a rollback
                undoes it.
        """
        record = replace(record, token=self._lock.token)
        self._lock.check()
        # In this order: a record that is older than what the doors remember does not count.
        self._history.write(record)
        self._dependencies.doors.raise_fence(self._lock.token)
        while (step := self._next_step(record)) is not None:
            self._lock.check()
            record = record.with_state(start_step(record.state, step))
            self._history.write(record)
            record = self._run_step(step, record)
            self._lock.check()
            self._history.write(record)
        return record if record.next_step is not None else self._finish(record)

    def _next_step(self, record: Record) -> Step | None:
        """Return the step that follows; None at the end, or where the operator must do something first."""
        return record.next_step

    def _run_step(self, step: Step, record: Record) -> Record:
        clock = self._dependencies.clock
        if step in _SAMPLED_STEPS:
            record = record_sample(self._dependencies, record)
        at, began_at = format_exact_timestamp(clock.now()), clock.monotonic()

        def log_result(outcome: str, detail: str) -> StepResult:
            seconds = round(clock.monotonic() - began_at, 2)
            self._dependencies.log(f"{step} {outcome}: {detail} ({seconds:.1f} s)")
            return StepResult(step.value, at, seconds, outcome, detail)

        try:
            with progress_step(step.value):
                record, detail = self._step_functions[step](record)
        except RefusedError as refusal:
            if record.state.direction is Direction.BACK:
                raise OperateError(
                    f"{refusal}; the previous colour is also unhealthy: see docs/runbooks/swap.md"
                ) from None
            record = replace(record, reason=str(refusal))
            return record.with_state(roll_back(record.state), log_result("bad", str(refusal)))
        return record.with_state(finish_step(record.state, step), log_result("ok", detail))

    def _build(self, record: Record) -> tuple[Record, str]:
        record, detail = build(self._dependencies, self._facts, record, self._lock.check)
        self._facts = self._dependencies.stack.facts()
        return record, detail

    def _switch(self, record: Record) -> tuple[Record, str]:
        if record.target_counters is None:
            record = start_watching(self._dependencies, record)
            self._history.write(record)
        doors = self._dependencies.doors.switch(record.target, self._lock.token, force=False)
        return record, "; ".join(doors)

    def _switch_back(self, record: Record) -> tuple[Record, str]:
        # In a swap that went wrong, the previous colour is the better one, whatever the front door finds.
        doors = self._dependencies.doors.switch(record.source, self._lock.token, force=record.kind == "swap")
        source_facts, target_facts = self._facts.colours[record.source], self._facts.colours[record.target]
        if source_facts and target_facts and source_facts.storage != target_facts.storage:
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
        detail = f"{record.live}, release {record.live_release}, noted as live"
        try:
            forward = record.state.direction is Direction.FORWARD
            if not forward:
                self._record_release(record.live, record.live_release)
            self._dependencies.stack.record_live(
                record.live, note, desired_release(record) if forward else None
            )
        except OperateError as error:
            if record.state.direction is Direction.FORWARD:
                raise
            # A rollback needs no Pulumi; what is noted is only for a door that does not exist yet.
            detail = (
                f"not noted in the stack's configuration: {record.live} is live ({error}). Once that is"
                f" mended, `pulumi config set live {record.live} --stack ENV` notes it"
            )
        return replace(record, storage=storage, fingerprint=fingerprint), detail

    def _record_release(self, colour: Colour, release: str) -> None:
        """Write a colour's release where the stack file has none, as a killed retirement leaves it."""
        stack = self._dependencies.stack
        if release and stack.setting(colour.value) == "":
            stack.record_release(colour, release)
            self._dependencies.log(f"stack file ok: {colour} has release {release} again")

    def _withdraw_release(self, record: Record) -> None:
        """Take a release out of the stack file that was given up before it was built.

        The next `pulumi up` would build it otherwise.
        """
        state, colour = record.state, record.target
        is_given_up = state.direction is Direction.BACK and not state.switched and Step.BUILD in state.started
        idle = self._facts.colours[colour]
        if record.kind != "swap" or not is_given_up or (idle and idle.release == record.release):
            return
        stack = self._dependencies.stack
        try:
            # What was known at the start may be older than the build.
            built = stack.facts().colours[colour]
            release = built.release if built else ""
            if release != record.release and stack.setting(colour.value) == record.release:
                stack.record_release(colour, release)
                self._dependencies.log(
                    f"stack file ok: {colour} has {f'release {release}' if release else 'no release'} again"
                )
        except OperateError as error:
            # A rollback needs no Pulumi.
            self._dependencies.log(
                f"the stack file may still have release {record.release} ({error}); set `{colour}` there to"
                " what it was, or the next `pulumi up` builds that release"
            )

    def _finish(self, record: Record) -> Record:
        self._withdraw_release(record)
        record = replace(record, result=self._result(record))
        self._lock.check()
        self._history.keep_report(record, self._dependencies.render_report(record))
        self._history.enter(record)
        # From now on no record of this lock counts as under way.
        self._dependencies.doors.raise_fence(self._lock.token + 1)
        self._history.clear()
        return record

    def _result(self, record: Record) -> str:
        if record.state.direction is Direction.FORWARD:
            return "live"
        if record.state.switched:
            return "rolled back"
        return record.result if record.result != UNDER_WAY else "refused"

"""Swap, rollback and retirement: under the lock, from wherever the last one stopped."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from messages.progress import step as progress_step
from operate.clock import format_timestamp
from operate.doors.door_status import remembered_fence
from operate.error import RefusedError
from operate.history.history import History, entry_id
from operate.history.replay import check_records
from operate.history.stack_file_age import require_current_stack_file
from operate.history.unknown_record import UnknownRecord, describe_records
from operate.lock.holder import Holder
from operate.lock.lock import Lock, acquire
from operate.record.observed_releases import ObservedReleases
from operate.record.record import Record, StepResult
from operate.record.rotation_note import require_no_rotation
from operate.record.swap_plan import REPEAT_ON_RESUME
from operate.stack.config.desired_release import DesiredRelease
from operate.stack.config.release_settings import live_colour
from operate.stack.config.setting_keys import LIVE, RELEASES
from operate.stack.facts import Facts
from operate.stack.placement import require_no_takeover
from operate.stack.preview import Preview
from operate.store.object_store import ObjectStore
from operate.swap.dependencies import Dependencies
from operate.swap.observed_state import ObservedState
from operate.swap.overrides import describe_missing_overrides, require_live_settings
from operate.swap.pre_switch import await_idle, desired_release
from operate.swap.runner import Swap
from operate.swap.start import (
    OperationRequest,
    begin_retirement,
    begin_rollback,
    begin_swap,
    describe_kept_options,
)

Begin = Callable[[OperationRequest, ObservedState], Record | str]


class Operations:
    """What an operator does to one stack.

    Args:
        dependencies: Everything that the operations act on.
        store: Store of lock and history.
        me: Holder of the lock, this process.
        own_lock: The lock where this process holds it already and keeps it; None takes it each time.
        is_key_current: Whether Pulumi has returned the key that signs in the store.
    """

    def __init__(
        self,
        dependencies: Dependencies,
        store: ObjectStore,
        me: Holder,
        own_lock: Lock | None = None,
        *,
        is_key_current: bool = True,
    ) -> None:
        self._dependencies, self._store, self._me, self._own_lock = dependencies, store, me, own_lock
        self._is_key_current = is_key_current
        self.history = History(store)

    def swap(self, request: OperationRequest, facts: Facts) -> Record | str:
        """Bring a release live, or resume that.

        Args:
            request: Request of the operator.
            facts: Facts of the stack; at least the front doors and the store.

        Returns:
            The record at its end, or why there was nothing to do.

        Raises:
            OperateError: The swap cannot continue now.
        """
        with self._lock() as lock:
            self._require_no_rotation(request, facts)
            facts = self._dependencies.stack.facts()
            token = self._dependencies.stack.recorded_token()
            record = self._begin(self._begin_by_file(begin_swap), request, facts, lock, token)
            if isinstance(record, Record) and (kept := describe_kept_options(record, request.options)):
                self._dependencies.log(kept)
            self._require_effect(request, record)
            if isinstance(record, str):
                return f"{record}{self._note_live()}"
            self._require_valid(record)
            self._report_overrides(record)
            if _is_built(record):
                self._dependencies.require_docker(facts)
            return self._run(record, facts, lock)

    def rollback(self, request: OperationRequest, facts: Facts) -> Record | str:
        """Undo what is under way, or the last swap; without Pulumi until the doors have switched."""
        with self._lock() as lock:
            record = self._begin(begin_rollback, request, facts, lock)
            if isinstance(record, Record) and record.kind == "rollback" and not record.steps:
                self._require_healthy(record, facts)
            return self._run(record, facts, lock)

    def retire(self, request: OperationRequest, facts: Facts) -> Record | str:
        """Take the idle colour away; a rotation may do so with its own secret staged, to give that up."""
        with self._lock() as lock:
            if not request.rotation:
                self._require_no_rotation(request, facts)
            facts = self._dependencies.stack.facts()
            record = self._begin(self._begin_by_file(begin_retirement), request, facts, lock)
            return record if isinstance(record, str) else self._retire(record, facts, lock)

    def preview(self, request: OperationRequest, facts: Facts) -> tuple[Record | str, Preview | None]:
        """Preview a swap; changes nothing, and takes no lock.

        Returns:
            The record that it would begin with, and what Pulumi would do; None where nothing is to be done.
        """
        self._require_no_rotation(request, facts)
        require_no_takeover(facts)
        observed = self.observe(facts)
        self._log_records(observed)
        record = self._begin_by_file(begin_swap)(request, observed)
        self._require_effect(request, record)
        if isinstance(record, str):
            return record, None
        self._require_valid(record)
        self._report_overrides(record)
        return record, self._dependencies.stack.preview(desired_release(record))

    def _require_no_rotation(self, request: OperationRequest, facts: Facts) -> None:
        def observe() -> ObservedReleases:
            return self.observe(facts).releases

        beside = require_no_rotation(self._dependencies.stack.setting, observe, request.release)
        if beside:
            self._dependencies.log(f"rotation: {beside}")

    def _begin(
        self, begin: Begin, request: OperationRequest, facts: Facts, lock: Lock, fence: int = 0
    ) -> Record | str:
        require_no_takeover(facts)
        observed = self.observe(facts, fence)
        self._log_records(observed)
        if observed.has_stale_record:
            lock.check()
            self.history.clear()
        return begin(request, observed)

    def _log_records(self, observed: ObservedState) -> None:
        for notice in observed.notices:
            self._dependencies.log(f"records: {notice}")
        for description in describe_records(observed.skipped):
            self._dependencies.log(f"history: skipped {description}")

    def require_current_file(self, observed: ObservedState) -> None:
        """Refuse the stack file of a checkout that missed the last swap; what is under way resumes with any.

        Raises:
            NotStartedError: A `pulumi up` with it would bring back what was live before.
        """
        if observed.current is None and observed.unknown_current is None:
            setting = self._dependencies.stack.setting
            require_current_stack_file(setting, observed.live, observed.last, self.history)

    def _begin_by_file(self, begin: Begin) -> Begin:
        """Return what begins an operation that runs Pulumi with the stack file."""

        def begin_checked(request: OperationRequest, observed: ObservedState) -> Record | str:
            self.require_current_file(observed)
            return begin(request, observed)

        return begin_checked

    def facts(self) -> Facts:
        """Ask the stack, by Pulumi, what it is now, and follow its front doors, which a recovery replaces."""
        facts = self._dependencies.stack.facts()
        self._dependencies.doors.follow(facts.doors)
        return facts

    def observe(self, facts: Facts, fence: int = 0) -> ObservedState:
        """Return the state of the doors and of the records.

        Args:
            facts: Facts of the stack.
            fence: A fencing token that is remembered elsewhere than at the doors.
        """
        doors = self._dependencies.doors.status()
        latest = self.history.latest()
        fence = max([fence, *(door.fence for door in doors)])
        records = check_records(self.history.current(), latest, fence)
        current = records.current
        return ObservedState(
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

    def observe_doors(self, facts: Facts) -> ObservedState:
        """Return the state of the doors alone, where the records cannot be read.

        Args:
            facts: Facts of the stack.
        """
        return ObservedState(facts, self._dependencies.doors.status(), None, None)

    @contextmanager
    def _lock(self) -> Iterator[Lock]:
        # A front door that does not answer stops everything in any case; it has the highest token that acted.
        floor = remembered_fence(self._dependencies.doors.status())
        if self._own_lock is not None:
            if floor is not None and self._own_lock.token <= floor:
                self._own_lock.renew(floor)
            with self._dependencies.stack.locked(self._own_lock):
                yield self._own_lock
            return
        with acquire(
            self._store,
            self._me,
            floor=floor,
            pause=self._dependencies.clock.sleep,
            is_key_current=self._is_key_current,
        ) as lock:
            self._dependencies.log(f"lock ok: {lock.description}")
            with self._dependencies.stack.locked(lock):
                yield lock
        self._dependencies.log("unlock ok")

    def _run(self, record: Record | str, facts: Facts, lock: Lock) -> Record | str:
        if isinstance(record, str):
            return record
        if record.steps:
            self._dependencies.log(
                f"resumes {record.kind} {record.id}, started by {record.who} at {record.at}"
            )
        return Swap(self._dependencies, facts, self.history, lock).run(record)

    def _note_live(self) -> str:
        """Note the colour that is live where the stack file names the other one; what was done, for people.

        The record of a swap that was killed between its switch and its end may be lost. A front door that is
        set up anew would begin with the other colour, and so with a release that was never checked.
        """
        live = {colour for door in self._dependencies.doors.status() for colour in door.live.values()}
        setting = live_colour(self._dependencies.stack.setting(LIVE))
        if len(live) != 1 or setting in {colour.value for colour in live}:
            return ""
        self._dependencies.stack.note_live(*live)
        return ", which the stack file notes now; it named the other colour"

    def _report_overrides(self, record: Record) -> None:
        """Report, before a swap begins, what the live release overrides and the new one does not."""
        if not record.steps:
            missing = describe_missing_overrides(record, self._dependencies.stack.setting(RELEASES))
            if missing:
                self._dependencies.log(f"release: {missing}")

    def _require_effect(self, request: OperationRequest, record: Record | str) -> None:
        """Refuse settings that no build would give to the release, since it is live already."""
        if isinstance(record, str) and request.settings:
            releases = self._dependencies.stack.setting(RELEASES)
            require_live_settings(request.release, request.settings, releases)

    def _require_valid(self, record: Record | str) -> None:
        """Refuse a stack file with mistakes before anything is recorded; behind a switch nothing is built."""
        if isinstance(record, Record) and _is_built(record):
            self._dependencies.stack.check_release(desired_release(record))

    def _require_healthy(self, record: Record, facts: Facts) -> None:
        wrong = self._dependencies.traffic.probe(facts, record.source).text
        faults = (door.fault_of(record.source) for door in self._dependencies.doors.status())
        if wrong := wrong or next(filter(None, faults), ""):
            raise RefusedError(f"{record.source} is unhealthy, so nothing was switched: {wrong}")

    def _retire(self, record: Record, facts: Facts, lock: Lock) -> Record:
        dependencies, record = self._dependencies, replace(record, token=lock.token)
        started_at, at = dependencies.clock.monotonic(), format_timestamp(dependencies.clock.now())
        live = facts.colours[record.source]
        desired = DesiredRelease(record.target, "")
        dependencies.stack.check_release(desired)
        dependencies.require_docker(facts)
        with progress_step("preview"):
            preview = dependencies.stack.preview(desired)
        if live and (touched := sorted(preview.touched & live.containers)):
            raise RefusedError(
                f"it would change {', '.join(touched)}, which is live; see docs/design/swaps.md"
            )
        dependencies.log(f"preview ok: {preview.describe()}")
        self.history.enter(record)
        dependencies.doors.raise_fence(lock.token)
        with progress_step("drain"):
            idle = await_idle(dependencies, record, lock.check)
        dependencies.log(
            "drain ok" if idle else "drain: transfers continued beyond the limit; they are cut now"
        )
        lock.check()
        with progress_step("retire"):
            detail = dependencies.stack.build(desired)
        seconds = round(dependencies.clock.monotonic() - started_at, 2)
        dependencies.log(f"retire ok: {record.target}, release {record.release}: {detail} ({seconds:.1f} s)")
        lock.check()
        step = StepResult("retire", at, seconds, "ok", detail)
        record = replace(record, steps=(step,), result="retired")
        self.history.enter(record)
        dependencies.doors.raise_fence(lock.token + 1)
        return record


def _is_built(record: Record | str) -> bool:
    """Whether anything is built, at once or once more; behind a switch nothing is."""
    return isinstance(record, Record) and record.next_step in REPEAT_ON_RESUME

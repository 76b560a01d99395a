"""A move and its undoing: under the lock, from wherever the last one stopped."""

from collections.abc import Iterator
from contextlib import contextmanager

from operate.doors.door_status import DoorStatus, remembered_fence
from operate.error import NotStartedError, OperateError
from operate.history.history import History, entry_id
from operate.history.replay import check_records
from operate.history.stack_file_age import require_current_stack_file
from operate.history.unknown_record import UnknownRecord
from operate.lock.holder import Holder
from operate.lock.lock import Lock, acquire
from operate.move.address import host_of, is_address
from operate.move.runner import Move, MoveScope
from operate.move.start import (
    MoveRequest,
    MoveState,
    begin_move,
    begin_return,
    require_no_other_operation,
)
from operate.record.observed_releases import ObservedReleases
from operate.record.record import Record
from operate.record.rotation_note import require_no_rotation
from operate.record.swap_plan import REPEAT_ON_RESUME
from operate.stack.config.servers_setting import choose_server
from operate.stack.config.setting_keys import SERVERS
from operate.stack.facts import Colour, Facts
from operate.stack.placement import require_no_takeover
from operate.stack.preview import Preview
from operate.swap.dependencies import Dependencies
from operate.swap.observed_state import ObservedState
from operate.swap.start import OperationRequest, describe_kept_options


class MoveOperations:
    """What moves the registry of one stack.

    Args:
        dependencies: Everything that a swap acts on.
        scope: Everything that a move acts on besides, and where lock and history are.
        me: Holder of the lock, this process.
    """

    def __init__(self, dependencies: Dependencies, scope: MoveScope, me: Holder) -> None:
        self._dependencies, self._scope, self._me = dependencies, scope, me
        self.history = History(scope.store)

    def move(self, request: OperationRequest, move_request: MoveRequest, facts: Facts) -> Record | str:
        """Move the registry, or resume that.

        Returns:
            The record at its end, or why there was nothing to do.

        Raises:
            OperateError: The move cannot continue now.
        """
        with self._lock(facts) as (lock, statuses):
            self._require_no_rotation(facts, statuses)
            state = self._state(facts, statuses, lock)
            record = self._begin(request, move_request, state)
            if isinstance(record, Record) and (kept := describe_kept_options(record, request.options)):
                self._dependencies.log(kept)
            return self._run(record, facts, lock, retire=move_request.retire)

    def back(self, request: OperationRequest, facts: Facts) -> Record | str:
        """Undo the move under way.

        Raises:
            OperateError: No move is under way, or it cannot be undone now.
        """
        with self._lock(facts) as (lock, statuses):
            return self._run(begin_return(request, self._state(facts, statuses, lock)), facts, lock)

    def preview(
        self, request: OperationRequest, move_request: MoveRequest, facts: Facts
    ) -> tuple[Record | str, Preview | None]:
        """Preview a move; changes nothing, and takes no lock."""
        statuses = self._answering(facts)
        self._require_no_rotation(facts, statuses)
        state = self._state(facts, statuses)
        record = self._begin(request, move_request, state)
        if isinstance(record, str) or record.door_move is None:
            return record, None
        settings = record.door_move.settings_with_both(state.servers)
        return record, self._scope.dependencies.stack.preview_settings(settings, record.target)

    def _begin(self, request: OperationRequest, move_request: MoveRequest, state: MoveState) -> Record | str:
        """Return the record to resume or start; nothing is recorded where the stack file has mistakes."""
        stack = self._scope.dependencies.stack
        require_no_other_operation(move_request, state)
        if state.current is None:
            require_current_stack_file(stack.setting, _live_colour(state), state.last, self.history)
            # What has mistakes may name the servers wrongly.
            stack.check_settings({})
        record = begin_move(
            request, move_request, state, has_shared_address=_is_shared(state, move_request.to)
        )
        if isinstance(record, Record) and record.door_move and record.next_step in REPEAT_ON_RESUME:
            stack.check_settings(record.door_move.settings_with_both(state.servers))
            self._require_target(record, record.door_move.target)
        return record

    def _require_target(self, record: Record, target: str) -> None:
        """Refuse a target that does not answer, which a build would wait for and fail at.

        Raises:
            NotStartedError: The target does not answer.
        """
        try:
            self._scope.dependencies.require_login(target)
        except NotStartedError as error:
            if not record.token:  # nothing is recorded yet
                raise
            raise NotStartedError(f"{error}; {record.remedy}") from None

    def _require_no_rotation(self, facts: Facts, statuses: list[tuple[str, DoorStatus]]) -> None:
        def observe() -> ObservedReleases:
            current = self.history.current()
            doors = [status for _, status in statuses]
            own = current if isinstance(current, Record) else None
            return ObservedState(facts, doors, own, None).releases

        beside = require_no_rotation(self._scope.dependencies.stack.setting, observe)
        if beside:
            self._dependencies.log(f"rotation: {beside}")

    def _state(
        self, facts: Facts, statuses: list[tuple[str, DoorStatus]], lock: Lock | None = None
    ) -> MoveState:
        """Read what there is; under a lock, a record that does not count is deleted."""
        require_no_takeover(facts)
        latest = self.history.latest()
        fence = max((status.fence for _, status in statuses), default=0)
        records = check_records(self.history.current(), latest, fence)
        for notice in records.notices:
            self._dependencies.log(f"records: {notice}")
        if records.has_stale and lock is not None:
            lock.check()
            self.history.clear()
        current = records.current
        if isinstance(current, UnknownRecord):
            raise NotStartedError(f"not finished: {current.description}; {current.remedy}")
        servers = self._scope.dependencies.stack.setting(SERVERS)
        leads_to = self._scope.dependencies.global_ip.read_target() if facts.global_ip else ""
        number = entry_id(latest.number + 1)
        return MoveState(
            facts,
            servers if isinstance(servers, list) else [],
            statuses,
            current,
            number,
            leads_to,
            latest.record,
        )

    def _answering(self, facts: Facts) -> list[tuple[str, DoorStatus]]:
        """Ask all front doors; one that is being taken out may not answer."""
        answers = self._scope.dependencies.doors(facts).query_each(facts.doors)
        return [
            (door.name, answer)
            for door, answer in zip(facts.doors, answers, strict=True)
            if not isinstance(answer, OperateError)
        ]

    @contextmanager
    def _lock(self, facts: Facts) -> Iterator[tuple[Lock, list[tuple[str, DoorStatus]]]]:
        statuses = self._answering(facts)
        floor = remembered_fence(status for _, status in statuses)
        with acquire(self._scope.store, self._me, floor=floor, pause=self._dependencies.clock.sleep) as lock:
            self._dependencies.log(f"lock ok: {lock.description}")
            with self._scope.dependencies.stack.locked(lock):
                yield lock, statuses
        self._dependencies.log("unlock ok")

    def _run(self, record: Record | str, facts: Facts, lock: Lock, *, retire: bool = False) -> Record | str:
        if isinstance(record, str):
            return record
        if record.door_move is None:
            raise OperateError(f"entry {record.id} is no move; see `operate status ENV`")
        if record.steps:
            self._dependencies.log(f"resumes move {record.id}, started by {record.who} at {record.at}")
        return Move(
            self._dependencies, facts, self.history, lock, self._scope, record.door_move, retire=retire
        ).run(record)


def _live_colour(state: MoveState) -> Colour | None:
    """Return the colour that is live at every front door that answers; None where they disagree."""
    colours = {colour for _, status in state.statuses for colour in status.live.values()}
    return colours.pop() if len(colours) == 1 else None


def _is_shared(state: MoveState, to: str) -> bool:
    """Whether the global IP, or one DNS name, leads to the front doors of the stack and to the new one."""
    if state.facts.global_ip is not None:
        return True
    target = choose_server(state.servers, to)
    names = {host_of(door) for door in state.facts.doors}
    if len(names) != 1 or is_address(names.copy().pop()):
        return False
    # Where the stack file has {datacenter} in the name, another datacenter has another name.
    is_near = target.partition("-")[0] in {door.datacenter for door in state.facts.doors}
    return is_near or not any(door.datacenter in name for name in names for door in state.facts.doors)

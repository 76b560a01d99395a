"""Goes through the steps of a move, each on record before it begins and after it ended."""

from dataclasses import dataclass, replace
from typing import cast

from operate.error import OperateError, RefusedError
from operate.history.history import History
from operate.move.address import Address, address_of
from operate.move.interfaces import MoveDependencies
from operate.move.mirror import mirror
from operate.move.pair import DoorPair
from operate.move.post_switch import MoveWatch
from operate.record.door_move import DoorMove
from operate.record.record import MOVED, UNDER_WAY, Record
from operate.record.swap_plan import Direction, Step
from operate.route.decision import unsafe_reason
from operate.stack.config.servers_setting import Servers
from operate.stack.config.setting_keys import LIVE, MOVE, RETIRING_DOORS, SERVERS
from operate.stack.facts import Facts
from operate.store.object_store import ObjectStore
from operate.swap.dependencies import Dependencies
from operate.swap.post_switch import colour_counters
from operate.swap.runner import HeldLock, Swap


@dataclass(frozen=True)
class MoveScope:
    """What a move has beside what a swap has.

    Attributes:
        dependencies: Everything that a move acts on.
        store: Store of lock and history.
    """

    dependencies: MoveDependencies
    store: ObjectStore


class Move(Swap):
    """One move, or its undoing.

    Args:
        dependencies: Everything that a swap acts on.
        facts: Facts of the stack before the move.
        history: History in which the move is recorded.
        lock: Held for as long as this acts.
        scope: Everything else that it acts on, and where lock and history are.
        move: Front doors from which and to which the registry goes.
        retire: Whether all clients have a new address, where they need one.
    """

    def __init__(
        self,
        dependencies: Dependencies,
        facts: Facts,
        history: History,
        lock: HeldLock,
        scope: MoveScope,
        move: DoorMove,
        *,
        retire: bool = False,
    ) -> None:
        super().__init__(dependencies, facts, history, lock)
        self._move_dependencies, self._store, self._move = scope.dependencies, scope.store, move
        self._are_clients_ready = retire
        self._store_goes = facts.swift is None and facts.store_door.name == move.source
        self._step_functions = {
            Step.PREVIEW: self._preview,
            Step.BUILD: self._build,
            Step.GATE: self._gate,
            Step.SHADOW: self._shadow,
            Step.SWITCH: self._switch,
            Step.DRAIN: self._drain,
            Step.BAKE: self._bake,
            Step.RETIRE: self._retire,
            Step.SWITCH_BACK: self._switch_back,
            Step.WITHDRAW: self._withdraw,
        }

    def _preview(self, record: Record) -> tuple[Record, str]:
        """Ask what the build would do and cost.

        Raises:
            RefusedError: The build would touch what is live, or take it to another storage.
        """
        preview = self._move_dependencies.stack.preview_settings(
            self._move.settings_with_both(self._servers), record.target
        )
        live = self._facts.colours[record.target]
        if live and (touched := sorted(preview.touched & live.containers)):
            raise RefusedError(
                f"it would change {', '.join(touched)}, which is live; the stack file may differ in nothing"
                " but servers: run `pulumi preview`, see docs/design/moves.md"
            )
        if live and preview.storage and preview.storage != live.storage:
            raise RefusedError(
                "the images would be elsewhere; a move leaves the storage where it is:"
                " see docs/design/moves.md"
            )
        source = self._facts.door(self._move.source)
        (status,) = self._move_dependencies.doors(self._facts).query_each([source])
        if isinstance(status, OperateError):
            raise status
        return replace(record, source_counters=colour_counters(status, record.target)), preview.describe()

    def _build(self, record: Record) -> tuple[Record, str]:
        # A new front door begins with the colour that is live.
        settings = {**self._move.settings_with_both(self._servers), LIVE: record.target.value}
        description = self._move_dependencies.stack.apply_settings(settings)
        self._read_facts()
        return record, description

    def _gate(self, record: Record) -> tuple[Record, str]:
        pair = self._pair(record)
        throttle = record.options.throttle
        return record, self._dependencies.traffic.gate(
            pair.as_colours, record.target, record.target.opposite, throttle
        )

    def _shadow(self, record: Record) -> tuple[Record, str]:
        pair, options, traffic = self._pair(record), record.options, self._dependencies.traffic
        reads = self._move_dependencies.doors(replace(self._facts, doors=(pair.source,))).reads(options.reads)
        source = record.target.opposite
        reads = pair.as_reads_of_target(reads)
        if not reads:
            reads = traffic.list_reads(pair.as_colours, source, options.reads, options.throttle)
        description, reference_reads = traffic.shadow(
            pair.as_colours, reads, record.target, source, options.throttle
        )
        return self._watch(record).start(replace(record, reference_reads=reference_reads)), description

    def _switch(self, record: Record) -> tuple[Record, str]:
        pair = self._pair(record)
        self._require_healthy(pair)
        description = self._address(record).switch(pair.source, pair.target, self._lock.check)
        self._move_dependencies.stack.write_settings({MOVE: self._move.note(is_switched=True)})
        return record, description

    def _drain(self, record: Record) -> tuple[Record, str]:
        return record, self._watch(record).drain(record, self._lock.check)

    def _bake(self, record: Record) -> tuple[Record, str]:
        return record, self._watch(record).bake(record, self._lock.check)

    def _retire(self, record: Record) -> tuple[Record, str]:
        """Take the previous front door out; its server stays."""
        # Without Swift the history was there.
        self._mirror_store()
        description = self._move_dependencies.stack.apply_settings(
            self._move.settings_after_move(self._servers)
        )
        self._move_dependencies.stack.write_settings({RETIRING_DOORS: []})
        self._read_facts()
        self._mirror_store()
        return record, f"{description}; {self._describe_source()}, and may leave `servers`"

    def _describe_source(self) -> str:
        """Return what the previous server is now: a standby takes over in its own datacenter alone."""
        datacenter = self._move.source.partition("-")[0]
        if any(door.datacenter == datacenter for door in self._facts.doors):
            return f"{self._move.source} stands by"
        return f"{self._move.source} carries nothing (no standby: no front door is left in {datacenter})"

    def _switch_back(self, record: Record) -> tuple[Record, str]:
        pair = self._pair(record)
        description = self._address(record).switch(pair.target, pair.source, self._lock.check)
        self._move_dependencies.stack.write_settings({MOVE: self._move.note(is_switched=False)})
        return record, description

    def _withdraw(self, record: Record) -> tuple[Record, str]:
        """Take the front door out that the move has built."""
        description = self._move_dependencies.stack.apply_settings(
            self._move.settings_before_move(self._servers)
        )
        self._move_dependencies.stack.write_settings({RETIRING_DOORS: []})
        self._read_facts()
        return record, description

    def _next_step(self, record: Record) -> Step | None:
        """Stop where clients must be given a new address: a quiet minute does not say that they have it."""
        return None if record.awaits_clients and not self._are_clients_ready else record.next_step

    def _finish(self, record: Record) -> Record:
        record = super()._finish(record)
        if record.state.direction is Direction.FORWARD:
            self._mirror_store()
        return record

    @property
    def _servers(self) -> Servers:
        servers = self._move_dependencies.stack.setting(SERVERS)
        return cast(Servers, servers) if isinstance(servers, list) else []

    def _pair(self, record: Record) -> DoorPair:
        source, target = (self._facts.door(name) for name in (self._move.source, self._move.target))
        return DoorPair(self._facts, source, target, record.target)

    def _watch(self, record: Record) -> MoveWatch:
        return MoveWatch(self._dependencies, self._move_dependencies, self._pair(record))

    def _address(self, record: Record) -> Address:
        dependencies = self._dependencies
        return address_of(
            self._facts,
            self._move.target,
            self._move_dependencies,
            dependencies.clock,
            record.options,
            dependencies.log,
        )

    def _require_healthy(self, pair: DoorPair) -> None:
        """Refuse to route clients to a front door that is unhealthy, or has another colour live.

        Raises:
            RefusedError: The front door is unhealthy, or has another colour live.
        """
        doors = (pair.target, pair.source)
        target, source = self._move_dependencies.doors(self._facts).query_each(doors)
        if isinstance(target, OperateError):
            raise RefusedError(f"{pair.target.name} does not answer ({target})")
        peers = [] if isinstance(source, OperateError) else [(pair.source.name, source)]
        if reason := unsafe_reason(pair.target.name, target, peers):
            raise RefusedError(reason)

    def _read_facts(self) -> None:
        self._facts = self._move_dependencies.stack.facts()
        self._dependencies = replace(self._dependencies, doors=self._move_dependencies.doors(self._facts))

    def _mirror_store(self) -> None:
        """Copy record and history to the server that has them once the source has no front door any more."""
        if self._store_goes:
            remaining = next(door for door in self._facts.doors if door.name != self._move.source)
            mirror(self._store, self._move_dependencies.store(remaining))

    def _result(self, record: Record) -> str:
        if record.state.direction is Direction.FORWARD:
            return MOVED
        if record.state.switched:
            return "moved back"
        return record.result if record.result != UNDER_WAY else "refused"

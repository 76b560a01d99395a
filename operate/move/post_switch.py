"""Both front doors of a move while clients go from one to the other: what they have counted, and a probe."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from messages.progress import step
from operate.doors.counters import Counters
from operate.doors.door_status import DoorStatus
from operate.error import OperateError, RefusedError
from operate.move.interfaces import MoveDependencies
from operate.move.pair import DoorPair
from operate.record.baseline import Baseline
from operate.record.record import Record
from operate.swap.checks.throttle import throttled
from operate.swap.dependencies import Dependencies
from operate.swap.health import Drain, Observation, evaluate, measure_baseline, update_drain
from operate.swap.post_switch import colour_counters

_PROBES = 3
"""Of the previous registry, before the switch (choice)."""


@dataclass(frozen=True)
class BothCounters:
    """What the live colour has counted, at each front door."""

    source: Counters
    target: Counters


class MoveWatch:
    """Asks both front doors, and judges the new one.

    Args:
        dependencies: Everything that a swap acts on.
        move_dependencies: Everything that a move acts on besides.
        pair: The two front doors.
    """

    def __init__(
        self, dependencies: Dependencies, move_dependencies: MoveDependencies, pair: DoorPair
    ) -> None:
        self._dependencies, self._move_dependencies, self._pair = dependencies, move_dependencies, pair

    def counters(self, record: Record) -> BothCounters:
        """Ask both front doors.

        Raises:
            OperateError: A front door does not answer.
        """
        doors = (self._pair.source, self._pair.target)
        statuses = self._move_dependencies.doors(self._pair.facts).query_each(doors)
        source, target = (colour_counters(_require_answer(status), record.target) for status in statuses)
        return BothCounters(source, target)

    def start(self, record: Record) -> Record:
        """Note what both have counted before the switch, and how fast the previous one is."""
        probe_ms = []
        for _ in range(_PROBES):
            with throttled(self._dependencies.clock, record.options.throttle):
                finding = self._dependencies.traffic.probe(
                    self._pair.as_colours, record.target.opposite, record.reference_reads
                )
                probe_ms.append(finding.ms)
        now = self.counters(record)
        baseline = measure_baseline(record.source_counters, now.source, probe_ms)
        return replace(record, probe_ms=tuple(probe_ms), baseline=baseline, target_counters=now.target)

    def drain(self, record: Record, check: Callable[[], None]) -> str:
        """Wait until no client comes to the previous front door; the new one is watched meanwhile.

        Raises:
            RefusedError: The new one is unhealthy.
            OperateError: Clients still come, or a front door does not answer.
        """
        clock, options = self._dependencies.clock, record.options
        observations, minutes = _Observations(self, record), options.drain_limit / 60
        started_at = clock.monotonic()
        quiet: Drain | None = None
        with step(f"the last client of {self._pair.source.name}, for {minutes:g} min at most"):
            while True:
                now = observations.observe()
                at = clock.monotonic()
                if now is not None:
                    # Open or not: a client that still comes has bytes that move.
                    counters = replace(now, sessions=max(1, now.sessions))
                    quiet, is_quiet = update_drain(
                        quiet or Drain(at, now.bytes_moved), counters, at, options.idle
                    )
                    if is_quiet:
                        return f"no client has come to {self._pair.source.name} for {options.idle:.0f} s"
                if at - started_at >= options.drain_limit:
                    raise OperateError(
                        f"clients still come to {self._pair.source.name} after {minutes:g} min; let them use"
                        f" {self._pair.target.endpoint}, at {self._pair.target.client_address}, then run the"
                        " command again. `operate move ENV --back` undoes it"
                    )
                clock.sleep(options.interval)
                check()

    def bake(self, record: Record, check: Callable[[], None]) -> str:
        """Watch the new front door for as long as the operator wants.

        Raises:
            RefusedError: The new front door is unhealthy.
        """
        clock, observations = self._dependencies.clock, _Observations(self, record)
        started_at, minutes = clock.monotonic(), record.options.bake / 60
        with step(f"health of {self._pair.target.name}, which is watched for {minutes:g} min"):
            while True:
                observations.observe()
                if clock.monotonic() - started_at >= record.options.bake:
                    return f"{self._pair.target.name} was healthy for {record.options.bake:.0f} s"
                clock.sleep(record.options.interval)
                check()

    def judge(self, record: Record, observations: Sequence[Observation]) -> str:
        """Return what is wrong with the new front door; "" if nothing is."""
        return evaluate(observations, record.baseline or Baseline(0.0, 0.0), record.options.limits)

    def observe(self, record: Record, observations: Sequence[Observation]) -> tuple[Counters, Observation]:
        """Ask both once; returns the counters of the previous one, and an observation of the new one.

        Raises:
            RefusedError: The new one is unhealthy.
            OperateError: A front door does not answer.
        """
        both = self.counters(record)
        wrong = self.judge(record, [*observations, Observation(both.target)])
        if not wrong:
            finding = self._dependencies.traffic.probe(
                self._pair.as_colours, record.target, record.reference_reads
            )
            observation = Observation(both.target, finding)
            wrong = self.judge(record, [*observations, observation])
        if wrong:
            raise RefusedError(f"{self._pair.target.name}, release {record.release}: {wrong}")
        return both.source, observation


class _Observations:
    """Observations in a row; it does not matter that a front door fails to answer for a moment."""

    def __init__(self, watch: MoveWatch, record: Record) -> None:
        self._watch, self._record = watch, record
        self._observations = [Observation(record.target_counters)] if record.target_counters else []
        self._silent = 0

    def observe(self) -> Counters | None:
        """Observe once; returns the counters of the previous front door, None if one does not answer."""
        try:
            source, observation = self._watch.observe(self._record, self._observations)
        except RefusedError:
            raise
        except OperateError:
            self._silent += 1
            if self._silent >= self._record.options.limits.strikes:
                raise
            return None
        self._silent = 0
        self._observations.append(observation)
        return source


def _require_answer(status: DoorStatus | OperateError) -> DoorStatus:
    if isinstance(status, OperateError):
        raise status
    return status

"""The steps after the switch: the old colour's transfers end, the new colour proves itself."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from messages.count import format_count
from messages.progress import step
from operate.doors.counters import Counters, colour_totals, sum_counters
from operate.doors.door_status import DoorStatus
from operate.error import OperateError, RefusedError
from operate.record.baseline import Baseline
from operate.record.record import Record, Sample
from operate.stack.facts import Colour, Facts
from operate.swap.checks.throttle import throttled
from operate.swap.dependencies import Dependencies
from operate.swap.health import Drain, Observation, ProbeFinding, evaluate, measure_baseline, update_drain

SAMPLES = 2000
"""So many are kept for the report (choice); with more, every other one is left out."""
_PROBES = 3
"""Of the live colour before the switch (choice)."""


def colour_counters(door: DoorStatus, colour: Colour) -> Counters:
    """One colour's counters at one door."""
    return colour_totals(door.backends, colour.value)


def record_counters(dependencies: Dependencies, record: Record) -> Record:
    """Record the live colour's counters when the swap starts."""
    doors = dependencies.doors.status()
    return replace(
        record, source_counters=sum_counters([colour_counters(door, record.source) for door in doors])
    )


def record_latency(dependencies: Dependencies, facts: Facts, record: Record) -> Record:
    """Record how fast the live colour is."""
    probe_ms = []
    for _ in range(_PROBES):
        with throttled(dependencies.clock, record.options.throttle):
            probe_ms.append(dependencies.traffic.probe(facts, record.source, record.reference_reads).ms)
    return replace(record, probe_ms=tuple(probe_ms))


def start_watching(dependencies: Dependencies, record: Record) -> Record:
    """Record both colours' counters before the switch."""
    doors = dependencies.doors.status()
    now = sum_counters([colour_counters(door, record.source) for door in doors])
    start = sum_counters([colour_counters(door, record.target) for door in doors])
    return replace(
        record, baseline=measure_baseline(record.source_counters, now, record.probe_ms), target_counters=start
    )


def record_sample(dependencies: Dependencies, record: Record) -> Record:
    """Record a sample of both colours for the report; skipped if a front door does not answer."""
    try:
        return _add_sample(dependencies, record, dependencies.doors.status())
    except OperateError:
        return record


def _add_sample(dependencies: Dependencies, record: Record, doors: Sequence[DoorStatus]) -> Record:
    red, black = (sum_counters([colour_counters(door, colour) for door in doors]) for colour in Colour)
    sample = Sample(dependencies.clock.now().timestamp(), red, black)
    return replace(record, samples=_thin((*record.samples, sample)))


class _Watch:
    """Observes both colours and evaluates the new one, for as long as a step lasts."""

    def __init__(self, dependencies: Dependencies, facts: Facts, record: Record) -> None:
        self._dependencies, self._facts = dependencies, facts
        self.record = record
        self._observations = [Observation(record.target_counters)] if record.target_counters else []
        self._unanswered = 0

    def observe(self) -> Counters | None:
        """Observe once; returns the old colour's counters, None if a front door does not answer for a moment.

        Raises:
            RefusedError: The new colour is unhealthy.
            OperateError: A front door does not answer, several times in a row.
        """
        record, limits = self.record, self.record.options.limits
        try:
            doors = self._dependencies.doors.status()
        except OperateError:
            self._unanswered += 1
            if self._unanswered >= limits.strikes:
                raise
            return None
        self._unanswered = 0
        sums = {colour: sum_counters([colour_counters(door, colour) for door in doors]) for colour in Colour}
        # What the doors have counted may be enough; of a colour that hangs the probe would be long.
        wrong = self._evaluate(Observation(sums[record.target]))
        finding = (
            ProbeFinding()
            if wrong
            else self._dependencies.traffic.probe(self._facts, record.target, record.reference_reads)
        )
        self._observations.append(Observation(sums[record.target], finding))
        self.record = _add_sample(self._dependencies, record, doors)
        if wrong := wrong or self._evaluate():
            raise RefusedError(f"{record.target}, release {record.release}: {wrong}")
        return sums[record.source]

    def _evaluate(self, *further: Observation) -> str:
        baseline = self.record.baseline or Baseline(0.0, 0.0)
        return evaluate([*self._observations, *further], baseline, self.record.options.limits)


def drain(
    dependencies: Dependencies, facts: Facts, record: Record, check: Callable[[], None]
) -> tuple[Record, str]:
    """Wait until the old colour's transfers have ended; the new one is watched meanwhile.

    Raises:
        RefusedError: The new one is unhealthy.
    """
    options, clock = record.options, dependencies.clock
    watch = _Watch(dependencies, facts, record)
    started_at = clock.monotonic()
    progress: Drain | None = None
    with step(f"transfers of {record.source} that are open, {options.drain_limit / 60:g} min at most"):
        while True:
            now = watch.observe()
            at = clock.monotonic()
            if now is not None:
                progress, done = update_drain(progress or Drain(at, now.bytes_moved), now, at, options.idle)
                if done:
                    idle = f", {now.sessions} open without a byte" if now.sessions else ""
                    return watch.record, f"{record.source} has no transfers any more{idle}"
            if at - started_at >= options.drain_limit:
                remaining = format_count(now.sessions, "transfer") if now else "transfers"
                return (
                    watch.record,
                    f"{record.source} still has {remaining} after the limit; its container keeps running",
                )
            clock.sleep(options.interval)
            check()


def bake(
    dependencies: Dependencies, facts: Facts, record: Record, check: Callable[[], None]
) -> tuple[Record, str]:
    """Watch the new colour for as long as requested.

    Raises:
        RefusedError: The new colour is unhealthy.
    """
    options, clock = record.options, dependencies.clock
    watch = _Watch(dependencies, facts, record)
    started_at = clock.monotonic()
    with step(f"health of {record.target}, which is watched for {options.bake / 60:g} min"):
        while True:
            watch.observe()
            if clock.monotonic() - started_at >= options.bake:
                break
            clock.sleep(options.interval)
            check()
    return watch.record, f"{record.target} was healthy for {options.bake:.0f} s"


def _thin(samples: tuple[Sample, ...]) -> tuple[Sample, ...]:
    return samples if len(samples) <= SAMPLES else samples[::2]

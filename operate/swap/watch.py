"""The steps after the switch: the old colour's transfers end, the new colour proves itself."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from operate.error import OperateError
from operate.swap.edges import DoorStatus, RefusedError, World
from operate.swap.facts import Colour, Facts
from operate.swap.health import (
    Baseline,
    Counters,
    Drain,
    Finding,
    Look,
    baseline,
    drained,
    judge,
    summed,
    totals,
)
from operate.swap.record import Record, Sample
from operate.swap.resting import resting

SAMPLES = 2000
"""So many are kept for the report (choice); with more, every other one is left out."""
_PROBES = 3
"""Of the live colour before the switch (choice)."""


def of_colour(door: DoorStatus, colour: Colour) -> Counters:
    """One colour's counters at one door."""
    return totals(door.backends, colour.value)


def counted(world: World, record: Record) -> Record:
    """Note what the live colour has counted when the swap begins."""
    doors = world.doors.status()
    return replace(record, earlier=summed([of_colour(door, record.source) for door in doors]))


def paced(world: World, facts: Facts, record: Record) -> Record:
    """Note how fast the live colour is."""
    paces = []
    for _ in range(_PROBES):
        with resting(world.clock, record.options.rest):
            paces.append(world.traffic.probe(facts, record.source, record.known).ms)
    return replace(record, paces=tuple(paces))


def start_watching(world: World, record: Record) -> Record:
    """Note what both colours have counted before the switch."""
    doors = world.doors.status()
    now = summed([of_colour(door, record.source) for door in doors])
    start = summed([of_colour(door, record.target) for door in doors])
    return replace(record, before=baseline(record.earlier, now, record.paces), start=start)


def look_once(world: World, record: Record) -> Record:
    """Look at both colours once, for the report; a door that cannot be asked now is no matter here."""
    try:
        return _sampled(world, record, world.doors.status())
    except OperateError:
        return record


def _sampled(world: World, record: Record, doors: Sequence[DoorStatus]) -> Record:
    red, black = (summed([of_colour(door, colour) for door in doors]) for colour in Colour)
    sample = Sample(world.clock.now().timestamp(), red, black)
    return replace(record, samples=_thinned((*record.samples, sample)))


class _Watch:
    """Looks at both colours and judges the new one, for as long as a step lasts."""

    def __init__(self, world: World, facts: Facts, record: Record) -> None:
        self._world, self._facts = world, facts
        self.record = record
        self._looks = [Look(record.start)] if record.start else []
        self._lost = 0

    def look(self) -> Counters | None:
        """Look once; returns the old colour's counters, None where a door cannot be asked for a moment.

        Raises:
            RefusedError: the new colour is not well.
            OperateError: a door cannot be asked, several times in a row.
        """
        record, limits = self.record, self.record.options.limits
        try:
            doors = self._world.doors.status()
        except OperateError:
            self._lost += 1
            if self._lost >= limits.strikes:
                raise
            return None
        self._lost = 0
        sums = {colour: summed([of_colour(door, colour) for door in doors]) for colour in Colour}
        # What the doors have counted may be enough; of a colour that hangs the probe would be long.
        wrong = self._judged(Look(sums[record.target]))
        found = Finding() if wrong else self._world.traffic.probe(self._facts, record.target, record.known)
        self._looks.append(Look(sums[record.target], found))
        self.record = _sampled(self._world, record, doors)
        if wrong := wrong or self._judged():
            raise RefusedError(f"{record.target}, release {record.release}: {wrong}")
        return sums[record.source]

    def _judged(self, *further: Look) -> str:
        before = self.record.before or Baseline(0.0, 0.0)
        return judge([*self._looks, *further], before, self.record.options.limits)


def drain(world: World, facts: Facts, record: Record, check: Callable[[], None]) -> tuple[Record, str]:
    """Wait until the old colour's transfers have ended; the new one is watched meanwhile.

    Raises:
        RefusedError: the new one is not well.
    """
    options, clock = record.options, world.clock
    watch = _Watch(world, facts, record)
    began = clock.monotonic()
    going: Drain | None = None
    while True:
        now = watch.look()
        at = clock.monotonic()
        if now is not None:
            going, done = drained(going or Drain(at, now.bytes_moved), now, at, options.idle)
            if done:
                idle = f", {now.sessions} open without a byte" if now.sessions else ""
                return watch.record, f"{record.source} has no transfers any more{idle}"
        if at - began >= options.drain_limit:
            left = now.sessions if now else "some"
            return watch.record, f"{left} transfers of {record.source} go on after the limit; it stays warm"
        clock.sleep(options.interval)
        check()


def bake(world: World, facts: Facts, record: Record, check: Callable[[], None]) -> tuple[Record, str]:
    """Watch the new colour for as long as asked for.

    Raises:
        RefusedError: it is not well.
    """
    options, clock = record.options, world.clock
    watch = _Watch(world, facts, record)
    began = clock.monotonic()
    while True:
        watch.look()
        if clock.monotonic() - began >= options.bake:
            break
        clock.sleep(options.interval)
        check()
    return watch.record, f"{record.target} is well for {options.bake:.0f} s"


def _thinned(samples: tuple[Sample, ...]) -> tuple[Sample, ...]:
    return samples if len(samples) <= SAMPLES else samples[::2]

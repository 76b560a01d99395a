"""The steps before the switch: its cost, the idle colour with its release, and whether that is well."""

from collections.abc import Callable
from dataclasses import replace

from operate.swap.edges import RefusedError, Wanted, World
from operate.swap.facts import ColourFacts, Facts
from operate.swap.health import Drain, drained, summed
from operate.swap.record import Record
from operate.swap.watch import counted, of_colour, paced


def preview(world: World, facts: Facts, record: Record) -> tuple[Record, str]:
    """Ask what the build would do and cost.

    Raises:
        RefusedError: it would touch the live colour, or take it to another storage.
    """
    found = world.stack.preview(wanted(record))
    live = facts.colours[record.source]
    if live and (hit := sorted(found.touched & live.containers)):
        raise RefusedError(
            f"it would change {', '.join(hit)}, which is live: another installation of its server reaches it"
            " as well, and wants a `pulumi up` of its own first; see docs/swaps.md, What a release is"
        )
    if live and found.live_storage not in ("", live.storage):
        raise RefusedError(
            f"the settings have another storage than release {record.source_release}, which is live; set them"
            f" back, copy all objects, and give it to the release alone: `operate swap --to {record.release}"
            " --set s3Bucket=NAME --data-copied`; see docs/swaps.md, Storage"
        )
    if found.storage and not record.options.data_copied:
        _same_storage(record.storage or facts.storage, found.storage)
    idle = facts.colours[record.target]
    replaces = idle is not None and bool(found.touched & idle.containers)
    return replace(counted(world, record), replaces=replaces), found.said()


def build(world: World, facts: Facts, record: Record, check: Callable[[], None]) -> tuple[Record, str]:
    """Give the idle colour its release; transfers that it still has from before are waited for.

    Raises:
        RefusedError: it has another storage than the live one.
    """
    idle = facts.colours[record.target]
    if idle and (record.replaces or idle.release != record.release):
        await_idle(world, record, check)
    check()
    said = world.stack.build(wanted(record))
    return record, said


def gate(world: World, facts: Facts, record: Record) -> tuple[Record, str]:
    """Try the idle colour by a real push and pull.

    Raises:
        RefusedError: it is not well.
    """
    idle = _built(facts, record)
    if not record.options.data_copied:
        _same_storage(record.storage or facts.storage, idle.storage)
    return record, world.traffic.gate(facts, record.target, record.source, record.options.rest)


def shadow(world: World, facts: Facts, record: Record) -> tuple[Record, str]:
    """Read what clients have read, from both colours; all there is where the data was copied.

    How fast the live one is, is looked at here too: the switch is to take no longer than it must.

    Raises:
        RefusedError: they differ.
    """
    options = record.options
    reads = world.doors.reads(options.reads)
    if not reads or options.data_copied:
        limit = None if options.data_copied else options.reads
        reads = world.traffic.everything(facts, record.source, limit, options.rest)
    said, known = world.traffic.shadow(facts, reads, record.target, record.source, options.rest)
    return paced(world, facts, replace(record, known=known)), said


def wanted(record: Record) -> Wanted:
    """What the build is to bring."""
    return Wanted(record.target, record.release, record.settings, record.source_release)


def await_idle(world: World, record: Record, check: Callable[[], None]) -> bool:
    """Wait until the target colour has no transfers, at most for the limit; tells whether it came to that."""
    clock = world.clock
    began = clock.monotonic()
    now = summed([of_colour(door, record.target) for door in world.doors.status()])
    going = Drain(began, now.bytes_moved)
    while True:
        going, done = drained(going, now, clock.monotonic(), record.options.idle)
        if done or clock.monotonic() - began >= record.options.drain_limit:
            return done
        clock.sleep(record.options.interval)
        check()
        now = summed([of_colour(door, record.target) for door in world.doors.status()])


def _built(facts: Facts, record: Record) -> ColourFacts:
    idle = facts.colours[record.target]
    if idle is None or idle.release != record.release:
        has = idle.release if idle else "none"
        raise RefusedError(f"{record.target} has the release {has}, not {record.release}, after the build")
    return idle


def _same_storage(live: str, idle: str) -> None:
    if live and idle != live:
        raise RefusedError(
            f"the release would keep its images elsewhere ({idle}, live is {live}); copy them first, then"
            " swap with --data-copied: see docs/swaps.md"
        )

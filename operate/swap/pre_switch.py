"""The steps before the switch: its cost, the idle colour with its release, and whether that is healthy."""

from collections.abc import Callable
from dataclasses import replace

from messages.progress import step
from operate.doors.counters import sum_counters
from operate.error import RefusedError
from operate.record.record import Record
from operate.stack.config.desired_release import DesiredRelease
from operate.stack.facts import ColourFacts, Facts
from operate.swap.dependencies import Dependencies
from operate.swap.health import Drain, update_drain
from operate.swap.post_switch import colour_counters, record_counters, record_latency

KEEP_ALIVE_SECONDS = 60.0
"""After which a front door ends an idle connection (`timeout http-keep-alive`)."""


def preview(dependencies: Dependencies, facts: Facts, record: Record) -> tuple[Record, str]:
    """Ask what the build would do and cost.

    Raises:
        RefusedError: The build would touch the live colour, or take it to another storage.
    """
    planned = dependencies.stack.preview(desired_release(record))
    live = facts.colours[record.source]
    if live and (touched := sorted(planned.touched & live.containers)):
        raise RefusedError(
            f"it would change {', '.join(touched)}, which is live: its server is, or was made, another"
            " installation. `operate recover ENV` brings that back first, then run the same command again;"
            " see docs/design/swaps.md, What a release is"
        )
    if live and planned.live_storage not in ("", live.storage):
        raise RefusedError(
            f"the settings have another storage than release {record.source_release}, which is live; set them"
            f" back, copy all objects, and give it to the release alone: `operate swap ENV --to"
            f" {record.release} --set s3Bucket=NAME --data-copied`; see docs/design/swaps.md, Storage"
        )
    if planned.storage and not record.options.data_copied:
        _require_same_storage(record.storage or facts.storage, planned.storage)
    idle = facts.colours[record.target]
    replaces = idle is not None and bool(planned.touched & idle.containers)
    return replace(record_counters(dependencies, record), replaces=replaces), planned.describe()


def build(
    dependencies: Dependencies, facts: Facts, record: Record, check: Callable[[], None]
) -> tuple[Record, str]:
    """Give the idle colour its release; its earlier transfers are waited for.

    Raises:
        RefusedError: The release has another storage than the live one.
    """
    idle = facts.colours[record.target]
    if idle and (record.replaces or idle.release != record.release):
        await_idle(dependencies, record, check)
    check()
    detail = dependencies.stack.build(desired_release(record))
    return record, detail


def gate(dependencies: Dependencies, facts: Facts, record: Record) -> tuple[Record, str]:
    """Try the idle colour by a real push and pull.

    Raises:
        RefusedError: The idle colour is unhealthy.
    """
    idle = _require_built(facts, record)
    if not record.options.data_copied:
        _require_same_storage(record.storage or facts.storage, idle.storage)
    return record, dependencies.traffic.gate(facts, record.target, record.source, record.options.throttle)


def shadow(
    dependencies: Dependencies, facts: Facts, record: Record, check: Callable[[], None]
) -> tuple[Record, str]:
    """Read what clients have read, from both colours; all there is where the data was copied.

    The speed of the live one is measured here too, and idle connections that would bypass the new
    configuration are waited for, so that the switch takes no longer than it must.

    Raises:
        RefusedError: The colours' answers differ.
    """
    options = record.options
    reads = dependencies.doors.reads(options.reads)
    if not reads or options.data_copied:
        limit = None if options.data_copied else options.reads
        reads = dependencies.traffic.list_reads(facts, record.source, limit, options.throttle)
    detail, reference_reads = dependencies.traffic.shadow(
        facts, reads, record.target, record.source, options.throttle
    )
    await_kept_connections(dependencies, record, check)
    return record_latency(dependencies, facts, replace(record, reference_reads=reference_reads)), detail


def await_kept_connections(dependencies: Dependencies, record: Record, check: Callable[[], None]) -> None:
    """Wait until no process of HAProxy from before the build's reload gets a further request.

    It would serve that with the configuration from before, which has another password or key for the colour.
    """
    clock = dependencies.clock
    end = clock.monotonic() + KEEP_ALIVE_SECONDS
    with step("idle connections from before the build"):
        while any(door.kept_connections for door in dependencies.doors.status()) and clock.monotonic() < end:
            clock.sleep(record.options.interval)
            check()


def desired_release(record: Record) -> DesiredRelease:
    """Return what the build is to bring."""
    return DesiredRelease(record.target, record.release, record.settings, record.source_release)


def await_idle(dependencies: Dependencies, record: Record, check: Callable[[], None]) -> bool:
    """Wait until the target colour has no transfers, at most for the limit; returns whether it has none."""
    clock = dependencies.clock
    started_at = clock.monotonic()
    now = sum_counters([colour_counters(door, record.target) for door in dependencies.doors.status()])
    drain = Drain(started_at, now.bytes_moved)
    limit = record.options.drain_limit
    with step(f"transfers of {record.target} that are open, {limit / 60:g} minutes at most"):
        while True:
            drain, done = update_drain(drain, now, clock.monotonic(), record.options.idle)
            if done or clock.monotonic() - started_at >= limit:
                return done
            clock.sleep(record.options.interval)
            check()
            now = sum_counters([colour_counters(door, record.target) for door in dependencies.doors.status()])


def _require_built(facts: Facts, record: Record) -> ColourFacts:
    idle = facts.colours[record.target]
    if idle is None or idle.release != record.release:
        has = idle.release if idle else "none"
        raise RefusedError(f"{record.target} has the release {has}, not {record.release}, after the build")
    return idle


def _require_same_storage(live: str, idle: str) -> None:
    if live and idle != live:
        raise RefusedError(
            f"the release would keep its images elsewhere ({idle}, live is {live}); copy them first, then"
            " swap with --data-copied: see docs/design/swaps.md"
        )

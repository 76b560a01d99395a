"""Metrics that no exporter of a stack has: live colours, swap, lock, certificates, disks, storage; pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from operate.dashboard.state import step_start
from operate.status.status import StackStatus

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True)
class DoorProbe:
    """What a client met at a front door.

    Attributes:
        door: Name of its server, DATACENTER-SERVER.
        generation: Generation whose endpoint that is.
        seconds: Seconds until it answered; None where it did not, or has no certificate that a client
            believes.
        certificate_end: Seconds since the epoch; None where it showed none.
    """

    door: str
    generation: str
    seconds: float | None = None
    certificate_end: float | None = None


@dataclass(frozen=True)
class Disk:
    """A file system of a server: where it is mounted, its size and what is free, in bytes."""

    mountpoint: str
    size: int
    free: int


@dataclass(frozen=True)
class StackMetrics:
    """Everything at one moment.

    Attributes:
        status: Status of the stack; None where it cannot be had.
        now: Present time, aware.
        probes: Probes of each front door.
        storage_bytes: Bytes that the images take; None where that is not known.
    """

    status: StackStatus | None
    now: datetime
    probes: Sequence[DoorProbe] = ()
    storage_bytes: int | None = None


def stack_text(metrics: StackMetrics) -> bytes:
    """Return the metrics in Prometheus' text format."""
    return _text(_stack_families(metrics))


def disk_text(disks: Iterable[Disk]) -> bytes:
    """Return a server's disks in Prometheus' text format."""
    size = _gauge("disk_size_bytes", "Size of a file system", ["mountpoint"])
    free = _gauge("disk_free_bytes", "Free bytes of a file system", ["mountpoint"])
    for disk in disks:
        size.add_metric([disk.mountpoint], disk.size)
        free.add_metric([disk.mountpoint], disk.free)
    return _text([size, free])


def parse_disks(output: bytes) -> tuple[Disk, ...]:
    """Read what disk-space.sh prints: size, free bytes and mount point a line.

    Raises:
        ValueError: The output has another form.
    """
    disks = {}
    for line in output.decode(errors="replace").splitlines():
        size, free, mountpoint = line.split(maxsplit=2)
        disks[mountpoint] = Disk(mountpoint, int(size), int(free))
    return tuple(disks.values())


def _stack_families(metrics: StackMetrics) -> Iterator[Metric]:
    yield _single(
        "up", "Whether front doors and records of the stack can be read", metrics.status is not None
    )
    success = _gauge("door_probe_success", "Whether a client is answered", ["door", "generation"])
    seconds = _gauge("door_probe_duration_seconds", "Until a client is answered", ["door", "generation"])
    for probe in metrics.probes:
        success.add_metric([probe.door, probe.generation], float(probe.seconds is not None))
        if probe.seconds is not None:
            seconds.add_metric([probe.door, probe.generation], probe.seconds)
    yield from (success, seconds, _certificates(metrics))
    if metrics.storage_bytes is not None:
        yield _single("storage_bytes", "Bytes that the images take in the storage", metrics.storage_bytes)
    if metrics.status is not None:
        yield from _status_families(metrics.status, metrics.now)


def _certificates(metrics: StackMetrics) -> Metric:
    """What the door shows counts; what the stack recorded stands in for a door that shows nothing."""
    ends = {}
    recorded = metrics.status.observed.facts.certificate_ends if metrics.status else {}
    for name, text in recorded.items():
        door, _, generation = name.rpartition(" ")
        try:
            end = datetime.fromisoformat(text)
        except ValueError:
            continue
        ends[door, generation] = (end if end.tzinfo else end.replace(tzinfo=UTC)).timestamp()
    for probe in metrics.probes:
        if probe.certificate_end is not None:
            ends[probe.door, probe.generation] = probe.certificate_end
    family = _gauge("certificate_end_timestamp_seconds", "When a certificate expires", ["door", "generation"])
    for labels, timestamp in ends.items():
        family.add_metric(labels, timestamp)
    return family


def _status_families(status: StackStatus, now: datetime) -> Iterator[Metric]:
    live = _gauge("live", "Whether a colour gets a door's requests", ["door", "generation", "colour"])
    for door, facts in zip(status.observed.doors, status.observed.facts.doors, strict=True):
        for generation, colour in door.backends:
            is_live = door.live.get(generation) == colour
            live.add_metric([facts.name, generation, colour], float(is_live))
    yield live
    record, unknown = status.observed.current, status.observed.unknown_current
    yield _single("swap_under_way", "Whether a swap has begun and not ended", bool(record or unknown))
    yield _single("lock_held", "Whether an operator is at work", status.lock is not None)
    started_at = step_start(record) if record else None
    if record and started_at:
        step = record.next_step
        family = _gauge("swap_step_seconds", "For which the swap's step is under way", ["kind", "step"])
        age = max(0.0, (now - started_at).total_seconds())
        family.add_metric([record.kind, step.value if step else "record"], age)
        yield family


def _gauge(name: str, documentation: str, labels: Sequence[str] = ()) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"registry_stack_{name}", documentation, labels=labels)


def _single(name: str, documentation: str, value: float) -> Metric:
    family = _gauge(name, documentation)
    family.add_metric([], float(value))
    return family


class _Families(Collector):
    """Hands over families that exist already."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = list(families)

    def collect(self) -> Iterable[Metric]:
        """Return them."""
        return self._families


def _text(families: Iterable[Metric]) -> bytes:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Families(families))
    return generate_latest(registry)

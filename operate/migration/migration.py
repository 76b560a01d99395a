"""A whole migration: layers side by side, each image as soon as its layers are there."""

import threading
import time
from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

from messages.progress import step
from operate.error import LostError, OperateError
from operate.migration.access import Access
from operate.migration.journal import MigrationJournal
from operate.migration.mover import Moved, Mover
from operate.migration.plan import Plan, PlannedImage, PlannedLayer
from operate.migration.progress import ProgressDisplay
from operate.migration.report import ImageStatus, Outcome, Report
from operate.migration.source.legacy_store import LegacyStore
from operate.migration.source.survey import survey
from operate.migration.source.v1_image import BadImageError
from operate.migration.target.image_writer import ImageWriter
from operate.migration.target.placement import BlobPlacement
from operate.migration.target.registry import V2Registry


@dataclass(frozen=True)
class MigrationOptions:
    """How to migrate.

    Attributes:
        state: Folder of the journal, and of the layers between reading and sending.
        repositories: Repositories to migrate; all where there is none.
        jobs: Number of layers that are moved at once.
        overwrite: Whether a tag may be replaced that somebody else has written.
        full: Whether every blob is read back.
        names: The v2 names of repositories, by their v1 names, where they differ.
    """

    state: Path
    repositories: Collection[str] = ()
    jobs: int = 4
    overwrite: bool = False
    full: bool = False
    names: Mapping[str, str] = field(default_factory=dict)


class StoppedError(Exception):
    """The operator has interrupted."""


class Interruption:
    """Whether the operator has interrupted; checked at every piece."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def set(self) -> None:
        """Stop what is under way."""
        self._event.set()

    def check(self) -> None:
        """Raise where it is to stop.

        Raises:
            StoppedError: The migration is to stop.
        """
        if self._event.is_set():
            raise StoppedError

    def pause(self, seconds: float) -> None:
        """Wait so long, or until it is to stop.

        Raises:
            StoppedError: The migration is to stop.
        """
        if self._event.wait(seconds):
            raise StoppedError


def plan_only(access: Access, options: MigrationOptions) -> Plan:
    """Return what would be migrated; only the container is read.

    Raises:
        OperateError: The container cannot be read, or holds nothing that was requested.
    """
    with step("reading what the legacy registry holds"):
        return _survey(LegacyStore(access.swift), access, options)


def migrate(access: Access, options: MigrationOptions, display: ProgressDisplay) -> Report:
    """Migrate; what an earlier run has done is found done.

    Raises:
        OperateError: One of the ends cannot be reached, holds nothing that was requested, or another
            migration is at work. What fails for one image is in the report.
    """
    started_at = time.monotonic()
    interruption = Interruption()
    registry = V2Registry(access.registry, interruption.pause)
    try:
        with MigrationJournal(options.state / f"{access.name}.jsonl") as journal:
            registry.check()
            store = LegacyStore(access.swift)
            display.log("reading what the legacy registry holds")
            plan = _survey(store, access, options)
            display.planned(len(plan.images), plan.bytes)

            def read(size: int) -> None:
                interruption.check()
                display.passed(size)

            def check_interruption(_size: int) -> None:
                interruption.check()

            placement = BlobPlacement(registry, journal, check_interruption)
            mover = Mover(store, placement, journal, options.state, read)
            writer = ImageWriter(
                registry,
                placement,
                mover,
                journal,
                overwrite=options.overwrite,
                full=options.full,
                report_bytes=check_interruption,
            )
            outcomes = [
                Outcome(problem.reference, ImageStatus.FAILED, problem.reason) for problem in plan.problems
            ]
            outcomes += _Work(plan, options.jobs, mover, writer, interruption, display).outcomes()
    finally:
        registry.close()
    sent = placement.sent
    return Report(
        tuple(sorted(outcomes, key=lambda outcome: outcome.reference)),
        mover.read,
        sent.bytes,
        sent.uploaded,
        sent.mounted,
        round(time.monotonic() - started_at, 3),
    )


def _survey(store: LegacyStore, access: Access, options: MigrationOptions) -> Plan:
    return survey(store, access.swift.storage_path, options.repositories, options.jobs, options.names)


class _Work:
    """The layers and images of a plan, under way."""

    def __init__(
        self,
        plan: Plan,
        jobs: int,
        mover: Mover,
        writer: ImageWriter,
        interruption: Interruption,
        display: ProgressDisplay,
    ) -> None:
        self._plan = plan
        self._jobs = jobs
        self._mover = mover
        self._writer = writer
        self._interruption = interruption
        self._display = display

    def outcomes(self) -> list[Outcome]:
        # Two pools, since an image waits for layers and must not hold up what it waits for.
        with ThreadPoolExecutor(self._jobs) as movers, ThreadPoolExecutor(self._jobs) as writers:
            try:
                layers = {
                    image: movers.submit(self._mover.move, layer, home)
                    for image, (layer, home) in self._plan.layers.items()
                }
                images = [
                    writers.submit(
                        self._image, image, [layers[identifier] for identifier in _layered(image.chain)]
                    )
                    for image in self._plan.images
                ]
                return [self._display_outcome(done) for done in as_completed(images)]
            except BaseException:
                self._interruption.set()
                movers.shutdown(wait=False, cancel_futures=True)
                writers.shutdown(wait=False, cancel_futures=True)
                raise

    def _image(self, image: PlannedImage, layers: Iterable[Future[Moved]]) -> Outcome:
        try:
            for layer in layers:
                layer.result()
            return self._writer.write(image)
        except LostError:
            raise
        except (BadImageError, OperateError) as error:
            return Outcome(image.reference, ImageStatus.FAILED, str(error), image.legacy_id)

    def _display_outcome(self, done: Future[Outcome]) -> Outcome:
        outcome = done.result()
        self._display.image(outcome)
        return outcome


def _layered(chain: Iterable[PlannedLayer]) -> list[str]:
    return [layer.image.identifier for layer in chain if layer.stored is not None]

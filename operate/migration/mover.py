"""Moves one layer: from the container, over the disk, into a repository."""

import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from operate.error import OperateError
from operate.migration.journal import MigrationJournal
from operate.migration.plan import PlannedLayer
from operate.migration.source.layer import read_layer
from operate.migration.source.legacy_store import LegacyStore
from operate.migration.source.v1_image import BadImageError
from operate.migration.target.conversion import Blob, LayerFacts
from operate.migration.target.placement import BlobPlacement


@dataclass(frozen=True)
class Moved:
    """A layer in a repository: what it is at the legacy end, and what the registry reports."""

    facts: LayerFacts
    modern: Blob


class Mover:
    """Moves layers; may be used by several threads.

    Args:
        store: The container.
        placement: The registry's end.
        journal: Records what reading a layer found.
        folder: Folder on a disk that holds as many of the largest layers as are moved at once.
        report_bytes: Called with the size of each piece read; may raise, to stop.
    """

    def __init__(
        self,
        store: LegacyStore,
        placement: BlobPlacement,
        journal: MigrationJournal,
        folder: Path,
        report_bytes: Callable[[int], None],
    ) -> None:
        self.read = 0
        self._store = store
        self._placement = placement
        self._journal = journal
        self._folder = folder
        self._report_bytes = report_bytes
        self._facts_by_image: dict[str, LayerFacts] = {}
        self._counting = threading.Lock()

    def move(self, planned: PlannedLayer, name: str) -> Moved:
        """Get a layer into a repository; it is read only where that is not known to be needless.

        Raises:
            BadImageError: The layer is broken.
            OperateError: One of the ends, or the disk, refuses.
        """
        facts_before = self._known_facts(planned)
        if facts_before is not None and (modern := self._placement.find(name, facts_before.blob)) is not None:
            return Moved(facts_before, modern)
        with self._on_disk(planned) as (facts, disk):
            return Moved(facts, self._placement.place(name, facts.blob, lambda: nullcontext(disk)))

    def _known_facts(self, planned: PlannedLayer) -> LayerFacts | None:
        stored, image = planned.stored, planned.image.identifier
        if image in self._facts_by_image or stored is None:
            return self._facts_by_image.get(image)
        # A large object of segments has no size in the listing, and no MD5 of its content.
        return self._journal.memory.layers.get((image, stored.etag)) if stored.size > 0 else None

    @contextmanager
    def _on_disk(self, planned: PlannedLayer) -> Iterator[tuple[LayerFacts, IO[bytes]]]:
        stored = planned.stored
        if stored is None:
            raise BadImageError(f"image {planned.image.identifier[:12]} has no layer of its own")
        with self._file() as disk:
            try:
                facts = read_layer(planned, self._store.stream(stored.name), disk, self._read_piece)
            except OSError as error:
                raise OperateError(
                    f"folder {self._folder}: cannot hold the layer of image {planned.image.identifier[:12]}"
                    f" ({error.strerror}); free some space, or choose another folder with --state"
                ) from None
            self._facts_by_image[planned.image.identifier] = facts
            self._journal.layer(planned.image.identifier, stored.etag, facts)
            yield facts, disk

    def _file(self) -> IO[bytes]:
        return tempfile.TemporaryFile(dir=self._folder)  # has no name, so nothing is left by a kill

    def _read_piece(self, size: int) -> None:
        with self._counting:
            self.read += size
        self._report_bytes(size)

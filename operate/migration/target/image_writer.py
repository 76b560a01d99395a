"""Writes one image: layers where they belong, configuration, manifest under its tag; then checks."""

import io
import threading
from collections.abc import Callable, Mapping
from contextlib import nullcontext

from operate.migration.journal import MigrationJournal
from operate.migration.mover import Moved, Mover
from operate.migration.plan import PlannedImage
from operate.migration.report import ImageStatus, LayerEnds, Outcome
from operate.migration.target.conversion import Blob, LayerFacts, V2Image, convert, digest_of
from operate.migration.target.placement import BlobPlacement
from operate.migration.target.registry import RegistryError, V2Registry


class ImageWriter:
    """Writes images; may be used by several threads.

    Args:
        registry: The v2 registry.
        placement: Placement that puts the configurations there.
        mover: Mover that puts the layers there.
        journal: Journal, which knows the migration's own manifests.
        overwrite: Whether a tag may be replaced that somebody else has written.
        full: Whether every blob is read back, not only checked for existence.
        report_bytes: Called when bytes were read back; may raise, to stop.
    """

    def __init__(
        self,
        registry: V2Registry,
        placement: BlobPlacement,
        mover: Mover,
        journal: MigrationJournal,
        *,
        overwrite: bool,
        full: bool,
        report_bytes: Callable[[int], None],
    ) -> None:
        self._registry = registry
        self._placement = placement
        self._mover = mover
        self._journal = journal
        self._overwrite = overwrite
        self._full = full
        self._report_bytes = report_bytes
        self._read_back: set[str] = set()
        self._reading_back = threading.Lock()

    def write(self, image: PlannedImage) -> Outcome:
        """Write an image whose layers were moved before, or find it written.

        Raises:
            BadImageError: A layer is broken.
            OperateError: One of the ends refuses, or the registry has something else than was sent.
        """
        moved = {
            layer.image.identifier: self._mover.move(layer, image.name)
            for layer in image.chain
            if layer.stored is not None
        }
        converted = convert([(layer.image, _facts(moved, layer.image.identifier)) for layer in image.chain])
        digest = digest_of(converted.manifest)
        config = Blob(digest_of(converted.config), len(converted.config))
        self._placement.place(image.name, config, lambda: nullcontext(io.BytesIO(converted.config)))
        existing = self._registry.manifest(image.name, image.tag)
        if existing != converted.manifest:
            self._replace(image, existing, converted, digest)
        if self._full:
            for blob in [config, *(layer_move.facts.blob for layer_move in moved.values())]:
                self._read_whole(image.name, blob.digest)
        status = ImageStatus.PRESENT if existing == converted.manifest else ImageStatus.MIGRATED
        ends = tuple(
            LayerEnds(
                layer.image.identifier,
                layer_move.facts.blob.size,
                layer_move.facts.blob.digest,
                layer_move.modern.digest,
                layer.checksum is not None,
            )
            for layer in image.chain
            if (layer_move := moved.get(layer.image.identifier)) is not None
        )
        return Outcome(image.reference, status, "", image.legacy_id, digest, ends)

    def _replace(self, image: PlannedImage, existing: bytes | None, converted: V2Image, digest: str) -> None:
        own = self._journal.memory.written_manifests.get(image.reference, set())
        if existing is not None and digest_of(existing) not in own and not self._overwrite:
            raise RegistryError(
                f"the v2 registry has another image under this tag, {digest_of(existing)}, which this"
                " migration did not write; it stays unless the command is run with --overwrite"
            )
        self._journal.writing(image.reference, digest)
        stored_digest = self._registry.put_manifest(image.name, image.tag, converted.manifest)
        back = self._registry.manifest(image.name, image.tag)
        if back != converted.manifest or stored_digest not in ("", digest):
            raise RegistryError(
                f"the v2 registry has {stored_digest or 'no digest'} for the manifest {digest}; look at its"
                " log and storage, then run the command again"
            )

    def _read_whole(self, name: str, digest: str) -> None:
        with self._reading_back:
            if digest in self._read_back:
                return
            self._read_back.add(digest)
        stored_digest = self._registry.download(name, digest, self._report_bytes)
        if stored_digest != digest:
            raise RegistryError(
                f"{name}: the v2 registry gives {stored_digest} for {digest}; its storage is broken there,"
                " delete the image and run the command again"
            )


def _facts(moved: Mapping[str, Moved], image: str) -> LayerFacts | None:
    layer_move = moved.get(image)
    return None if layer_move is None else layer_move.facts

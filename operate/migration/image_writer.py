"""Writes one image: layers where they belong, configuration, manifest under its tag; then checks."""

import io
import threading
from collections.abc import Callable, Mapping
from contextlib import nullcontext

from operate.migration.conversion import Blob, LayerFacts, V2Image, convert, digest_of
from operate.migration.journal import Journal
from operate.migration.mover import Moved, Mover
from operate.migration.placement import Placement
from operate.migration.plan import PlannedImage
from operate.migration.registry import Registry, RegistryError
from operate.migration.report import LayerEnds, Outcome, Status


class ImageWriter:
    """Writes images; may be used by several threads.

    Args:
        registry: the v2 registry.
        placement: gets the configurations there.
        mover: gets the layers there.
        journal: tells which manifests are the migration's own.
        overwrite: whether a tag may be replaced that somebody else has written.
        full: whether every blob is read back, not only asked for.
        told: is told that bytes were read back; may raise, to stop.
    """

    def __init__(
        self,
        registry: Registry,
        placement: Placement,
        mover: Mover,
        journal: Journal,
        *,
        overwrite: bool,
        full: bool,
        told: Callable[[int], None],
    ) -> None:
        self._registry = registry
        self._placement = placement
        self._mover = mover
        self._journal = journal
        self._overwrite = overwrite
        self._full = full
        self._told = told
        self._read_back: set[str] = set()
        self._reading_back = threading.Lock()

    def write(self, image: PlannedImage) -> Outcome:
        """Write an image whose layers were moved before, or find it written.

        Raises:
            BadImageError: a layer is broken.
            OperateError: one of the ends refuses, or the registry has something else than was sent.
        """
        moved = {
            layer.image.identifier: self._mover.move(layer, image.name)
            for layer in image.chain
            if layer.stored is not None
        }
        made = convert([(layer.image, _facts(moved, layer.image.identifier)) for layer in image.chain])
        digest = digest_of(made.manifest)
        config = Blob(digest_of(made.config), len(made.config))
        self._placement.place(image.name, config, lambda: nullcontext(io.BytesIO(made.config)))
        there = self._registry.manifest(image.name, image.tag)
        if there != made.manifest:
            self._replace(image, there, made, digest)
        if self._full:
            for blob in [config, *(one.facts.blob for one in moved.values())]:
                self._read_whole(image.name, blob.digest)
        status = Status.THERE if there == made.manifest else Status.MIGRATED
        ends = tuple(
            LayerEnds(
                layer.image.identifier,
                one.facts.blob.size,
                one.facts.blob.digest,
                one.modern.digest,
                layer.checksum is not None,
            )
            for layer in image.chain
            if (one := moved.get(layer.image.identifier)) is not None
        )
        return Outcome(image.reference, status, "", image.legacy_id, digest, ends)

    def _replace(self, image: PlannedImage, there: bytes | None, made: V2Image, digest: str) -> None:
        own = self._journal.memory.written.get(image.reference, set())
        if there is not None and digest_of(there) not in own and not self._overwrite:
            raise RegistryError(
                f"the v2 registry has another image under this tag, {digest_of(there)}, which this migration"
                " did not write; it stays unless the command is run with --overwrite"
            )
        self._journal.writing(image.reference, digest)
        said = self._registry.put_manifest(image.name, image.tag, made.manifest)
        back = self._registry.manifest(image.name, image.tag)
        if back != made.manifest or said not in ("", digest):
            raise RegistryError(
                f"the v2 registry has {said or 'no digest'} for the manifest {digest}; look at its log and"
                " storage, then run the command again"
            )

    def _read_whole(self, name: str, digest: str) -> None:
        with self._reading_back:
            if digest in self._read_back:
                return
            self._read_back.add(digest)
        found = self._registry.download(name, digest, self._told)
        if found != digest:
            raise RegistryError(
                f"{name}: the v2 registry gives {found} for {digest}; its storage is broken there, delete the"
                " image and run the command again"
            )


def _facts(moved: Mapping[str, Moved], image: str) -> LayerFacts | None:
    one = moved.get(image)
    return None if one is None else one.facts

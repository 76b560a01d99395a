"""What a migration did, for people and for programs."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum

from messages.count import format_count


class ImageStatus(StrEnum):
    """How it went with one image."""

    MIGRATED = "migrated"
    PRESENT = "already present"
    FAILED = "failed"


@dataclass(frozen=True)
class LayerEnds:
    """A layer's digest at both ends.

    Attributes:
        image: The v1 image that it belongs to.
        size: Size in bytes.
        legacy: Digest of the bytes read from the container.
        modern: Digest that the registry has for it; of the bytes it gave, where all was verified.
        checksum: Whether the legacy registry had a checksum for it, which agreed.
    """

    image: str
    size: int
    legacy: str
    modern: str
    checksum: bool


@dataclass(frozen=True)
class Outcome:
    """One image.

    Attributes:
        reference: Reference, `name:tag` in the v2 registry.
        status: Status of the migration of the image.
        reason: Why it failed, and what to do.
        legacy_id: The v1 image.
        manifest: Digest of the v2 manifest.
        layers: The lowest first.
    """

    reference: str
    status: ImageStatus
    reason: str = ""
    legacy_id: str = ""
    manifest: str = ""
    layers: tuple[LayerEnds, ...] = ()


@dataclass(frozen=True)
class Report:
    """A whole run.

    Attributes:
        images: Images in order of their references.
        read: Bytes read of layers.
        bytes_sent: Bytes of blobs sent.
        uploaded: Number of blobs that were sent.
        mounted: Blobs taken over from another repository without their bytes.
        seconds: Seconds that it took.
    """

    images: tuple[Outcome, ...]
    read: int
    bytes_sent: int
    uploaded: int
    mounted: int
    seconds: float

    @property
    def ok(self) -> bool:
        """Whether no image failed."""
        return all(image.status is not ImageStatus.FAILED for image in self.images)

    def count(self, status: ImageStatus) -> int:
        """Count the images with that status."""
        return sum(image.status is status for image in self.images)

    def as_json(self) -> dict[str, object]:
        """The report as plain data."""
        return {
            "ok": self.ok,
            **{status.name.lower(): self.count(status) for status in ImageStatus},
        } | asdict(self)

    def lines(self) -> Iterable[str]:
        """The report for people: a line an image, then the sums."""
        for image in self.images:
            yield f"{image.status}: {image.reference} {image.reason or image.manifest}"
        counts = ", ".join(f"{self.count(status)} {status}" for status in ImageStatus)
        yield f"{format_count(len(self.images), 'image')}: {counts}"
        yield (
            f"{format_count(self.read, 'byte')} of layers read, {format_count(self.bytes_sent, 'byte')} sent"
            f" in {format_count(self.uploaded, 'blob')},"
            f" {self.mounted} mounted, in {self.seconds:.1f} s"
        )

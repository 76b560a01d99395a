"""What a manifest describes: an image, several platforms of one, or an artifact; pure.

Sources: OCI image specification 1.1 (manifest.md, image-index.md, "Guidelines for artifact usage") and
distribution 2.8.3 (manifest v2 schema 1 and 2). Whoever pushes decides what is in a manifest, so that every
value may have any type.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from operate.images.names import clean

_OCI = "application/vnd.oci.image"
_DOCKER = "application/vnd.docker"
INDEX_TYPES = (f"{_OCI}.index.v1+json", f"{_DOCKER}.distribution.manifest.list.v2+json")
_MANIFEST_TYPES = (f"{_OCI}.manifest.v1+json", f"{_DOCKER}.distribution.manifest.v2+json")
_SIGNED_TYPES = (f"{_DOCKER}.distribution.manifest.v1+prettyjws", f"{_DOCKER}.distribution.manifest.v1+json")
ACCEPT = ", ".join((*INDEX_TYPES, *_MANIFEST_TYPES, *_SIGNED_TYPES))
_IMAGE_CONFIGS = (f"{_OCI}.config.v1+json", f"{_DOCKER}.container.image.v1+json")
_CREATED = "org.opencontainers.image.created"
_ATTESTATION = "vnd.docker.reference.type"


class ImageKind(StrEnum):
    """What is under a tag."""

    IMAGE = "image"
    INDEX = "multi-architecture"
    ARTIFACT = "artifact"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Descriptor:
    """A blob or a manifest that a manifest names.

    Attributes:
        digest: Digest of the blob or manifest; "" where the manifest has none.
        size: Size in bytes.
        media_type: Media type of the blob or manifest.
        platform: `OS/ARCHITECTURE[/VARIANT]`; "" where it has none.
        is_attestation: Whether it describes another manifest of the same index.
    """

    digest: str
    size: int
    media_type: str = ""
    platform: str = ""
    is_attestation: bool = False


@dataclass(frozen=True)
class Manifest:
    """A manifest.

    Attributes:
        kind: Kind of what it describes.
        media_type: Media type of the manifest.
        artifact_type: `artifactType`, or the media type of the config, of what is no image; "" for an image.
        created: Time at which it was made, by its annotation; None where it has none.
        config: Config of an image or artifact.
        layers: Layers of an image, blobs of an artifact.
        children: Manifests of an index.
    """

    kind: ImageKind
    media_type: str
    artifact_type: str = ""
    created: datetime | None = None
    config: Descriptor | None = None
    layers: tuple[Descriptor, ...] = ()
    children: tuple[Descriptor, ...] = field(default=())

    @property
    def blobs(self) -> tuple[Descriptor, ...]:
        """Config and layers."""
        return (*((self.config,) if self.config else ()), *self.layers)


@dataclass(frozen=True)
class ImageConfig:
    """The part of an image's config that is shown: when it was made, and for which platform."""

    created: datetime | None = None
    platform: str = ""


def parse_manifest(content: bytes, media_type: str) -> Manifest:
    """Return what a manifest describes; of kind UNKNOWN where it cannot be understood.

    Args:
        content: Content of the manifest, JSON.
        media_type: Media type by the registry's header; the manifest's own counts where that is none of a
            manifest.
    """
    document = _document(content)
    media_type = media_type.partition(";")[0].strip()
    if media_type not in (*INDEX_TYPES, *_MANIFEST_TYPES, *_SIGNED_TYPES):
        media_type = _text(document.get("mediaType")) or media_type
    created = parse_time(_mapping(document.get("annotations")).get(_CREATED))
    artifact_type = clean(_text(document.get("artifactType")))
    if media_type in INDEX_TYPES:
        children = tuple(_descriptor(child) for child in _sequence(document.get("manifests")))
        return Manifest(ImageKind.INDEX, media_type, artifact_type, created, children=children)
    if media_type in _MANIFEST_TYPES:
        config = _descriptor(document.get("config"))
        layers = tuple(_descriptor(layer) for layer in _sequence(document.get("layers")))
        is_image = config.media_type in _IMAGE_CONFIGS and not artifact_type
        return Manifest(
            ImageKind.IMAGE if is_image else ImageKind.ARTIFACT,
            media_type,
            "" if is_image else artifact_type or clean(config.media_type),
            created,
            config,
            layers,
        )
    if media_type in _SIGNED_TYPES:
        return _signed(document, media_type)
    return Manifest(ImageKind.UNKNOWN, clean(media_type))


def parse_config(content: bytes) -> ImageConfig:
    """Return what an image's config has; nothing where it cannot be understood."""
    document = _document(content)
    return ImageConfig(parse_time(document.get("created")), _platform(document))


def parse_time(value: object) -> datetime | None:
    """Return a time of RFC 3339; None where it is none."""
    try:
        time = datetime.fromisoformat(_text(value))
    except ValueError:
        return None
    try:
        return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except OverflowError:
        return None


def _signed(document: Mapping[str, object], media_type: str) -> Manifest:
    """Return a manifest of schema 1, which knows neither sizes nor a config."""
    history = _mapping(next(iter(_sequence(document.get("history"))), None))
    newest = _document(_text(history.get("v1Compatibility")).encode())
    layers = tuple(
        Descriptor(_text(_mapping(layer).get("blobSum")), 0) for layer in _sequence(document.get("fsLayers"))
    )
    return Manifest(ImageKind.IMAGE, media_type, created=parse_time(newest.get("created")), layers=layers)


def _descriptor(value: object) -> Descriptor:
    fields = _mapping(value)
    size = fields.get("size")
    return Descriptor(
        _text(fields.get("digest")),
        size if isinstance(size, int) and not isinstance(size, bool) and size > 0 else 0,
        _text(fields.get("mediaType")),
        _platform(_mapping(fields.get("platform"))),
        _ATTESTATION in _mapping(fields.get("annotations")),
    )


def _platform(fields: Mapping[str, object]) -> str:
    parts = [_text(fields.get(key)) for key in ("os", "architecture", "variant")]
    return clean("/".join(part for part in parts if part), 40)


def _document(content: bytes) -> Mapping[str, object]:
    try:
        return _mapping(json.loads(content))
    except (ValueError, RecursionError):
        return {}


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _sequence(value: object) -> Sequence[object]:
    return value if isinstance(value, Sequence) and not isinstance(value, str) else ()


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""

"""What is under a tag, from the manifests and configs that the registry has."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime

from operate.images.manifest import (
    INDEX_TYPES,
    Descriptor,
    ImageConfig,
    ImageKind,
    Manifest,
    parse_config,
    parse_manifest,
)
from operate.images.registry_client import RegistryClient, StoredManifest

JOBS = 8
"""Requests at once (choice): as few as a front door leaves even to an address that has none to spare."""
_MOST_CHILDREN = 64
"""Manifests of an index that are read (choice); official images have 10 to 20."""
_KEPT = 256
"""Images that are remembered by digest, since several tags often mean one (choice)."""
_MOST_CONFIG_BYTES = 4 << 20
"""Of a config that is read for its date (choice); more is a stranger's blob."""


@dataclass(frozen=True)
class TaggedImage:
    """What is under a tag.

    Attributes:
        tag: Name of the tag.
        digest: Digest of its manifest; "" where the tag leads nowhere.
        kind: Image, several platforms of one, or artifact.
        media_type: Media type of the manifest.
        artifact_type: Type of the artifact; "" for an image.
        platforms: Platforms, `OS/ARCHITECTURE[/VARIANT]`, in order.
        attestations: Number of manifests in an index that only describe the others.
        size: Bytes of all that it consists of, each blob once; None where that is not known.
        created: Time at which it was made, by its own account; None where it has no time.
    """

    tag: str
    digest: str
    kind: ImageKind = ImageKind.UNKNOWN
    media_type: str = ""
    artifact_type: str = ""
    platforms: tuple[str, ...] = ()
    attestations: int = 0
    size: int | None = None
    created: datetime | None = None

    def as_json(self) -> dict[str, object]:
        """As plain data; sizes in bytes, times in ISO 8601."""
        return {
            "tag": self.tag,
            "digest": self.digest,
            "kind": self.kind.value,
            "mediaType": self.media_type,
            "artifactType": self.artifact_type or None,
            "platforms": list(self.platforms),
            "attestations": self.attestations,
            "size": self.size,
            "created": self.created.isoformat() if self.created else None,
        }


class ImageReader:
    """Reads what is under the tags of one repository, each digest once.

    Args:
        client: Client of the registry.
        repository: Name of the repository.
    """

    def __init__(self, client: RegistryClient, repository: str) -> None:
        self._client, self._repository = client, repository
        self._images: OrderedDict[str, TaggedImage] = OrderedDict()

    def read(self, tags: Sequence[str]) -> Iterator[TaggedImage]:
        """Return what is under each tag, in order; a few are requested at once.

        Raises:
            OperateError: The registry does not answer.
        """
        with ThreadPoolExecutor(JOBS) as pool:
            for start in range(0, len(tags), JOBS):
                batch = tags[start : start + JOBS]
                manifests = list(pool.map(self._manifest, batch))
                new = {
                    stored.digest: stored
                    for stored in manifests
                    if stored is not None and stored.digest not in self._images
                }
                self._images.update(zip(new, pool.map(self._describe, new.values()), strict=True))
                for tag, stored in zip(batch, manifests, strict=True):
                    yield replace(self._images[stored.digest], tag=tag) if stored else TaggedImage(tag, "")
                while len(self._images) > _KEPT:
                    self._images.popitem(last=False)

    def _manifest(self, tag: str) -> StoredManifest | None:
        return self._client.manifest(self._repository, tag)

    def _describe(self, stored: StoredManifest) -> TaggedImage:
        manifest = parse_manifest(stored.content, stored.media_type)
        image = TaggedImage(
            "",
            stored.digest,
            manifest.kind,
            manifest.media_type,
            manifest.artifact_type,
            created=manifest.created,
        )
        if manifest.kind is ImageKind.INDEX:
            return self._describe_index(image, manifest)
        size = _size(len(stored.content), manifest.blobs)
        has_sizes = any(blob.size for blob in manifest.blobs)
        image = replace(image, size=size if has_sizes else None)
        if manifest.kind is not ImageKind.IMAGE:
            return image
        config = self._config(manifest)
        platforms = (config.platform,) if config.platform else ()
        return replace(image, platforms=platforms, created=image.created or config.created)

    def _describe_index(self, image: TaggedImage, index: Manifest) -> TaggedImage:
        """Read the manifests of an index; what they share counts once."""
        children: list[Manifest] = []
        blobs: list[Descriptor] = []
        size = sum(child.size for child in index.children)
        for descriptor in index.children[:_MOST_CHILDREN]:
            stored = self._child(descriptor)
            if stored is not None:
                child = parse_manifest(stored.content, descriptor.media_type or stored.media_type)
                children.append(child)
                blobs += child.blobs
        images = [child for child in children if child.kind is ImageKind.IMAGE]
        created = image.created or (self._config(images[0]).created if images else None)
        platforms = [
            child.platform for child in index.children if child.platform and not child.is_attestation
        ]
        is_complete = len(children) == len(index.children)
        return replace(
            image,
            platforms=tuple(dict.fromkeys(platforms)),
            attestations=sum(child.is_attestation for child in index.children),
            size=_size(size, blobs) if is_complete else None,
            created=created,
        )

    def _child(self, descriptor: Descriptor) -> StoredManifest | None:
        """Return a manifest of an index; None where it is an index again, or was not pushed."""
        if descriptor.media_type in INDEX_TYPES or ":" not in descriptor.digest:
            return None
        return self._client.manifest(self._repository, descriptor.digest)

    def _config(self, manifest: Manifest) -> ImageConfig:
        config = manifest.config
        if config is None or not config.digest or config.size > _MOST_CONFIG_BYTES:
            return ImageConfig()
        content = self._client.blob(self._repository, config.digest)
        return parse_config(content) if content is not None else ImageConfig()


def _size(manifests: int, blobs: Iterable[Descriptor]) -> int:
    return manifests + sum({blob.digest: blob.size for blob in blobs}.values())

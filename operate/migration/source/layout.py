"""How docker-registry 0.7.3 with its Swift driver 0.0.1 names what it stores.

Sources: docker-registry-core 1.0.6 `core/driver.py` (`image_json_path` and its siblings, `tag_path`),
docker-registry-driver-swift 0.0.1 `drivers/swift.py` (`_init_path`: the storage path goes in front, less one
leading slash), docker-registry 0.7.3 `toolkit.py` (`parse_repository_name`: without a namespace it is
`library`; the repository, not the namespace, is percent-encoded), `tags.py` (`get_tags`, `put_tag`).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import unquote_plus

IMAGE_ID = re.compile(r"[0-9a-f]{64}")
DEFAULT_NAMESPACE = "library"


@dataclass(frozen=True)
class StoredObject:
    """An object in the container's listing.

    Attributes:
        name: Name in the container.
        size: Bytes; 0 for a large object of segments.
        etag: MD5 of the content, in hexadecimal; of no use for a large object of segments.
    """

    name: str
    size: int
    etag: str


@dataclass(frozen=True, order=True)
class LegacyTag:
    """A tag of the legacy registry.

    Attributes:
        namespace: Name before the slash; `library` where clients gave none.
        repository: Name after the slash, decoded.
        tag: Name of the tag.
        stored: Name of the object that holds the image's id.
        ambiguous: The object can as well be the properties of another tag, one that begins with `_`, since
            `tag_x_json` is both the tag `x_json` and the properties of the tag `_x`. Its content decides.
    """

    namespace: str
    repository: str
    tag: str
    stored: str
    ambiguous: bool

    @property
    def name(self) -> str:
        """The repository as clients write it: `docker pull HOST/app` means `library/app` to a v1 registry."""
        if self.namespace == DEFAULT_NAMESPACE:
            return self.repository
        return f"{self.namespace}/{self.repository}"

    @property
    def legacy_name(self) -> str:
        """The repository with its namespace."""
        return f"{self.namespace}/{self.repository}"


@dataclass(frozen=True)
class Catalogue:
    """What a container holds.

    Attributes:
        images: Image id -> piece (`json`, `layer`, `ancestry`, `_checksum`, `_inprogress`) -> object.
        tags: Tags in order.
    """

    images: Mapping[str, Mapping[str, StoredObject]]
    tags: tuple[LegacyTag, ...]


def prefix(storage_path: str) -> str:
    """Return what the names of all objects begin with, for a STORAGE_PATH such as `/registry`."""
    return f"{storage_path}/".removeprefix("/")


def catalogue(objects: Iterable[StoredObject], storage_path: str) -> Catalogue:
    """Sort a container's listing; what is no part of a legacy registry is left out.

    Args:
        objects: The listing.
        storage_path: The legacy registry's STORAGE_PATH.
    """
    images: dict[str, dict[str, StoredObject]] = {}
    leaves: dict[tuple[str, str], dict[str, StoredObject]] = {}
    start = prefix(storage_path)
    for stored in objects:
        if not stored.name.startswith(start):
            continue
        match stored.name.removeprefix(start).split("/"):
            case ["images", image, piece]:
                images.setdefault(image, {})[piece] = stored
            case ["repositories", namespace, repository, leaf]:
                leaves.setdefault((namespace, repository), {})[leaf] = stored
    tags = (
        LegacyTag(
            namespace,
            unquote_plus(repository),
            leaf.removeprefix("tag_"),
            stored.name,
            _ambiguous(leaf, siblings),
        )
        for (namespace, repository), siblings in leaves.items()
        for leaf, stored in siblings.items()
        if leaf.startswith("tag_")
    )
    frozen = {image: MappingProxyType(pieces) for image, pieces in images.items()}
    return Catalogue(MappingProxyType(frozen), tuple(sorted(tags)))


def _ambiguous(leaf: str, siblings: Mapping[str, StoredObject]) -> bool:
    owner = leaf.removeprefix("tag").removesuffix("_json")
    return leaf.endswith("_json") and f"tag_{owner}" in siblings

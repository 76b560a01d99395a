"""Small images of random bytes, and those that a load may ask for."""

import hashlib
import json
import os
import random
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
_CONFIG = "application/vnd.docker.container.image.v1+json"
_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"


@dataclass(frozen=True)
class Blob:
    """Bytes that nobody has seen before, and their digest."""

    content: bytes = field(repr=False)
    digest: str

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.content)


@dataclass(frozen=True)
class Image:
    """An image under its tag.

    Attributes:
        repository: Name of the repository.
        tag: Tag of the image.
        manifest: Manifest as it is pushed.
        blobs: Configuration and layers of the image.
    """

    repository: str
    tag: str
    manifest: Blob
    blobs: tuple[Blob, ...]


def blob(content: bytes) -> Blob:
    """Make a blob of bytes."""
    return Blob(content, f"sha256:{hashlib.sha256(content).hexdigest()}")


def image(repository: str, tag: str, layers: Sequence[Blob]) -> Image:
    """Make an image of layers that are pushed besides."""
    config = blob(json.dumps({"architecture": "amd64", "os": "linux", "made": os.urandom(8).hex()}).encode())
    described = [{"mediaType": _LAYER, "size": layer.size, "digest": layer.digest} for layer in layers]
    manifest = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": {"mediaType": _CONFIG, "size": config.size, "digest": config.digest},
            "layers": described,
        }
    ).encode()
    return Image(repository, tag, blob(manifest), (config, *layers))


class Shelf:
    """Images that are in the registry; the latest are kept, and those that were there from the beginning.

    Args:
        latest: Number of images that are kept.
    """

    def __init__(self, latest: int = 20) -> None:
        self._lock = threading.Lock()
        self._first: list[Image] = []
        self._latest: deque[Image] = deque(maxlen=latest)

    def keep(self, pushed: Image) -> None:
        """Add one that stays."""
        with self._lock:
            self._first.append(pushed)

    def add(self, pushed: Image) -> None:
        """Add one that was pushed just now."""
        with self._lock:
            self._latest.append(pushed)

    def any(self, choice: random.Random) -> Image:
        """One of them."""
        with self._lock:
            return choice.choice([*self._first, *self._latest])

    @property
    def kept(self) -> Sequence[Image]:
        """Those that stay."""
        with self._lock:
            return tuple(self._first)

"""Reads as clients make them: what is asked most is small."""

import json
import random
import threading
from dataclasses import dataclass, field

from harness.clients.registry_client import Client
from harness.load.connection import Connection, Expected
from harness.load.image import MANIFEST, Image, Shelf
from harness.load.tally import Tally

KINDS = (
    "ping",
    "manifest by tag",
    "manifest by digest",
    "manifest HEAD",
    "blob HEAD",
    "blob GET",
    "tags",
)
"""Small requests: those whose latency is looked at."""
_WEIGHTS = (78, 6, 6, 6, 1, 2, 1)
"""Choice: every client's call begins with a ping, and most pulls end with a manifest that has not changed.
What a blob takes of the local cloud's Swift, in Python, is many times what it takes of the registry."""
_ACCEPT = {"Accept": MANIFEST}


@dataclass
class Reads:
    """One read a round.

    Attributes:
        client: Client that reads.
        shelf: Images that exist in the registry.
        tally: Tally that counts the requests.
        seed: Seed of the choices.
    """

    client: Client
    shelf: Shelf
    tally: Tally
    seed: int
    _connection: Connection = field(init=False)
    _random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._connection = Connection(self.client, self.tally)
        self._random = random.Random(self.seed)  # noqa: S311 - a load, not a secret

    def turn(self, _: threading.Event) -> None:
        """Ask for something."""
        (kind,) = self._random.choices(KINDS, _WEIGHTS)
        self._ask(kind, self.shelf.any(self._random))

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _ask(self, kind: str, image: Image) -> None:
        manifest = Expected(digest=image.manifest.digest, length=image.manifest.size)
        manifests = f"/v2/{image.repository}/manifests"
        if kind == "ping":
            self._connection.ask(kind, "GET", "/v2/", Expected(length=2))
        elif kind == "manifest by tag":
            self._connection.ask(kind, "GET", f"{manifests}/{image.tag}", manifest, headers=_ACCEPT)
        elif kind == "manifest by digest":
            path = f"{manifests}/{image.manifest.digest}"
            self._connection.ask(kind, "GET", path, manifest, headers=_ACCEPT)
        elif kind == "manifest HEAD":
            self._connection.ask(kind, "HEAD", f"{manifests}/{image.tag}", manifest, headers=_ACCEPT)
        elif kind == "tags":
            tag = json.dumps(image.tag).encode()
            self._connection.ask(kind, "GET", f"/v2/{image.repository}/tags/list", Expected(within=(tag,)))
        else:
            self._blob(kind, image)

    def _blob(self, kind: str, image: Image) -> None:
        blob = self._random.choice(image.blobs)
        path, method = f"/v2/{image.repository}/blobs/{blob.digest}", kind.partition(" ")[2]
        self._connection.ask(kind, method, path, Expected(digest=blob.digest, length=blob.size))


@dataclass
class Catalog:
    """The catalog, which must name what there is.

    Attributes:
        client: Client that reads.
        shelf: Images that exist in the registry.
        tally: Tally that counts the requests.
    """

    client: Client
    shelf: Shelf
    tally: Tally
    _connection: Connection = field(init=False)

    def __post_init__(self) -> None:
        self._connection = Connection(self.client, self.tally)

    def turn(self, _: threading.Event) -> None:
        """Ask for all of it."""
        names = {json.dumps(image.repository).encode() for image in self.shelf.kept}
        self._connection.ask("catalog", "GET", "/v2/_catalog?n=1000", Expected(within=tuple(sorted(names))))

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

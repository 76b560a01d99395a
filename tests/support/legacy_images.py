"""Legacy images as docker-registry 0.7.3 and its Swift driver 0.0.1 store them, byte by byte.

Each function names the code that writes what it gives; the sdists are on the Python package index.
"""

import gzip
import hashlib
import io
import json
import random
import tarfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

ROOT = "registry"  # config_sample.yml: STORAGE_PATH is /registry; swift.py `_init_path` drops the slash


@dataclass(frozen=True)
class LegacyImage:
    identifier: str
    parent: str | None
    document: bytes
    layer: bytes
    """As stored: gzip or a plain tar."""

    @property
    def digest(self) -> str:
        return f"sha256:{hashlib.sha256(self.layer).hexdigest()}"

    @property
    def diff_id(self) -> str:
        tar = gzip.decompress(self.layer) if self.layer[:2] == b"\x1f\x8b" else self.layer
        return f"sha256:{hashlib.sha256(tar).hexdigest()}"


def tar_of(files: Mapping[str, bytes], mode: int = 0o755) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), mode
            tar.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def make_image(
    chance: random.Random,
    parent: str | None,
    layer: bytes,
    fields: Mapping[str, object] | None = None,
) -> LegacyImage:
    """An image with the JSON of Docker 1.0 (`docker push`, image/image.go of that time)."""
    identifier = f"{chance.getrandbits(256):064x}"
    document: dict[str, object] = {"id": identifier}
    if parent is not None:
        document["parent"] = parent
    document |= {
        "created": "2014-07-01T10:00:00.123456789Z",
        "container": f"{chance.getrandbits(256):064x}",
        "container_config": {"Hostname": "", "Cmd": ["/bin/sh", "-c", f"echo {chance.random()}"]},
        "docker_version": "1.0.1",
        "config": {"Hostname": "", "Env": ["PATH=/bin"], "Cmd": ["/bin/sh"], "Entrypoint": None},
        "architecture": "amd64",
        "os": "linux",
        "Size": len(layer),
    }
    document |= fields or {}
    return LegacyImage(identifier, parent, json.dumps(document).encode(), layer)


def image_objects(image: LegacyImage, ancestry: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """What a push of an image leaves, in the order of its writing; `_inprogress` comes and goes."""
    folder = f"{ROOT}/images/{image.identifier}"
    yield f"{folder}/json", image.document  # images.py `put_image_json`
    yield f"{folder}/ancestry", json.dumps(list(ancestry)).encode()  # lib/layers.py `generate_ancestry`
    yield f"{folder}/layer", image.layer  # images.py `put_image_layer`
    pushed = hashlib.sha256(image.document + b"\n" + image.layer).hexdigest()
    # lib/checksums.py `simple_checksum_handler`, images.py `save_checksums`
    yield f"{folder}/_checksum", json.dumps([f"sha256:{pushed}"]).encode()


def tag_objects(namespace: str, repository: str, tag: str, identifier: str) -> Iterator[tuple[str, bytes]]:
    """What a push of a tag leaves: tags.py `put_tag`; names by core/driver.py."""
    folder = f"{ROOT}/repositories/{namespace}/{repository}"
    yield f"{folder}/tag_{tag}", identifier.encode()
    properties = b'{"last_update": 1404208800, "docker_version": "1.0.1", "arch": "amd64", "os": "linux"}'
    yield f"{folder}/tag{tag}_json", properties
    if tag == "latest":
        yield f"{folder}/json", properties
    yield f"{folder}/_index_images", json.dumps([{"id": identifier}]).encode()  # index.py


@dataclass(frozen=True)
class LegacyTag:
    namespace: str
    repository: str
    tag: str
    chain: tuple[LegacyImage, ...]
    """The lowest first."""

    @property
    def reference(self) -> tuple[str, str]:
        """Name and tag in a v2 registry."""
        name = self.repository if self.namespace == "library" else f"{self.namespace}/{self.repository}"
        return name, self.tag


def stored(tags: Iterable[LegacyTag]) -> dict[str, bytes]:
    """All objects of these tags."""
    objects: dict[str, bytes] = {}
    for tag in tags:
        for number, image in enumerate(tag.chain):
            ancestry = [below.identifier for below in reversed(tag.chain[: number + 1])]
            objects.update(image_objects(image, ancestry))
        objects.update(tag_objects(tag.namespace, tag.repository, tag.tag, tag.chain[-1].identifier))
    return objects


def population(chance: random.Random, count: int) -> list[LegacyTag]:
    """Tags that share layers; some have one image, some layers have the same bytes under several ids."""
    bases = [_grow_chain(chance, (), 3) for _ in range(max(1, count // 20))]
    empty = gzip.compress(tar_of({}), mtime=0)
    tags: list[LegacyTag] = []
    for number in range(count):
        chain = chance.choice(bases)
        if number % 5 == 4:  # as `ENV` makes it: a layer with nothing in it, the same bytes each time
            chain = (*chain, make_image(chance, chain[-1].identifier, empty))
        chain = tags[-1].chain if number % 10 == 9 else _grow_chain(chance, chain, 1)
        namespace = chance.choice(["library", "team", "shop"])
        tags.append(LegacyTag(namespace, f"app-{number % 40}", f"v{number}", chain))
    return tags


def _grow_chain(chance: random.Random, chain: tuple[LegacyImage, ...], more: int) -> tuple[LegacyImage, ...]:
    for _ in range(more):
        size = chance.choice([300, 3_000, 300_000])
        layer = tar_of({f"file-{chance.getrandbits(32)}": chance.randbytes(size)})
        if chance.random() < 0.7:
            layer = gzip.compress(layer, mtime=0)
        chain = (*chain, make_image(chance, chain[-1].identifier if chain else None, layer))
    return chain

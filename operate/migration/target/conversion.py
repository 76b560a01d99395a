"""A v1 chain as a v2 image: configuration and manifest, the same bytes for the same chain at every run.

What goes where is as Docker itself converts v1 images: moby 1.10 to 17.09, `image/v1/imagev1.go`
(`MakeConfigFromV1Config`, `HistoryFromConfig`) and `distribution/pull_v2.go` (`pullSchema1`: a throwaway
image is a line of history without a layer). The manifest is schema 2 (distribution 2.8, manifest/schema2).
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from operate.migration.source.v1_image import V1Image

MANIFEST_TYPE = "application/vnd.docker.distribution.manifest.v2+json"
CONFIG_TYPE = "application/vnd.docker.container.image.v1+json"
GZIP_LAYER_TYPE = "application/vnd.docker.image.rootfs.diff.tar.gzip"
PLAIN_LAYER_TYPE = "application/vnd.docker.image.rootfs.diff.tar"

# An image made by Docker before 1.8.3 keeps only the fields known then (useFallback there).
_TRUSTED_SINCE = (1, 8, 3)
_KEPT_FIELDS = frozenset(
    (
        *("comment", "created", "container", "container_config", "docker_version", "author", "config"),
        *("architecture", "os"),
    )
)
_DROPPED = frozenset(("id", "parent", "Size", "parent_id", "layer_id", "throwaway"))
_NEVER = "0001-01-01T00:00:00Z"


@dataclass(frozen=True)
class Blob:
    """Content as a registry names it.

    Attributes:
        digest: Digest, `sha256:` and 64 hexadecimal digits.
        size: Size in bytes.
    """

    digest: str
    size: int


@dataclass(frozen=True)
class LayerFacts:
    """What is known of a layer after it was read.

    Attributes:
        blob: Digest and size of the bytes as stored.
        diff_id: Digest of the tar, unpacked where it is packed.
        media_type: Media type of the layer, gzip or plain.
    """

    blob: Blob
    diff_id: str
    media_type: str


@dataclass(frozen=True)
class V2Image:
    """What is written to the registry beside the layers."""

    config: bytes
    manifest: bytes


def digest_of(content: bytes) -> str:
    """Return `sha256:` and the digest in hexadecimal."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def convert(chain: Sequence[tuple[V1Image, LayerFacts | None]]) -> V2Image:
    """Make the v2 image of a chain.

    Args:
        chain: The lowest image first; None for the layer of a throwaway one. Not empty.
    """
    layers = [facts for _, facts in chain if facts is not None]
    config = _encoded(
        _settings(chain[-1][0])
        | {
            "rootfs": {"type": "layers", "diff_ids": [facts.diff_id for facts in layers]},
            "history": [_line(image, empty=facts is None) for image, facts in chain],
        }
    )
    described = Blob(digest_of(config), len(config))
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST_TYPE,
        "config": _descriptor(CONFIG_TYPE, described),
        "layers": [_descriptor(facts.media_type, facts.blob) for facts in layers],
    }
    return V2Image(config, _encoded(manifest))


def _settings(image: V1Image) -> dict[str, object]:
    fields = image.fields
    if _version(fields.get("docker_version")) < _TRUSTED_SINCE:
        kept = {key: fields[key] for key in fields if key in _KEPT_FIELDS and fields[key] not in (None, "")}
    else:
        kept = {key: fields[key] for key in fields if key not in _DROPPED}
    # Docker of before 2013 left them out, and ran on nothing else; today's refuses an image without.
    kept["architecture"] = kept.get("architecture") or "amd64"
    kept["os"] = kept.get("os") or "linux"
    return kept


def _version(text: object) -> tuple[int, ...]:
    """As moby's `versions.LessThan` reads it: what is no number counts as 0."""
    parts = text.split(".") if isinstance(text, str) else []
    return tuple(int(part) if part.isdecimal() and part.isascii() else 0 for part in parts)


def _line(image: V1Image, *, empty: bool) -> dict[str, object]:
    fields = image.fields
    line: dict[str, object] = {"created": fields.get("created") or _NEVER}
    details = {
        "author": fields.get("author"),
        "created_by": _command(fields),
        "comment": fields.get("comment"),
    }
    line |= {key: value for key, value in details.items() if value}
    return line | ({"empty_layer": True} if empty else {})


def _command(fields: Mapping[str, object]) -> str:
    container_config = fields.get("container_config")
    words = container_config.get("Cmd") if isinstance(container_config, dict) else None
    if isinstance(words, str):
        return words
    return " ".join(str(word) for word in words) if isinstance(words, list) else ""


def _descriptor(media_type: str, blob: Blob) -> dict[str, object]:
    return {"mediaType": media_type, "size": blob.size, "digest": blob.digest}


def _encoded(value: object) -> bytes:
    # No sorting: the order is that of the v1 JSON, which is the same at every run. Lone surrogates, which
    # JSON allows and UTF-8 does not, stay escaped.
    return json.dumps(value, separators=(",", ":"), ensure_ascii=True).encode()

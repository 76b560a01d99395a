"""A v1 image: one layer, and the JSON that describes it and names its parent."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from operate.migration.source.layout import IMAGE_ID


class BadImageError(Exception):
    """An image cannot be migrated; the message has the piece, the reason, and the remedy."""


@dataclass(frozen=True)
class V1Image:
    """A v1 image as its JSON describes it.

    Attributes:
        identifier: Identifier, 64 hexadecimal digits.
        parent: The identifier of the image below it; None for the lowest.
        fields: The JSON as it is.
    """

    identifier: str
    parent: str | None
    fields: Mapping[str, object]

    @property
    def throwaway(self) -> bool:
        """Whether Docker marked it as one without a layer of its own."""
        return self.fields.get("throwaway") is True


def parse_image(identifier: str, document: bytes) -> V1Image:
    """Read an image's JSON.

    Raises:
        BadImageError: The text is no JSON object, or that of another image.
    """
    where = f"the JSON of image {identifier[:12]}"
    fields = parse_json(document, where)
    if not isinstance(fields, dict):
        raise BadImageError(f"{where} is no object; push the image to the legacy registry again")
    if fields.get("id") != identifier:
        raise BadImageError(f"{where} describes another image; push the image to the legacy registry again")
    parent = fields.get("parent") or None
    if parent is not None and not (isinstance(parent, str) and IMAGE_ID.fullmatch(parent)):
        raise BadImageError(f"{where} names a parent that is no image id; push the image again")
    return V1Image(identifier, parent, fields)


def parse_ancestry(identifier: str, document: bytes) -> tuple[str, ...]:
    """Read an image's ancestry: image ids, itself first, the lowest last.

    Raises:
        BadImageError: The text is no list of image ids.
    """
    where = f"the ancestry of image {identifier[:12]}"
    ids = parse_json(document, where)
    if not isinstance(ids, list) or not all(
        isinstance(identifier, str) and IMAGE_ID.fullmatch(identifier) for identifier in ids
    ):
        raise BadImageError(f"{where} is no list of image ids; push the image to the legacy registry again")
    if ids[:1] != [identifier] or len(set(ids)) != len(ids):
        raise BadImageError(f"{where} does not begin with it, or repeats an image; push the image again")
    return tuple(ids)


def parse_checksum(document: bytes) -> str | None:
    """Return the stored SHA-256 over JSON and layer, in hexadecimal; None where there is none of that kind.

    Written by docker-registry 0.7.3 `images.py` (`save_checksums`): a JSON list with `sha256:...`, and
    `tarsum+sha256:...` for clients before 0.10; older registries wrote one plain string (`load_checksums`).
    """
    try:
        checksums: object = json.loads(document)
    except ValueError:
        checksums = [document.decode(errors="replace").strip()]
    for checksum in checksums if isinstance(checksums, list) else [checksums]:
        if isinstance(checksum, str) and checksum.startswith("sha256:"):
            return checksum.removeprefix("sha256:")
    return None


def parse_json(document: bytes, where: str) -> object:
    """Read JSON.

    Args:
        document: The bytes.
        where: Names it in the error.

    Raises:
        BadImageError: The text is no JSON.
    """
    try:
        value: object = json.loads(document)
    except (ValueError, RecursionError):
        raise BadImageError(f"{where} is no JSON; push the image to the legacy registry again") from None
    return value

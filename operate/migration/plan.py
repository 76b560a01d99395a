"""What is to be migrated, decided on the small objects alone: tags, ancestries, JSONs, checksums."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from messages.count import format_count
from operate.migration.source.layout import IMAGE_ID, Catalogue, LegacyTag, StoredObject
from operate.migration.source.v1_image import (
    BadImageError,
    V1Image,
    parse_ancestry,
    parse_checksum,
    parse_image,
)

_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_NAME = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
"""Names and tags of the v2 protocol (distribution 2.8.3, reference/regexp.go)."""
_NAME_LIMIT = 255
_NO_NAMES: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Documents:
    """The small objects, by what they belong to; what could not be found is absent."""

    tags: Mapping[LegacyTag, bytes]
    ancestries: Mapping[str, bytes]
    images: Mapping[str, bytes]
    checksums: Mapping[str, bytes]


@dataclass(frozen=True)
class PlannedLayer:
    """One image of a chain.

    Attributes:
        image: Parsed from its JSON.
        document: JSON of the image, byte by byte as it is stored.
        stored: The object with the layer; None for an image that has none of its own.
        checksum: The legacy registry's SHA-256 over JSON, newline and layer; None where it has none.
    """

    image: V1Image
    document: bytes
    stored: StoredObject | None
    checksum: str | None


@dataclass(frozen=True)
class PlannedImage:
    """A tag with its chain, the lowest layer first."""

    name: str
    tag: str
    chain: tuple[PlannedLayer, ...]

    @property
    def reference(self) -> str:
        """`name:tag`, in the v2 registry."""
        return f"{self.name}:{self.tag}"

    @property
    def legacy_id(self) -> str:
        """The v1 image that the tag points at."""
        return self.chain[-1].image.identifier


@dataclass(frozen=True)
class Problem:
    """A tag that cannot be migrated, and why."""

    reference: str
    reason: str


@dataclass(frozen=True)
class Plan:
    """What is to be done, in order, and what cannot be."""

    images: tuple[PlannedImage, ...]
    problems: tuple[Problem, ...]

    @property
    def layers(self) -> Mapping[str, tuple[PlannedLayer, str]]:
        """Image id -> its layer, and the repository that it goes to first; in order, each once."""
        layers: dict[str, tuple[PlannedLayer, str]] = {}
        for image in self.images:
            for layer in image.chain:
                if layer.stored is not None:
                    layers.setdefault(layer.image.identifier, (layer, image.name))
        return MappingProxyType(layers)

    @property
    def bytes(self) -> int:
        """Bytes of all layers, each counted once, as the listing has them."""
        return sum(layer.stored.size for layer, _ in self.layers.values() if layer.stored is not None)

    def as_json(self) -> dict[str, object]:
        """The plan as plain data."""
        return {
            "images": [
                {"reference": image.reference, "chain": [layer.image.identifier for layer in image.chain]}
                for image in self.images
            ],
            "problems": [
                {"reference": problem.reference, "reason": problem.reason} for problem in self.problems
            ],
            "layers": len(self.layers),
            "bytes": self.bytes,
        }

    def lines(self) -> Iterable[str]:
        """The plan for people: a line an image, then the sums."""
        for image in self.images:
            layers = format_count(len(image.chain), "layer")
            yield f"to migrate: {image.reference} ({layers}, top {image.legacy_id[:12]})"
        for problem in self.problems:
            yield f"cannot: {problem.reference} {problem.reason}"
        yield (
            f"{format_count(len(self.images), 'image')} of {format_count(len(self.layers), 'layer')} with"
            f" {format_count(self.bytes, 'byte')}; {len(self.problems)} cannot be migrated"
        )


def choose(tags: Iterable[LegacyTag], repositories: Collection[str]) -> tuple[LegacyTag, ...]:
    """Return the tags of the repositories named, with or without `library/`; of all where none is named."""
    return tuple(tag for tag in tags if not repositories or {tag.name, tag.legacy_name} & set(repositories))


def pointed_at(content: bytes) -> str | None:
    """Return the image id that a tag's object holds; None where it holds something else."""
    text = content.decode(errors="replace").strip()
    return text if IMAGE_ID.fullmatch(text) else None


def is_repository_name(name: str) -> bool:
    """Whether the v2 protocol allows a repository's name."""
    return _NAME.fullmatch(name) is not None and len(name) <= _NAME_LIMIT


def make_plan(
    listing: Catalogue, tags: Iterable[LegacyTag], documents: Documents, names: Mapping[str, str] = _NO_NAMES
) -> Plan:
    """Plan the migration of some tags.

    Args:
        listing: Objects of the container.
        tags: Tags to migrate.
        documents: Small objects of the tags' images.
        names: The v2 names of repositories, by their v1 names; of all others it is the same.
    """
    images: list[PlannedImage] = []
    sources: dict[str, str] = {}
    problems: list[Problem] = []
    for tag in tags:
        content = documents.tags.get(tag, b"")
        if tag.ambiguous and pointed_at(content) is None:
            continue
        name = names.get(tag.name, names.get(tag.legacy_name, tag.name))
        try:
            image = _image(tag, name, content, listing, documents)
            _require_own_name(image, tag, sources)
            images.append(image)
        except BadImageError as error:
            problems.append(Problem(f"{tag.name}:{tag.tag}", str(error)))
    return Plan(tuple(images), tuple(problems))


def _require_own_name(image: PlannedImage, tag: LegacyTag, sources: dict[str, str]) -> None:
    source = sources.setdefault(image.reference, tag.name)
    if source != tag.name:
        raise BadImageError(
            f"would become {image.reference}, as {source}:{tag.tag} does; give one of them another name"
            " (option --rename)"
        )


def _image(
    tag: LegacyTag, name: str, content: bytes, listing: Catalogue, documents: Documents
) -> PlannedImage:
    if not is_repository_name(name):
        raise BadImageError(
            f"the v2 protocol does not allow the name {name!r}; give it another one, of lower case letters"
            f" and digits with single . _ or - between them (option --rename '{tag.name}=NEW')"
        )
    if not _TAG.fullmatch(tag.tag):
        raise BadImageError(
            f"the v2 protocol does not allow the tag {tag.tag!r}; tag the image again and push it"
        )
    identifier = pointed_at(content)
    if identifier is None:
        raise BadImageError(f"{tag.stored} holds no image id; push the tag to the legacy registry again")
    if identifier not in documents.ancestries:
        raise _missing(identifier, "ancestry")
    ancestry = parse_ancestry(identifier, documents.ancestries[identifier])
    chain = [_layer(identifier, listing.images.get(identifier, {}), documents) for identifier in ancestry]
    for layer, parent in zip(chain, [*ancestry[1:], None], strict=True):
        if layer.image.parent != parent:
            raise BadImageError(
                f"ancestry and JSON disagree about the parent of image {layer.image.identifier[:12]}; push"
                " the image to the legacy registry again"
            )
    return PlannedImage(name, tag.tag, tuple(reversed(chain)))


def _layer(identifier: str, pieces: Mapping[str, StoredObject], documents: Documents) -> PlannedLayer:
    if identifier not in documents.images:
        raise _missing(identifier, "json")
    if "_inprogress" in pieces:
        raise BadImageError(
            f"image {identifier[:12]} was never pushed completely, and the legacy registry does not serve"
            " it either; push it again"
        )
    document = documents.images[identifier]
    image = parse_image(identifier, document)
    stored = None if image.throwaway else pieces.get("layer")
    if stored is None and not image.throwaway:
        raise _missing(identifier, "layer")
    checksum = documents.checksums.get(identifier)
    return PlannedLayer(image, document, stored, None if checksum is None else parse_checksum(checksum))


def _missing(identifier: str, piece: str) -> BadImageError:
    return BadImageError(
        f"image {identifier[:12]} has no {piece} in the container; push it to the legacy registry again"
    )

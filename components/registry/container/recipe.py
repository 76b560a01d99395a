"""ContainerRecipe: everything that a registry's container is created from, as plain data without a secret.

A container is created from its recipe and nothing else, so that whatever is added to it counts: the image and
every file that it is built from, the container's inputs, the files put into it, with marks in place of
secrets, and a digest of each secret, so that a rotated one is another recipe. A field that is added later is
left out of the text while it is empty, so that the fingerprints of containers that exist stay as they are.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from components.access.certificate import derive
from components.access.door_credential import PASSWORD
from components.access.secret_mark import mark
from components.registry.container.shape import (
    Confinement,
    ContainerFile,
    ContainerShape,
    HealthCheck,
    Mount,
    PublishedPort,
)

LOG_OPTIONS: Mapping[str, str] = {"max-size": "10m", "max-file": "3"}
_FINGERPRINT_CHARACTERS = 16
_LINE_CHARACTERS = 160
"""The longest line of a recipe that is shown to people."""


@dataclass(frozen=True)
class ImageSource:
    """What an image is built from.

    Attributes:
        name: Name of the image.
        base_image: The Dockerfile's base.
        base_archive: Digest of the archive that the base comes from; "" where it is pulled.
        build_args: Arguments that are filled into the Dockerfile.
        files: Digests of the files in its folder, the Dockerfile for one.
    """

    name: str
    base_image: str
    base_archive: str = ""
    build_args: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """64 hexadecimal digits that differ where an image would be another one."""
        return _digest(json.dumps(asdict(self), sort_keys=True))


@dataclass(frozen=True)
class ContainerRecipe:
    """Everything that a container is created from.

    Attributes:
        image: Image of the container.
        shape: Inputs of the container.
        memory: Limit of the container's memory in MB.
        restart: When Docker starts it again.
        log_driver: Log driver of Docker, which says where the log goes.
        log_options: Options of the log driver.
        secrets: Digests of the secrets in its files, by the names of their marks.
        memory_swap: MB of swap space beyond the memory; None for none.
    """

    image: ImageSource
    shape: ContainerShape
    memory: int
    restart: str = "unless-stopped"
    log_driver: str = "json-file"
    log_options: Mapping[str, str] = field(default_factory=lambda: LOG_OPTIONS)
    secrets: Mapping[str, str] = field(default_factory=dict)
    memory_swap: int | None = None

    @property
    def memory_and_swap(self) -> int:
        """MB of memory and swap space together, as Docker's `--memory-swap` counts them."""
        return self.memory + (self.memory_swap or 0)

    @property
    def digest(self) -> str:
        """16 hexadecimal digits that differ where a container would be made otherwise."""
        return _digest(self.text)[:_FINGERPRINT_CHARACTERS]

    @property
    def text(self) -> str:
        """The recipe as JSON, without what is empty; `recipe_from` reads it."""
        return json.dumps(_without_empty(asdict(self)), sort_keys=True)


def recipe_from(text: str) -> ContainerRecipe:
    """Read a recipe.

    Raises:
        ValueError: The text is no recipe, or one of another version of this program.
    """
    try:
        values = json.loads(text)
        return ContainerRecipe(**{
            **values,
            "image": ImageSource(**values["image"]),
            "log_options": values.get("log_options", {}),
            "secrets": values.get("secrets", {}),
            "shape": _shape(values["shape"]),
        })  # fmt: skip
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"not a recipe of this version: {error}") from None


def secret_digest(secret: str) -> str:
    """Return 16 hexadecimal digits that distinguish one secret from another; "" for none.

    The secrets of a container have at least 128 random bits each, so that nobody finds one by its digest.
    """
    return derive(secret, "digest of a secret", 8).hex() if secret else ""


def secret_digests(shape: ContainerShape, secrets: Mapping[str, str]) -> dict[str, str]:
    """Return the digests of the secrets that a container depends on, by the names of their marks.

    They are those in its files, and the password with which front doors come to it: while a release stays as
    it was made, doors keep coming with the password of that time.

    Args:
        shape: Shape of the container, with marks.
        secrets: Secrets by the names of their marks.
    """
    return {
        name: secret_digest(secret)
        for name, secret in secrets.items()
        if name == PASSWORD or any(mark(name) in file.content for file in shape.files)
    }


def fingerprint(texts: Mapping[str, str]) -> str:
    """Return the fingerprint of a colour: `GENERATION.DIGITS`, joined by `+`.

    The 16 hexadecimal digits differ where the container would be made otherwise.

    Args:
        texts: Recipes of one colour, by generation.
    """
    digests = {generation: _digest(text)[:_FINGERPRINT_CHARACTERS] for generation, text in texts.items()}
    return "+".join(f"{generation}.{digits}" for generation, digits in digests.items())


def recipe_lines(texts: Mapping[str, str]) -> tuple[str, ...]:
    """Return recipes for people, a value a line; two colours are compared by them.

    Args:
        texts: Recipes of one colour, by generation.
    """
    values = {generation: json.loads(text) for generation, text in texts.items()}
    return tuple(line[:_LINE_CHARACTERS] for line in _lines("", values))


def describe_changes(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """Return what differs between recipes of one colour, by generation, for people; "" for nothing."""
    old, new = recipe_lines(before), recipe_lines(after)
    removed = [f"before: {line}" for line in old if line not in new]
    return "; ".join([*removed, *(f"now: {line}" for line in new if line not in old)])


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _shape(values: dict[str, Any]) -> ContainerShape:
    health, port, confinement = values["health"], values.get("port"), values.get("confinement")
    return ContainerShape(**{
        "environment": {},
        **values,
        "command": tuple(values["command"]),
        "entrypoint": tuple(values.get("entrypoint", ())),
        "files": tuple(ContainerFile(**file) for file in values.get("files", ())),
        "mounts": tuple(Mount(**mount) for mount in values.get("mounts", ())),
        "health": HealthCheck(**{**health, "test": tuple(health["test"])}),
        "port": PublishedPort(**port) if port else None,
        "confinement": _confinement(confinement) if confinement else None,
        "scratch_folders": tuple(values.get("scratch_folders", ())),
    })  # fmt: skip


def _confinement(values: dict[str, Any]) -> Confinement:
    return Confinement(**{
        **values,
        "dropped_capabilities": tuple(values.get("dropped_capabilities", ())),
        "security_options": tuple(values.get("security_options", ())),
    })  # fmt: skip


def _without_empty(value: object) -> object:
    """Leave out what is empty, in mappings, at any depth; zero and False stay."""
    match value:
        case dict():
            kept = {key: _without_empty(inner) for key, inner in value.items()}
            return {key: inner for key, inner in kept.items() if inner not in (None, "", (), [], {})}
        case list() | tuple():
            return [_without_empty(inner) for inner in value]
    return value


def _lines(place: str, value: object) -> Iterator[str]:
    match value:
        case dict():
            for key, inner in value.items():
                yield from _lines(f"{place}.{key}" if place else key, inner)
        case list():
            for number, inner in enumerate(value):
                yield from _lines(f"{place}.{number}", inner)
        case str():
            for line in value.splitlines() or [""]:
                yield f"{place} {line.strip()}".rstrip()
        case _:
            yield f"{place} {json.dumps(value)}"

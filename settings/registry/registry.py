"""The registry itself."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast, get_args

from settings.ports import read_port
from settings.reader import Reader
from settings.registry.capacity import (
    CapacityRequest,
    LegacyCapacity,
    ModernCapacity,
    legacy_capacity,
    read_at_once,
    read_capacity_request,
    read_memory,
    read_memory_swap,
)
from settings.registry.content_policy import ContentPolicy, read_content_policy
from settings.storage import S3Settings, StorageSettings, SwiftSettings

GenerationChoice = Literal["modern", "legacy", "both"]

_LEGACY_PORT = 5080
_DIGESTS = {
    "2.8.3": "sha256:a3d8aaa63ed8681a604f1dea0aa03f100d5895b6a58ace528858a7b332415373",
    "3.1.1": "sha256:1be55279f18a2fe1a74edf2664cac61c1bea305b7b4642dab412e7affdcb3e33",
}
"""Digests of the public images of the default versions, as public projects pin them (November 2026)."""
_VERSION = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+")


def usual_base(version: str, archive: Path | None = None) -> str:
    """Return the base image of a version of distribution.

    Args:
        version: Version, such as 2.8.3.
        archive: Archive that the base comes from, where it has no digest of a registry; None pulls it.

    Returns:
        The public image, by its digest where that is known.
    """
    digest = _DIGESTS.get(version) if archive is None else None
    return f"registry:{version}@{digest}" if digest else f"registry:{version}"


def public_bases() -> tuple[str, ...]:
    """Return the public base images of the default versions, and that of the article, which has no digest."""
    return (*(usual_base(version) for version in _DIGESTS), "registry:0.7.3")


@dataclass(frozen=True)
class ModernSettings:
    """Distribution.

    Attributes:
        version: Version of distribution; begins with 2 for Swift, since 3 has no Swift driver.
        base_image: The Dockerfile's base.
        base_archive: A `docker save` archive of the base; None pulls it.
        redirect: Send clients to the object storage for layers, by temporary or presigned URLs.
        requested: Requested memory, and uploads and pulls at once.
        health_seconds: Seconds in which a new container must become healthy.
        content: What it takes and lists.
        memory_swap: MB of swap space beyond the memory limit of the container; 0 for none.
    """

    version: str
    base_image: str
    base_archive: Path | None
    redirect: bool
    requested: CapacityRequest
    health_seconds: int
    content: ContentPolicy
    memory_swap: int

    @property
    def has_usual_base(self) -> bool:
        """Whether the base is the public image of the version, by its digest or by its name."""
        return self.base_image.partition("@")[0] == f"registry:{self.version}"

    @property
    def capacity(self) -> ModernCapacity:
        """What is served at once."""
        return self.requested.capacity

    @property
    def memory(self) -> int:
        """Limit of the container in MB."""
        return self.capacity.memory


@dataclass(frozen=True)
class LegacySettings:
    """The article's registry 0.7.3.

    Attributes:
        port: TCP port.
        has_chosen_port: Whether the stack file names the port.
        container: Swift container; the account is the environment's.
        workers: Processes that serve.
        base_archive: A `docker save` archive of `registry:0.7.3`; None pulls it.
        requested_layers: Requested layers at once; 0 follows from the memory.
        requested_memory: Limit of the container in MB; 0 follows from the layers.
        health_seconds: Seconds in which a new container must become healthy.
        memory_swap: MB of swap space beyond the memory limit of the container; 0 for none.
    """

    port: int
    has_chosen_port: bool
    container: str
    workers: int
    base_archive: Path | None
    requested_layers: int
    requested_memory: int
    health_seconds: int
    memory_swap: int

    @property
    def capacity(self) -> LegacyCapacity:
        """What is served at once."""
        return legacy_capacity(self.workers, self.requested_layers, self.requested_memory)

    @property
    def memory(self) -> int:
        """Limit of the container in MB."""
        return self.capacity.memory


@dataclass(frozen=True)
class RegistrySettings:
    """Which generations run, each None where it does not."""

    modern: ModernSettings | None
    legacy: LegacySettings | None


def read_registry(reader: Reader, storage: StorageSettings, port: int) -> RegistrySettings:
    """Read the generations; what cannot go together is reported.

    Args:
        reader: Reader of the whole stack.
        storage: Settings of the storage, as read.
        port: The registry's, which legacy has where it is alone.
    """
    generation = cast(GenerationChoice, reader.choice("registryGeneration", get_args(GenerationChoice)))
    if generation != "modern" and not isinstance(storage, SwiftSettings):
        reader.report("registryGeneration", "legacy keeps its images in Swift; set registryStorage to swift")
    # Choice: Docker's longest pause before it starts a container again is one minute; a storage that comes
    # back within the first is waited for.
    health_seconds = reader.within("healthSeconds", 10, 3600)
    return RegistrySettings(
        modern=_modern(reader, storage, health_seconds) if generation != "legacy" else None,
        legacy=_legacy(reader, storage, port, health_seconds, is_only_generation=generation == "legacy")
        if generation != "modern"
        else None,
    )


def _modern(reader: Reader, storage: StorageSettings, health_seconds: int) -> ModernSettings:
    default = "3.1.1" if isinstance(storage, S3Settings) else "2.8.3"
    version = reader.matching("registryVersion", _VERSION, "a version such as 2.8.3") or default
    if isinstance(storage, SwiftSettings) and not version.startswith("2."):
        reader.report("registryVersion", f"{version} has no Swift driver; take 2.8.3, the last that has it")
    requested = read_capacity_request(reader)
    if problem := requested.problem:
        reader.report("registryMemory", problem)
    archive = _archive(reader, "registryBaseArchive")
    return ModernSettings(
        version=version,
        base_image=reader.take("registryBaseImage", str) or usual_base(version, archive),
        base_archive=archive,
        redirect=reader.take("registryRedirect", bool),
        requested=requested,
        health_seconds=health_seconds,
        content=read_content_policy(reader),
        memory_swap=read_memory_swap(reader),
    )


def _legacy(
    reader: Reader, storage: StorageSettings, port: int, health_seconds: int, *, is_only_generation: bool
) -> LegacySettings:
    container = (storage.legacy_container or storage.container) if isinstance(storage, SwiftSettings) else ""
    # The default, 0, stands for the usual port.
    is_chosen = not is_only_generation and reader.raw("legacyPort") not in (None, 0)
    chosen_port = read_port(reader, "legacyPort") if is_chosen else 0
    legacy = LegacySettings(
        port=port if is_only_generation else chosen_port or _LEGACY_PORT,
        has_chosen_port=chosen_port != 0,
        container=container,
        workers=reader.within("legacyWorkers", 1, 64),
        base_archive=_archive(reader, "legacyBaseArchive"),
        requested_layers=read_at_once(reader, "legacyLayers"),
        requested_memory=read_memory(reader, "legacyMemory"),
        health_seconds=health_seconds,
        memory_swap=read_memory_swap(reader),
    )
    if not is_only_generation and legacy.port == port:
        reader.report("legacyPort", f"{port} is the modern registry's; take another")
    return legacy


def _archive(reader: Reader, key: str) -> Path | None:
    archive = reader.take(key, str)
    return Path(archive).expanduser() if archive else None

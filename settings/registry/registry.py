"""The registry itself, and who reaches it."""

import ipaddress
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast, get_args

from messages.count import format_count
from settings.access.roles import Role, read_roles
from settings.doors.door_limits import DoorLimits, read_door_limits
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
ListenChoice = Literal["private", "public", "loopback"]

_LEGACY_PORT = 5080
_USER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,254}")
_DATACENTER = "{datacenter}"
_NAME = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?")
_SSH_PORT, METRICS_PORT = 22, 8405
OWN_PORTS = range(15000, 15500)
"""TCP ports of the colours, on each server that carries a registry (components)."""
STORAGE_PORT = 509
"""TCP port of the way to Swift on the server's loopback (choice).

The registry sends the storage's key there. Below 1024, no user of the server but root can take the port
before HAProxy does."""
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
class AccessSettings:
    """Who reaches the registry.

    Attributes:
        listen: Address it listens on.
        port: TCP port.
        global_ip: Whether a global IP is in front of all doors.
        name: DNS name at which clients reach it, `{datacenter}` in it to be filled in; "" for the address.
        name_in_hosts: Let the servers that verify know the name by `/etc/hosts` instead of DNS.
        user: Name of the first user.
        firewall: Whether a server lets in only what is needed.
        ssh_from: Networks from which SSH is let in; empty means all.
        registry_from: Networks from which the registry is reached; empty means all.
        certificate: PEM of a certificate with its intermediates; "" issues one by the stack's authority.
        certificate_authority: PEM of the root, where it is none that clients know.
        limits: Limits of each front door.
        roles: Roles of users, by name; a user who has none has `settings.roles.DEFAULT_ROLE`.
    """

    listen: ListenChoice
    port: int
    global_ip: bool
    name: str
    name_in_hosts: bool
    user: str
    firewall: bool
    ssh_from: tuple[str, ...]
    registry_from: tuple[str, ...]
    certificate: str
    certificate_authority: str
    limits: DoorLimits
    roles: Mapping[str, Role]

    @property
    def domain(self) -> str:
        """Domain of every name that the stack's registries have; "" where clients use addresses.

        It does not change when a datacenter comes or goes, as the authority that is limited to it must not.
        """
        _, template, after = self.name.rpartition(_DATACENTER)
        return after.partition(".")[2] if template else self.name

    @property
    def is_shared(self) -> bool:
        """Whether one address or name leads to every front door, whatever its datacenter."""
        return self.global_ip or bool(self.name and _DATACENTER not in self.name)

    def name_in(self, datacenter: str) -> str:
        """The name of a datacenter's registry; "" where clients use its address."""
        return self.name.replace(_DATACENTER, datacenter)


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
    chosen_port = _port(reader, "legacyPort") if is_chosen else 0
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


def _port(reader: Reader, key: str) -> int:
    port = reader.within(key, 1, 65535)
    if port in (_SSH_PORT, STORAGE_PORT, METRICS_PORT) or port in OWN_PORTS:
        reader.report(
            key,
            f"must not be {_SSH_PORT} (SSH), {STORAGE_PORT} (the way to Swift), {METRICS_PORT} (HAProxy's"
            " figures) or"
            f" {OWN_PORTS[0]} to {OWN_PORTS[-1]} (the colours), got {port}",
        )
    return port


def _archive(reader: Reader, key: str) -> Path | None:
    archive = reader.take(key, str)
    return Path(archive).expanduser() if archive else None


def read_access(reader: Reader, datacenters: Collection[str]) -> AccessSettings:
    """Read who reaches the registry; each datacenter's has its own name, unless one address serves all."""
    listen = cast(ListenChoice, reader.choice("registryListen", get_args(ListenChoice)))
    global_ip = reader.take("globalIp", bool)
    if global_ip and listen != "public":
        reader.report("globalIp", f"is a public address; set registryListen to public instead of {listen}")
    return AccessSettings(
        listen=listen,
        port=_port(reader, "registryPort"),
        global_ip=global_ip,
        name=_name(reader, set() if global_ip else datacenters),
        name_in_hosts=reader.take("registryNameInHosts", bool),
        user=reader.matching("registryUser", _USER, "letters, digits, . _ -"),
        firewall=reader.take("firewall", bool),
        ssh_from=_networks(reader, "sshFrom"),
        registry_from=_networks(reader, "registryFrom"),
        certificate=reader.take("registryCertificate", str),
        certificate_authority=reader.take("registryCertificateAuthority", str),
        limits=read_door_limits(reader),
        roles=read_roles(reader),
    )


def _name(reader: Reader, datacenters: Collection[str]) -> str:
    name = reader.take("registryName", str)
    filled = name.replace(_DATACENTER, "dal05")
    if name and (len(filled) > 253 or not _NAME.fullmatch(filled)):
        reader.report("registryName", f"must be a DNS name such as registry.example.com, not {name!r}")
    elif _DATACENTER in name and "." not in name.rpartition(_DATACENTER)[2]:
        reader.report("registryName", f"must have a domain behind {_DATACENTER}, got {name!r}")
    elif name and _DATACENTER not in name and len(datacenters) > 1:
        reader.report(
            "registryName",
            f"{name} would name {format_count(len(datacenters), 'registry', 'registries')}; write"
            f" {_DATACENTER} where the datacenter goes",
        )
    return name


def _networks(reader: Reader, key: str) -> tuple[str, ...]:
    networks = reader.items(key, str)
    for position, network in enumerate(networks):
        try:
            ipaddress.ip_network(network)
        except ValueError:
            reader.report(f"{key}[{position}]", f"must be a network such as 10.0.0.0/8, not {network!r}")
    return networks

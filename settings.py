"""The one reader of the stack's configuration: plain values in, frozen and validated settings out.

`parse` is pure and reports every mistake at once; `read` is its thin edge to `pulumi.Config`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar, cast, get_args

import pulumi

StorageDriverChoice = Literal["auto", "overlay2"]
ListenChoice = Literal["private", "public", "loopback"]
RoleChoice = Literal["registry", "client"]

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
_DOMAIN = re.compile(rf"{_LABEL.pattern}(\.{_LABEL.pattern})+")
_CONTAINER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,254}")
_T = TypeVar("_T")


class SettingsError(Exception):
    """The stack's configuration is wrong; the message lists every mistake with its key and remedy."""


@dataclass(frozen=True)
class ServerSettings:
    """One server to order.

    Attributes:
        name: unique in its datacenter; with it, begins the hostname.
        datacenter: short name, such as `dal05`.
        os: SoftLayer operating system reference code, such as `UBUNTU_24_64`.
        flavor: flavor key name, or None when `cpus` and `memory` are given.
        cpus: virtual processors, or None with a flavor.
        memory: MB, or None with a flavor.
        hourly: billed by the hour, else by the month.
        disks: sizes in GB, first disk first; empty takes the flavor's or the default one.
        network_speed: Mbps.
        tags: tags in the account, beside those that the program sets.
        role: `registry` servers may carry the registry; `client` servers only use it.
    """

    name: str
    datacenter: str
    os: str
    flavor: str | None
    cpus: int | None
    memory: int | None
    hourly: bool
    disks: tuple[int, ...]
    network_speed: int
    tags: tuple[str, ...]
    role: RoleChoice


@dataclass(frozen=True)
class ObjectStoreSettings:
    """Where the registry keeps everything: datacenter, container, and whether destroy may empty it."""

    datacenter: str
    container: str
    force_destroy: bool


@dataclass(frozen=True)
class RegistrySettings:
    """How the registry runs: address, TCP port, memory limit in MB, base image, first user."""

    listen: ListenChoice
    port: int
    memory: int
    base_image: str
    base_archive: Path | None
    user: str


@dataclass(frozen=True)
class Settings:
    """An environment, whole."""

    domain: str
    ssh_key_file: Path
    servers: tuple[ServerSettings, ...]
    storage_driver: StorageDriverChoice
    object_store: ObjectStoreSettings
    registry: RegistrySettings
    protect: bool

    @property
    def datacenters(self) -> tuple[str, ...]:
        """Datacenters in the order in which the servers first name them."""
        return tuple(dict.fromkeys(server.datacenter for server in self.servers))


class _Reader:
    """Takes typed values out of one mapping and gathers what is wrong instead of stopping at it."""

    def __init__(self, values: Mapping[str, object], where: str, problems: list[str]) -> None:
        self._values = values
        self._where = where
        self._problems = problems

    def report(self, key: str, problem: str) -> None:
        self._problems.append(f"{self._where}{key}: {problem}")

    def take(self, key: str, kind: type[_T], default: _T | None = None) -> _T:
        value = self._values.get(key, default)
        exact = isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
        if exact:
            return cast(_T, value)
        self.report(key, "is missing" if value is None else f"must be of type {kind.__name__}, not {value!r}")
        return kind()

    def optional(self, key: str, kind: type[_T]) -> _T | None:
        return self.take(key, kind) if self._values.get(key) is not None else None

    def choice(self, key: str, choices: tuple[str, ...], default: str) -> str:
        value = self.take(key, str, default)
        if value not in choices:
            self.report(key, f"must be one of {', '.join(choices)}, not {value!r}")
        return value

    def matching(self, key: str, pattern: re.Pattern[str], meaning: str, default: str | None = None) -> str:
        value = self.take(key, str, default)
        if value and not pattern.fullmatch(value):
            self.report(key, f"must be {meaning}, not {value!r}")
        return value

    def within(self, key: str, low: int, high: int, default: int) -> int:
        value = self.take(key, int, default)
        if not low <= value <= high:
            self.report(key, f"must be between {low} and {high}, not {value}")
        return value

    def items(self, key: str, kind: type[_T]) -> tuple[_T, ...]:
        values = self.take(key, list, [])
        for position, value in enumerate(values):
            if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
                self.report(f"{key}[{position}]", f"must be of type {kind.__name__}, not {value!r}")
        return tuple(value for value in values if isinstance(value, kind))

    def reject_unknown(self, known: frozenset[str]) -> None:
        for key in sorted(set(self._values) - known):
            self.report(key, f"is not a setting; known are {', '.join(sorted(known))}")


_SERVER_KEYS = frozenset(
    {
        "name",
        "datacenter",
        "os",
        "flavor",
        "cpus",
        "memory",
        "hourly",
        "disks",
        "networkSpeed",
        "tags",
        "role",
    }
)


def _server(values: Mapping[str, object], position: int, problems: list[str]) -> ServerSettings:
    reader = _Reader(values, f"servers[{position}].", problems)
    reader.reject_unknown(_SERVER_KEYS)
    server = ServerSettings(
        name=reader.matching("name", _LABEL, "lower-case letters, digits and hyphens"),
        datacenter=reader.matching("datacenter", _LABEL, "a datacenter's short name such as dal05"),
        os=reader.take("os", str),
        flavor=reader.optional("flavor", str),
        cpus=reader.optional("cpus", int),
        memory=reader.optional("memory", int),
        hourly=reader.take("hourly", bool, True),
        disks=reader.items("disks", int),
        network_speed=reader.take("networkSpeed", int, 1000),
        tags=reader.items("tags", str),
        role=cast(RoleChoice, reader.choice("role", get_args(RoleChoice), "registry")),
    )
    sized = server.cpus is not None and server.memory is not None
    if (server.flavor is not None) == sized or (server.flavor is None and not sized):
        reader.report("flavor", "give either flavor, or both cpus and memory (MB)")
    return server


def _servers(reader: _Reader, problems: list[str]) -> tuple[ServerSettings, ...]:
    entries = reader.items("servers", dict)
    servers = tuple(_server(entry, position, problems) for position, entry in enumerate(entries))
    if not servers:
        reader.report("servers", "name at least one server")
    names = [f"{server.datacenter}-{server.name}" for server in servers]
    for name in sorted({name for name in names if names.count(name) > 1}):
        reader.report("servers", f"the name {name!r} is given twice")
    for datacenter in dict.fromkeys(server.datacenter for server in servers):
        if not any(server.role == "registry" for server in servers if server.datacenter == datacenter):
            reader.report("servers", f"{datacenter} has no server with the role registry")
    return servers


def _registry(reader: _Reader) -> RegistrySettings:
    archive = reader.take("registryBaseArchive", str, "")
    return RegistrySettings(
        listen=cast(ListenChoice, reader.choice("registryListen", get_args(ListenChoice), "private")),
        port=reader.within("registryPort", 1, 65535, 5000),
        memory=reader.within("registryMemory", 64, 1024 * 1024, 512),
        base_image=reader.take("registryBaseImage", str, "registry:2.8.3"),
        base_archive=Path(archive) if archive else None,
        user=reader.matching("registryUser", _CONTAINER, "letters, digits, . _ -", "docker"),
    )


def parse(values: Mapping[str, object]) -> Settings:
    """Turn the stack's plain values into settings.

    Args:
        values: configuration keys without their namespace, as plain JSON values; keys not given take the
            defaults of Pulumi.yaml.

    Raises:
        SettingsError: with every mistake, one a line.
    """
    problems: list[str] = []
    reader = _Reader(values, "", problems)
    servers = _servers(reader, problems)
    settings = Settings(
        domain=reader.matching("domain", _DOMAIN, "a DNS domain such as registry.example.com"),
        ssh_key_file=Path(reader.take("sshKeyFile", str)).expanduser(),
        servers=servers,
        storage_driver=cast(
            StorageDriverChoice, reader.choice("storageDriver", get_args(StorageDriverChoice), "auto")
        ),
        object_store=ObjectStoreSettings(
            datacenter=reader.take("objectDatacenter", str, "") or (servers[0].datacenter if servers else ""),
            container=reader.matching("objectContainer", _CONTAINER, "letters, digits, . _ -", "docker"),
            force_destroy=reader.take("objectForceDestroy", bool, False),
        ),
        registry=_registry(reader),
        protect=reader.take("protect", bool, True),
    )
    if problems:
        lines = "".join(f"\n  {problem}" for problem in problems)
        raise SettingsError(
            f"the stack's configuration has {len(problems)} mistake(s); edit its file:{lines}"
        )
    return settings


def read(config: pulumi.Config) -> Settings:
    """Read the environment's settings from its stack file; the registry's password stays with `config`.

    Raises:
        SettingsError: as `parse`.
    """
    getters: dict[str, Callable[[str], object]] = {
        "servers": config.get_object,
        "objectForceDestroy": config.get_bool,
        "registryPort": config.get_int,
        "registryMemory": config.get_int,
        "protect": config.get_bool,
    }
    strings = (
        "domain", "sshKeyFile", "storageDriver", "objectDatacenter", "objectContainer",
        "registryListen", "registryBaseImage", "registryBaseArchive", "registryUser",
    )  # fmt: skip
    getters.update(dict.fromkeys(strings, config.get))
    found = {key: getter(key) for key, getter in getters.items()}
    return parse({key: value for key, value in found.items() if value is not None})

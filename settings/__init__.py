"""The one reader of the stack's configuration: plain values in, frozen and validated settings out.

`parse` is pure, loads no Pulumi and reports every mistake at once. `settings.configuration` is its thin edge
to `pulumi.Config`, and reports the mistakes of secrets and of the operator's key pair together with them.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast, get_args

from settings.access.access import AccessSettings, ListenChoice, read_access
from settings.access.door_limits import DEFAULT_DOOR_LIMITS, DoorLimits
from settings.access.key_pair import KEY_VARIABLE
from settings.access.roles import DEFAULT_ROLE, Role
from settings.access.secret_generations import SecretGenerations, SecretName, read_secret_generations
from settings.doors.front_doors import check_doors, read_home, read_retiring_doors
from settings.keys.mistyped_keys import without_consequences
from settings.operating_system import has_systemd, system_problem, takes_user_data
from settings.protection import ProtectionSettings, read_protection
from settings.reader import Reader, SettingsError
from settings.registry.capacity import LegacyCapacity, ModernCapacity
from settings.registry.colours import COLOURS, Colour, ColourSettings, ReleaseSettings, read_colours
from settings.registry.content_policy import DEFAULT_CONTENT_POLICY, ContentPolicy
from settings.registry.registry import LegacySettings, ModernSettings, RegistrySettings, read_registry
from settings.servers.maintenance import MaintenanceSettings, read_maintenance
from settings.servers.servers import (
    ServerSettings,
    datacenters_of,
    datacenters_with_doors,
    front_door_servers,
    idle_servers,
    read_servers,
)
from settings.servers.storage_driver import StorageDriverChoice, unsupported_reason
from settings.servers.unknown_datacenters import explain_unknown_datacenters
from settings.storage import FilesystemSettings, S3Settings, StorageSettings, SwiftSettings, read_storage
from settings.table import with_defaults, without_empty
from settings.vlans import check_vlans
from settings.warnings import open_ssh, unguarded_doors

__all__ = [
    "COLOURS",
    "DEFAULT_CONTENT_POLICY",
    "DEFAULT_DOOR_LIMITS",
    "DEFAULT_ROLE",
    "AccessSettings",
    "Colour",
    "ColourSettings",
    "ContentPolicy",
    "DoorLimits",
    "FilesystemSettings",
    "LegacyCapacity",
    "LegacySettings",
    "ListenChoice",
    "ModernCapacity",
    "ModernSettings",
    "ProtectionSettings",
    "RegistrySettings",
    "ReleaseSettings",
    "Role",
    "S3Settings",
    "SecretGenerations",
    "SecretName",
    "ServerSettings",
    "Settings",
    "SettingsError",
    "StorageDriverChoice",
    "StorageSettings",
    "SwiftSettings",
    "collect",
    "explain_problems",
    "parse",
    "takes_user_data",
]

_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_LONGEST_DOMAIN = 180
"""As the provider takes it, so that a whole host name stays below DNS's 253 characters (choice)."""
_DOMAIN = re.compile(rf"(?=.{{1,{_LONGEST_DOMAIN}}}$){_LABEL}(\.{_LABEL})+")


@dataclass(frozen=True)
class Settings:
    """An environment, whole.

    Attributes:
        ssh_key_file: The operator's private key as the stack file has it, with `~/` for the operator's home
            or relative to the program's folder: the same text for every operator.
        next_ssh_key_file: The one that follows it, while keys are rotated; None otherwise.
        retiring_doors: Servers whose front doors may go, DATACENTER-NAME; known to the stack or not.
        home: The datacenter whose registry stands for the whole environment.
        secret_generations: Generations of the secrets that the program makes.
    """

    domain: str
    ssh_key_file: Path
    next_ssh_key_file: Path | None
    servers: tuple[ServerSettings, ...]
    storage_driver: StorageDriverChoice
    storage: StorageSettings
    registry: RegistrySettings
    colours: ColourSettings
    access: AccessSettings
    protect: ProtectionSettings
    retiring_doors: tuple[str, ...]
    home: str
    secret_generations: SecretGenerations
    maintenance: MaintenanceSettings = field(default_factory=MaintenanceSettings)

    @property
    def storages(self) -> tuple[StorageSettings, ...]:
        """The stack's storage, and those of releases that have another one."""
        releases = (release.storage for release in self.colours.releases.values())
        return tuple(dict.fromkeys((self.storage, *releases)))

    @property
    def datacenters(self) -> tuple[str, ...]:
        """Datacenters of the servers, by name."""
        return datacenters_of(self.servers)

    @property
    def front_doors(self) -> tuple[str, ...]:
        """Servers that have a front door, DATACENTER-NAME, by name."""
        return tuple(
            server.full_name
            for datacenter in self.datacenters
            for server in front_door_servers(self.servers, datacenter)
        )

    @property
    def is_moving(self) -> bool:
        """Whether a front door is there that its clients are to leave for another one."""
        return not set(self.retiring_doors).isdisjoint(self.front_doors)

    @property
    def unguarded_doors(self) -> tuple[str, ...]:
        """Servers with a public front door and no firewall, DATACENTER-NAME."""
        doors = [
            f"{datacenter}-{name}" for datacenter in self.datacenters for name in self.doors_in(datacenter)
        ]
        return unguarded_doors(self.access, doors)

    @property
    def open_ssh(self) -> tuple[str, ...]:
        """Servers whose SSH is open to everybody, DATACENTER-NAME; no unguarded doors, which say so too."""
        names = [server.full_name for server in self.servers if server.full_name not in self.unguarded_doors]
        return open_ssh(self.access, names)

    @property
    def idle_servers(self) -> tuple[str, ...]:
        """Servers with the role registry in a datacenter without a front door, DATACENTER-NAME."""
        return idle_servers(self.servers)

    def doors_in(self, datacenter: str) -> tuple[str, ...]:
        """Names of the servers of a datacenter that have a front door, in alphabetical order."""
        return tuple(server.name for server in front_door_servers(self.servers, datacenter))


def parse(values: Mapping[str, object]) -> Settings:
    """Turn the stack's plain values into settings.

    Args:
        values: Configuration keys without their namespace, as plain JSON values; keys that are left out take
            the defaults of the table of settings.

    Raises:
        SettingsError: The settings have mistakes; the message has one a line.
    """
    problems: list[str] = []
    settings = collect(values, problems)
    if problems:
        raise SettingsError(explain_problems(values, problems))
    return settings


def explain_problems(values: Mapping[str, object], problems: Sequence[str]) -> list[str]:
    """Return mistakes without those that a mistyped key explains; those that a datacenter explains are there.

    Args:
        values: Values as `parse` takes them.
        problems: Mistakes in them, and all other mistakes.
    """
    return explain_unknown_datacenters(values, without_consequences(values, problems), _problems_of)


def _problems_of(values: Mapping[str, object]) -> list[str]:
    problems: list[str] = []
    collect(values, problems)
    return problems


def collect(values: Mapping[str, object], problems: list[str]) -> Settings:
    """Return the settings, which count only where `problems` stays empty.

    Args:
        values: Values as `parse` takes them.
        problems: List to which a line is added for each mistake.
    """
    reader = Reader(with_defaults(without_empty(values)), "", problems)
    servers = read_servers(reader, problems)
    storage = read_storage(reader, servers)
    retiring = read_retiring_doors(reader)
    access = read_access(reader, datacenters_with_doors(servers, retiring))
    check_doors(reader, servers, access, storage, retiring)
    driver = cast(StorageDriverChoice, reader.choice("storageDriver", get_args(StorageDriverChoice)))
    for server in servers:
        if reason := unsupported_reason(driver, server.os):
            reader.report("storageDriver", f"{driver} on {server.full_name} ({server.os}): {reason}")
    registry = read_registry(reader, storage, access.port)
    # As in the article: Docker publishes it, and nothing stands before it.
    doors = registry.legacy is None or access.listen != "loopback"
    colours = read_colours(reader, registry, storage, servers, doors=doors)
    check_vlans(reader, servers, access.listen, colours.releases)
    maintenance = read_maintenance(reader)
    _check_without_systemd(reader, servers, access, maintenance)
    return Settings(
        domain=reader.matching(
            "domain",
            _DOMAIN,
            f"a DNS domain such as registry.example.com, of at most {_LONGEST_DOMAIN} characters, and 63 in"
            " each part",
        ),
        ssh_key_file=_key_place(reader, "sshKeyFile", reader.take("sshKeyFile", str)),
        next_ssh_key_file=_next_key_place(reader),
        # By name: the order of the list means nothing.
        servers=tuple(sorted(servers, key=lambda server: server.full_name)),
        storage_driver=driver,
        storage=storage,
        registry=registry,
        colours=colours,
        access=access,
        protect=read_protection(reader),
        retiring_doors=retiring,
        home=read_home(reader, servers, storage),
        secret_generations=read_secret_generations(reader),
        maintenance=maintenance,
    )


def _check_without_systemd(
    reader: Reader,
    servers: Sequence[ServerSettings],
    access: AccessSettings,
    maintenance: MaintenanceSettings,
) -> None:
    """Refuse what every server is to have and systemd would run on it."""
    for server in servers:
        # What the program cannot work on at all has been reported by its own line.
        if has_systemd(server.os) or not server.os or system_problem(server.os, has_front_doors=False):
            continue
        units = {"firewall": access.firewall, "securityUpdates": maintenance.security_updates}
        for key in (key for key, is_set in units.items() if is_set):
            reader.report(
                key,
                f"must be false where a server has no systemd, which would run it: {server.full_name}"
                f" ({server.os}). Set it to false, or take a newer system for this server",
            )


def _next_key_place(reader: Reader) -> Path | None:
    place = reader.take("nextSshKeyFile", str)
    return _key_place(reader, "nextSshKeyFile", place) if place else None


def _key_place(reader: Reader, key: str, place: str) -> Path:
    if place.startswith("/") or (place.startswith("~") and not place.startswith("~/")):
        reader.report(
            key,
            f"must begin with ~/ or be relative to the program's folder, got {place}; operators share the"
            f" stack file, so export {KEY_VARIABLE} for a key that lies elsewhere on this machine",
        )
    return Path(place)

"""The servers of an environment."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast, get_args

from messages.count import format_count
from messages.datacenters import is_datacenter_name
from messages.nearest import nearest_names
from settings.operating_system import system_problem
from settings.reader import Reader
from settings.servers.datacenters import read_datacenter
from settings.table import with_defaults
from settings.table.server import SERVER

RoleChoice = Literal["registry", "client"]
CancellationChoice = Literal["", "immediate", "anniversary"]
SystemChangeChoice = Literal["", "reload", "replace"]

_ROLES = frozenset(get_args(RoleChoice))
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
_LONGEST_NAME = 48
"""Characters of DATACENTER-NAME: `-modern-registry` follows in the common name of its certificate, which has
at most 64 (RFC 5280, ub-common-name); its host name would have room for 54, before the order token."""
_FIRST_CONTACT = re.compile(r"trust|SHA256:[A-Za-z0-9+/]{43}")
# 802.1Q; ids of the account are greater, numbers on a router are not.
_HIGHEST_VLAN_NUMBER = 4094
_KEYS = frozenset(setting.key for setting in SERVER)
_PLACING_KEYS = frozenset({"name", "datacenter", "role", "frontDoor"})
"""What says where the registry is."""
_SIZE_KEYS = frozenset({"flavor", "preset", "cpus", "memory", "hourly"})
"""What says how large a server is, and how it is billed."""


@dataclass(frozen=True)
class ServerSettings:
    """One server to order, virtual or bare metal.

    Attributes:
        name: Unique in its datacenter; with it, begins the hostname.
        datacenter: Short name of the datacenter, such as `dal05`.
        os: SoftLayer operating system reference code, such as `UBUNTU_24_64`.
        flavor: Flavor of a virtual server, or None when `cpus` and `memory` are given.
        cpus: Virtual processors, or None with a flavor.
        memory: MB, or None with a flavor.
        preset: Preset of a bare metal server; None for a virtual one.
        hourly: Billed by the hour, else by the month.
        cancellation: How a server that is billed by the month may be cancelled; "" refuses.
        system_change: What another operating system takes on bare metal: `reload`, which empties its disks,
            or `replace`; "" replaces by the hour, and refuses by the month.
        disks: Sizes in GB of a virtual server's disks, first disk first; empty takes the flavor's.
        network_speed: Speed in Mbps.
        tags: Tags in the account, beside those that the program sets.
        role: `registry` servers may carry the registry; `client` servers only use it.
        front_door: Whether it carries the registry and has a front door; None is True for the only server
            with the role `registry` of its datacenter, and False beside others that name it.
        private_vlan: Id of the VLAN of its private port; None leaves it to SoftLayer.
        public_vlan: Id of the VLAN of its public port; None leaves it to SoftLayer.
        first_contact: Who vouches for its SSH host key where its image takes no user data: the fingerprint
            `SHA256:...` that the operator compared, or `trust`; "" refuses to work on it.
    """

    name: str
    datacenter: str
    os: str
    flavor: str | None
    cpus: int | None
    memory: int | None
    preset: str | None
    hourly: bool
    cancellation: CancellationChoice
    disks: tuple[int, ...]
    network_speed: int
    tags: tuple[str, ...]
    role: RoleChoice
    front_door: bool | None
    private_vlan: int | None = None
    public_vlan: int | None = None
    system_change: SystemChangeChoice = ""
    first_contact: str = ""

    @property
    def full_name(self) -> str:
        """Unique in the environment: datacenter and name."""
        return f"{self.datacenter}-{self.name}"


def read_servers(reader: Reader, problems: list[str]) -> tuple[ServerSettings, ...]:
    """Read the list `servers`; what is wrong goes to `problems`."""
    entries = reader.items("servers", dict)
    first = len(problems)
    servers = tuple(_server(entry, position, problems) for position, entry in enumerate(entries))
    # What follows from a server that may be placed wrongly is no mistake of the list.
    if not _are_about(problems[first:], _PLACING_KEYS):
        _check_list(reader, servers)
    return servers


def _are_about(problems: Iterable[str], keys: frozenset[str]) -> bool:
    """Whether mistakes of servers are at one of these keys, or at one that was meant to be one of them."""
    names = (problem.partition(": ")[0].rpartition(".")[2] for problem in problems)
    return any(not keys.isdisjoint([name] if name in _KEYS else nearest_names(name, _KEYS)) for name in names)


def _check_list(reader: Reader, servers: Sequence[ServerSettings]) -> None:
    if not servers:
        reader.report("servers", "must name at least one server")
    names = [server.full_name for server in servers]
    for name in sorted({name for name in names if names.count(name) > 1}):
        reader.report(
            "servers",
            f"{name!r} is given {names.count(name)} times; each server of a datacenter needs its own name",
        )
    for datacenter in datacenters_of(servers):
        registry_servers = _registry_servers(servers, datacenter)
        if not registry_servers:
            names_there = ", ".join(server.name for server in servers if server.datacenter == datacenter)
            reader.report(
                "servers",
                f"{datacenter} has no server with the role registry; its servers are {names_there}. Give one"
                " of them that role, or correct their datacenter; `operate move ENV --to SERVER` moves a"
                " registry",
            )
        undecided = [server.name for server in registry_servers if server.front_door is None]
        if len(undecided) > 1 and not any(server.front_door for server in registry_servers):
            reader.report(
                "servers",
                f"{datacenter} has {format_count(len(undecided), 'server')} with the role registry"
                f" ({', '.join(undecided)}); set frontDoor to true at the one that carries the registry",
            )
    if any(server.role == "registry" for server in servers) and not datacenters_with_doors(servers):
        reader.report(
            "servers", "none has a front door; set frontDoor to true at the one that carries the registry"
        )


def _server(values: Mapping[str, object], position: int, problems: list[str]) -> ServerSettings:
    reader = Reader(with_defaults(values, SERVER), f"servers[{position}].", problems)
    first = len(problems)
    reader.reject_unknown(_KEYS)
    server = ServerSettings(
        name=reader.matching("name", _LABEL, "lower-case letters, digits and hyphens"),
        datacenter=read_datacenter(reader, "datacenter"),
        os=reader.take("os", str),
        flavor=reader.optional("flavor", str),
        cpus=reader.optional("cpus", int),
        memory=reader.optional("memory", int),
        preset=reader.optional("preset", str),
        hourly=reader.take("hourly", bool),
        cancellation=cast(CancellationChoice, reader.choice("cancellation", get_args(CancellationChoice))),
        disks=reader.items("disks", int),
        network_speed=reader.take("networkSpeed", int),
        tags=reader.items("tags", str),
        role=cast(RoleChoice, reader.choice("role", get_args(RoleChoice))),
        front_door=reader.optional("frontDoor", bool),
        private_vlan=_vlan(reader, "privateVlan"),
        public_vlan=_vlan(reader, "publicVlan"),
        system_change=cast(SystemChangeChoice, reader.choice("systemChange", get_args(SystemChangeChoice))),
        first_contact=reader.take("firstContact", str),
    )
    if server.first_contact and not _FIRST_CONTACT.fullmatch(server.first_contact):
        reader.report(
            "firstContact",
            f"must be trust or a fingerprint such as SHA256:..., got {server.first_contact}; see it on the"
            " server's console: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub",
        )
    if len(server.full_name) > _LONGEST_NAME:
        reader.report(
            "name",
            f"must have at most {_LONGEST_NAME - len(server.datacenter) - 1} characters, not"
            f" {len(server.name)}, since the server's host name and its certificate begin with"
            f" {server.full_name}",
        )
    if not _are_about(problems[first:], _SIZE_KEYS):
        _check_size(reader, server)
    if server.os and (problem := system_problem(server.os, has_front_doors=server.role == "registry")):
        reader.report("os", f"{server.full_name}: {problem}")
    if server.front_door and server.role in _ROLES - {"registry"}:
        reader.report("frontDoor", "is for servers with the role registry; leave it out, or change the role")
    return server


def _vlan(reader: Reader, key: str) -> int | None:
    vlan = reader.optional(key, int)
    if vlan is not None and not _HIGHEST_VLAN_NUMBER < vlan < 2**31:
        reader.report(
            key, f"must be the id of a VLAN, got {vlan}; slcli vlan list shows ids beside the shorter numbers"
        )
    return vlan


def datacenters_of(servers: Iterable[ServerSettings]) -> tuple[str, ...]:
    """Return the datacenters of servers, by name; what is no datacenter's name has been reported."""
    datacenters = {server.datacenter for server in servers}
    return tuple(sorted(filter(is_datacenter_name, datacenters)))


def front_door_servers(servers: Iterable[ServerSettings], datacenter: str) -> tuple[ServerSettings, ...]:
    """Return the servers of a datacenter that have a front door, by name.

    They are those with `front_door`, or the only one with the role registry where none says anything. Where
    some say that they have none, and nobody has one, all stand by for the doors of other datacenters.
    """
    registry_servers = _registry_servers(servers, datacenter)
    if all(server.front_door is None for server in registry_servers):
        return registry_servers[:1]
    return tuple(server for server in registry_servers if server.front_door)


def idle_servers(servers: Sequence[ServerSettings]) -> tuple[str, ...]:
    """Return the servers that could carry the registry and are of no use to it, DATACENTER-NAME, by name.

    A standby takes over in its own datacenter alone: where no front door is there, it waits for nothing.
    """
    doors = datacenters_with_doors(servers)
    return tuple(
        server.full_name
        for datacenter in datacenters_of(servers)
        if datacenter not in doors
        for server in _registry_servers(servers, datacenter)
    )


def datacenters_with_doors(
    servers: Sequence[ServerSettings], retiring: Collection[str] = ()
) -> tuple[str, ...]:
    """Return the datacenters that have a front door, by name.

    Args:
        servers: Servers of the stack.
        retiring: Servers whose front doors do not count, DATACENTER-NAME.
    """
    return tuple(
        datacenter
        for datacenter in datacenters_of(servers)
        if any(server.full_name not in retiring for server in front_door_servers(servers, datacenter))
    )


def _registry_servers(servers: Iterable[ServerSettings], datacenter: str) -> tuple[ServerSettings, ...]:
    """Return the servers of a datacenter with the role registry, by name."""
    registry_servers = (
        server for server in servers if (server.datacenter, server.role) == (datacenter, "registry")
    )
    return tuple(sorted(registry_servers, key=lambda server: server.name))


def _check_size(reader: Reader, server: ServerSettings) -> None:
    custom_size = (server.cpus is not None, server.memory is not None)
    sizing_options = (server.flavor is not None, all(custom_size), server.preset is not None)
    if sum(sizing_options) != 1 or any(custom_size) != all(custom_size):
        keys = ("flavor", "preset", "cpus", "memory")
        provided = ", ".join(f"{key} {reader.raw(key)}" for key in keys if reader.raw(key) is not None)
        reader.report(
            "flavor",
            "must be given alone, or instead of it preset (bare metal), or both cpus and memory (MB); got"
            f" {provided or 'none of them'}",
        )
    if server.preset is not None and server.disks:
        reader.report("disks", "a bare metal server has the disks of its preset; leave them out")
    if server.preset is None and server.system_change:
        reader.report("systemChange", "is for bare metal only; leave it out")
    if server.system_change == "replace" and not server.hourly:
        reader.report("systemChange", "must be reload by the month, since what is paid would be lost")
    if server.hourly and server.preset is None and server.cancellation == "anniversary":
        reader.report("cancellation", "must be immediate, or left out, for a virtual server by the hour")

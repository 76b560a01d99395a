"""Who reaches the registry: address, name, users' roles and networks."""

import ipaddress
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal, cast, get_args

from messages.count import format_count
from settings.access.door_limits import DoorLimits, read_door_limits
from settings.access.roles import Role, read_roles
from settings.ports import read_port
from settings.reader import Reader

ListenChoice = Literal["private", "public", "loopback"]

_USER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,254}")
_DATACENTER = "{datacenter}"
_NAME = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?")


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
        roles: Roles of users, by name; a user who has none has `settings.access.roles.DEFAULT_ROLE`.
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


def read_access(reader: Reader, datacenters: Collection[str]) -> AccessSettings:
    """Read who reaches the registry; each datacenter's has its own name, unless one address serves all."""
    listen = cast(ListenChoice, reader.choice("registryListen", get_args(ListenChoice)))
    global_ip = reader.take("globalIp", bool)
    if global_ip and listen != "public":
        reader.report("globalIp", f"is a public address; set registryListen to public instead of {listen}")
    return AccessSettings(
        listen=listen,
        port=read_port(reader, "registryPort"),
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

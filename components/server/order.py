"""The order of one server, virtual or bare metal, by its settings."""

from dataclasses import dataclass

import pulumi

import pulumi_softlayer as softlayer
from components.server.operator_key import OperatorKey
from settings import ServerSettings, takes_user_data

OrderedServer = softlayer.VirtualGuest | softlayer.BareMetalServer


@dataclass(frozen=True)
class ServerOrder:
    """What is ordered.

    Attributes:
        settings: Shape and billing of the server.
        domain: DNS domain of the environment.
        environment: The stack's name; becomes a tag.
        key: Key that opens root's account.
        group: Group of servers that stand in for each other; "" where none does.
    """

    settings: ServerSettings
    domain: str
    environment: str
    key: OperatorKey
    group: str = ""

    @property
    def tags(self) -> list[str]:
        """The settings' tags and the program's own."""
        return sorted({*self.settings.tags, "softlayer-registry", self.environment})


def first_contact(settings: ServerSettings) -> str | None:
    """Return who vouches for a server's SSH host key; None where nobody does yet.

    The operator's own word comes first; else a one-time key by user data, where the image takes it.
    """
    if settings.first_contact:
        return settings.first_contact
    return "userData" if settings.preset is None and takes_user_data(settings.os) else None


def order_server(name: str, order: ServerOrder, opts: pulumi.ResourceOptions) -> OrderedServer:
    """Declare the order; its kind follows from whether the settings name a preset."""
    if order.settings.preset is None:
        return _virtual(name, order, opts)
    return _bare_metal(name, order, order.settings.preset, opts)


def _virtual(name: str, order: ServerOrder, opts: pulumi.ResourceOptions) -> softlayer.VirtualGuest:
    shape = order.settings
    return softlayer.VirtualGuest(
        name,
        hostname=name,
        domain=order.domain,
        datacenter=shape.datacenter,
        os_code=shape.os,
        flavor=shape.flavor,
        cpus=shape.cpus,
        memory=shape.memory,
        hourly=shape.hourly,
        cancellation=shape.cancellation or None,
        replacement_group=order.group or None,
        disks=list(shape.disks) or None,
        network_speed=shape.network_speed,
        private_vlan_id=shape.private_vlan,
        public_vlan_id=shape.public_vlan,
        ssh_key_ids=[order.key.key_id],
        first_contact=first_contact(shape),
        ssh_key_file=order.key.place,
        tags=order.tags,
        opts=opts,
    )


def _bare_metal(
    name: str, order: ServerOrder, preset: str, opts: pulumi.ResourceOptions
) -> softlayer.BareMetalServer:
    shape = order.settings
    return softlayer.BareMetalServer(
        name,
        hostname=name,
        domain=order.domain,
        datacenter=shape.datacenter,
        preset=preset,
        os_code=shape.os,
        hourly=shape.hourly,
        cancellation=shape.cancellation or None,
        replacement_group=order.group or None,
        system_change=shape.system_change or None,
        network_speed=shape.network_speed,
        private_vlan_id=shape.private_vlan,
        public_vlan_id=shape.public_vlan,
        ssh_key_ids=[order.key.key_id],
        first_contact=first_contact(shape),
        tags=order.tags,
        opts=opts,
    )


def number(server: OrderedServer) -> pulumi.Output[int]:
    """Its id in the account."""
    return server.guest_id if isinstance(server, softlayer.VirtualGuest) else server.hardware_id

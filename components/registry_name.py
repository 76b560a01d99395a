"""RegistryName: the name at which clients reach a registry, and how a server comes to know what it means."""

from dataclasses import dataclass

import pulumi

from components.remote_script import remote_script
from components.server import Server


@dataclass(frozen=True)
class RegistryName:
    """A registry's name; its record in DNS is the operator's affair.

    Attributes:
        name: a DNS name; "" where clients use the address.
        address: what the name must mean.
        in_hosts: put name and address into `/etc/hosts` of the servers that verify, instead of asking DNS.
    """

    name: str
    address: pulumi.Output[str]
    in_hosts: bool

    @property
    def host(self) -> pulumi.Output[str]:
        """What clients use: the name, or else the address."""
        return pulumi.Output.from_input(self.name) if self.name else self.address

    def known_to(
        self, resource_name: str, server: Server, registry: str, parent: pulumi.Resource
    ) -> list[pulumi.Resource]:
        """Make sure that a server knows what the name means.

        Args:
            resource_name: begins the resource's.
            server: to be asked, or told.
            registry: which one; marks the line in `/etc/hosts`.
            parent: of the resource.

        Returns:
            What to depend on before the name is used; nothing without a name.
        """
        if not self.name:
            return []
        action = "write" if self.in_hosts else "check"
        known = remote_script(
            f"{resource_name}-{action}",
            "registry-name.sh",
            action,
            registry,
            self.name,
            self.address,
            host=server.host,
            opts=server.on_server(parent),
            undo=("remove", registry) if self.in_hosts else None,
        )
        return [known]

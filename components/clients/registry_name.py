"""RegistryName: the name at which clients reach a registry, and how a server resolves it."""

from dataclasses import dataclass

import pulumi

from components.remote.script import remote_script
from components.server.server import Server


@dataclass(frozen=True)
class RegistryName:
    """A registry's name. The operator manages its DNS record.

    Attributes:
        name: DNS name; "" where clients use the address.
        address: Address to which the name must resolve.
        in_hosts: Whether `/etc/hosts` of the verifying servers has name and address, in place of DNS.
    """

    name: str
    address: pulumi.Output[str]
    in_hosts: bool

    @property
    def host(self) -> pulumi.Output[str]:
        """What clients use: the name, or else the address."""
        return pulumi.Output.from_input(self.name) if self.name else self.address

    def ensure_resolvable(
        self, resource_name: str, server: Server, registry: str, parent: pulumi.Resource
    ) -> list[pulumi.Resource]:
        """Ensure that a server resolves the name to the right address.

        Args:
            resource_name: Prefix of the resource's name.
            server: Server that must resolve the name.
            registry: Name of the registry, which marks the line in `/etc/hosts`.
            parent: Parent of the resource.

        Returns:
            The resources on which the use of the name depends; empty without a name.
        """
        if not self.name:
            return []
        action = "write" if self.in_hosts else "check"
        command = remote_script(
            f"{resource_name}-{action}",
            "registry-name.sh",
            action,
            registry,
            self.name,
            self.address,
            host=server.host,
            opts=server.on_server(parent),
            on_delete=("remove", registry) if self.in_hosts else None,
            installs=(),
        )
        return [command]

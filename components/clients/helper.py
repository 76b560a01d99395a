"""Helper: the server that pulls what another one pushed; any that answers, or else the pusher itself."""

from collections.abc import Sequence
from typing import Protocol

import pulumi

from components.clients.registry_name import RegistryName
from components.remote.reachable import first_reachable_host
from components.remote.script import remote_script
from components.remote.trust import trust_file
from components.server.server import Server


class RegistryEndpoint(Protocol):
    """How a helper reaches a registry; see the attributes of `components.registry.registry.Registry`."""

    address: pulumi.Output[str]
    authority: pulumi.Output[str]
    secured: bool

    @property
    def name(self) -> RegistryName | None:
        """The name at which clients reach it."""


class Helper:
    """The first of some servers that answers, which resolves a registry's name and trusts its authority.

    It is no component: its resources are children of the parent and belong to no server. Where another
    server answers than at the last run, everything runs there.

    Args:
        name: Prefix of the resources' names.
        servers: Servers in order of preference; the last one is taken where no other answers.
        registry: The registry that it must reach.
        mark: Mark of the registry's line in `/etc/hosts`.
        parent: Parent of the resources.

    Attributes:
        host: The chosen server, for scripts.
        prepared: Resources on which the use of the helper depends.
    """

    def __init__(
        self,
        name: str,
        servers: Sequence[Server],
        registry: RegistryEndpoint,
        mark: str,
        parent: pulumi.Resource,
    ) -> None:
        self.host = first_reachable_host(servers)
        self._opts = pulumi.ResourceOptions(parent=parent, depends_on=[server.engine for server in servers])
        self.prepared: list[pulumi.Resource] = []
        if registry.name is not None and registry.name.name:
            self.prepared.append(self._resolve_name(f"{name}-name", registry.name, mark))
        if registry.secured:
            self.prepared.append(self._trust(f"{name}-trust", registry))

    def _resolve_name(self, name: str, registry_name: RegistryName, mark: str) -> pulumi.Resource:
        """Nothing runs on deletion: a helper that is off must not block it."""
        return remote_script(
            name,
            "registry-name.sh",
            "write" if registry_name.in_hosts else "check",
            mark,
            registry_name.name,
            registry_name.address,
            host=self.host,
            opts=self._opts,
            installs=(),
        )

    def _trust(self, name: str, registry: RegistryEndpoint) -> pulumi.Resource:
        return remote_script(
            name,
            "trust-registry.sh",
            registry.address,
            host=self.host,
            secret_input=registry.authority,
            opts=self._opts,
            installs=(trust_file(registry.address),),
        )

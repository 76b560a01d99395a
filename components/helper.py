"""Helper: the server that pulls what another one pushed; any that answers now, the pusher at the last."""

from collections.abc import Sequence
from typing import Protocol

import pulumi

from components.reachable import first_reachable_host
from components.registry_name import RegistryName
from components.remote_script import remote_script
from components.server import Server


class Known(Protocol):
    """What a helper must know of a registry: as of `components.registry.Registry`."""

    address: pulumi.Output[str]
    authority: pulumi.Output[str]
    secured: bool

    @property
    def name(self) -> RegistryName | None:
        """At which clients reach it."""


class Helper:
    """The first of some servers that answers, which knows a registry's name and trusts its authority.

    It is no component: what it makes is its parent's, and belongs to no server. Where another server answers
    than at the last run, everything runs there.

    Args:
        name: begins the resources' names.
        servers: in order of preference; the last one is taken where no other answers.
        registry: what it is to know.
        mark: of the registry's line in `/etc/hosts`.
        parent: of the resources.

    Attributes:
        host: it, for scripts.
        prepared: what to depend on before it is used.
    """

    def __init__(
        self, name: str, servers: Sequence[Server], registry: Known, mark: str, parent: pulumi.Resource
    ) -> None:
        self.host = first_reachable_host(servers)
        self._opts = pulumi.ResourceOptions(parent=parent, depends_on=[server.engine for server in servers])
        self.prepared: list[pulumi.Resource] = []
        if registry.name is not None and registry.name.name:
            self.prepared.append(self._know(f"{name}-name", registry.name, mark))
        if registry.secured:
            self.prepared.append(self._trust(f"{name}-trust", registry))

    def _know(self, name: str, registry_name: RegistryName, mark: str) -> pulumi.Resource:
        """Nothing is undone: a helper that is off must not stand in the way of a deletion."""
        return remote_script(
            name,
            "registry-name.sh",
            "write" if registry_name.in_hosts else "check",
            mark,
            registry_name.name,
            registry_name.address,
            host=self.host,
            opts=self._opts,
        )

    def _trust(self, name: str, registry: Known) -> pulumi.Resource:
        return remote_script(
            name,
            "trust-registry.sh",
            registry.address,
            host=self.host,
            secret_input=registry.authority,
            opts=self._opts,
        )

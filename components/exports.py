"""What an environment exports: to its operator, to its clients, and to `operate`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pulumi

from components.cost import show_cost
from components.operate_output import operate_output
from components.registry import Registry
from components.registry_store import RegistryStore
from components.site import Site
from settings import Settings


@dataclass(frozen=True)
class Environment:
    """An environment that stands.

    Attributes:
        settings: what was asked for.
        sites: by datacenter.
        store: shared by all.
        password: of the first user; secret.
        verified: the digest that went round, by datacenter and generation.
    """

    settings: Settings
    sites: Mapping[str, Site]
    store: RegistryStore
    password: pulumi.Output[str]
    verified: Mapping[tuple[str, str], pulumi.Output[str]]

    @property
    def first(self) -> Site:
        """The site of the first server."""
        return self.sites[self.settings.datacenters[0]]


def export_environment(environment: Environment) -> None:
    """Export all there is to know; what is secret is marked at its source."""
    sites, registry = environment.sites, environment.first.registry
    servers = [server for site in sites.values() for server in site.servers]
    pulumi.export("endpoint", registry.endpoint)
    pulumi.export("endpoints", _by_generation(sites, lambda one: one.endpoint))
    pulumi.export("user", environment.settings.access.user)
    pulumi.export("password", pulumi.Output.secret(environment.password))
    pulumi.export("certificateAuthority", registry.authority)
    pulumi.export(
        "verifiedDigests",
        {
            name: {generation: environment.verified[name, generation] for generation in site.registries}
            for name, site in sites.items()
        },
    )
    pulumi.export("servers", {server.name: server.summary for server in servers})
    pulumi.export(
        "storageDrivers",
        {name: driver for site in sites.values() for name, driver in site.storage_drivers.items()},
    )
    colours = environment.settings.colours
    pulumi.export("colours", {colour: release.name for colour, release in colours.releases.items()})
    # As the doors told it when they were last told of the colours; `operate status` asks them.
    pulumi.export("live", {name: site.live for name, site in sites.items()})
    pulumi.export(
        "containers",
        {
            name: {
                generation: {colour: one.container.name for colour, one in registry.colours.items()}
                for generation, registry in site.registries.items()
            }
            for name, site in sites.items()
        },
    )
    pulumi.export(
        "imageDigests",
        {
            server: {
                generation: {release: image.digest for release, image in releases.items()}
                for generation, releases in images.items()
            }
            for site in sites.values()
            for server, images in site.images.items()
        },
    )
    store = environment.store.object_store
    if store is not None:
        pulumi.export("objectStore", store.summary)
    pulumi.export(
        "operate", operate_output(environment.settings, sites, environment.store, environment.password)
    )
    pulumi.export("cost", show_cost({server.name: server.ordered for server in servers}))


def _by_generation(
    sites: Mapping[str, Site], told: Callable[[Registry], pulumi.Output[str]]
) -> dict[str, dict[str, pulumi.Output[str]]]:
    return {
        name: {generation: told(registry) for generation, registry in site.registries.items()}
        for name, site in sites.items()
    }

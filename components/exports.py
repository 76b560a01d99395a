"""What an environment exports: to its operator, to its clients, and to `operate`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pulumi

import pulumi_softlayer as softlayer
from components.cost import Billed, log_cost
from components.operate_output import fingerprint, operate_output
from components.registry.registry import Registry
from components.server.global_ip import StableAddress
from components.site_registries import SiteRegistries
from components.storage.store import RegistryStore
from settings import Settings


@dataclass(frozen=True)
class Environment:
    """A deployed environment.

    Attributes:
        settings: The environment's settings.
        sites: Registries of the sites, by datacenter.
        placement: Record of which servers carry the registry.
        store: Store that all sites share.
        address: Global IP in front of all front doors; None where each has its own address.
        password: Password of the first user. Secret.
        verified: Digest that made the round trip, by datacenter and generation.
    """

    settings: Settings
    sites: Mapping[str, SiteRegistries]
    placement: softlayer.RegistryPlacement
    store: RegistryStore
    address: StableAddress | None
    password: pulumi.Output[str]
    verified: Mapping[tuple[str, str], pulumi.Output[str]]

    @property
    def served(self) -> Mapping[str, SiteRegistries]:
        """The sites that have a front door."""
        return {name: site for name, site in self.sites.items() if site.doors}

    @property
    def first(self) -> SiteRegistries:
        """The site whose registry stands for the environment."""
        return self.sites[self.settings.home]


def export_environment(environment: Environment) -> None:
    """Export all outputs of the stack; a secret is marked as such at its source."""
    sites, served, registry = environment.sites, environment.served, environment.first.registry
    servers = [server for site_registries in sites.values() for server in site_registries.site.servers]
    pulumi.export("endpoint", registry.endpoint)
    pulumi.export("endpoints", _by_generation(served, lambda registry: registry.endpoint))
    pulumi.export("user", environment.settings.access.user)
    pulumi.export("password", pulumi.Output.secret(environment.password))
    pulumi.export("certificateAuthority", registry.authority)
    # Another date means another certificate, so this changes once a year where the stack issues its own.
    pulumi.export("certificateEnds", _by_generation(served, lambda registry: registry.certificate_end))
    pulumi.export(
        "verifiedDigests",
        {
            name: {generation: environment.verified[name, generation] for generation in site.registries}
            for name, site in served.items()
        },
    )
    pulumi.export("servers", {server.name: server.summary for server in servers})
    pulumi.export(
        "storageDrivers",
        {
            name: driver
            for site_registries in sites.values()
            for name, driver in site_registries.site.storage_drivers.items()
        },
    )
    colours = environment.settings.colours
    pulumi.export("colours", {colour: release.name for colour, release in colours.releases.items()})
    pulumi.export(
        "storages",
        {
            colour: fingerprint(environment.store.of(release.name))
            for colour, release in colours.releases.items()
        },
    )
    # The live colour at the last update of the doors' colours; `operate status` asks the doors themselves.
    pulumi.export("live", {name: site.first.live for name, site in served.items()})
    pulumi.export(
        "containers",
        {
            name: {
                generation: {
                    colour: registry_colour.container.name
                    for colour, registry_colour in registry.colours.items()
                }
                for generation, registry in site.registries.items()
            }
            for name, site in served.items()
        },
    )
    pulumi.export(
        "imageDigests",
        {
            server: {
                generation: {release: image.digest for release, image in releases.items()}
                for generation, releases in images.items()
            }
            for site_registries in sites.values()
            for server, images in site_registries.site.images.items()
        },
    )
    store = environment.store.object_store
    if store is not None:
        pulumi.export("objectStore", store.summary)
    address, settings, password = environment.address, environment.settings, environment.password
    pulumi.export(
        "operate",
        operate_output(
            settings, served, environment.store, password, address, environment.placement.store_door
        ),
    )
    billed: dict[str, Billed] = {server.name: server.ordered for server in servers}
    if address is not None:
        pulumi.export("globalIp", address.address)
        billed["global IP"] = address.ordered
    pulumi.export("cost", log_cost(billed))


def _by_generation(
    sites: Mapping[str, SiteRegistries], select: Callable[[Registry], pulumi.Output[str]]
) -> dict[str, dict[str, pulumi.Output[str]]]:
    return {
        name: {generation: select(registry) for generation, registry in site.registries.items()}
        for name, site in sites.items()
    }

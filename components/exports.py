"""What an environment exports: to its operator, to its clients, and to `operate`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pulumi

import pulumi_softlayer as softlayer
from components.cost import Billed, show_cost
from components.open_site import OpenSite
from components.operate_output import fingerprint, operate_output
from components.registry import Registry
from components.registry_store import RegistryStore
from components.stable_address import StableAddress
from settings import Settings


@dataclass(frozen=True)
class Environment:
    """An environment that stands.

    Attributes:
        settings: what was asked for.
        sites: by datacenter.
        placement: where it is recorded to be.
        store: shared by all.
        address: in front of all front doors; None where each has its own.
        password: of the first user; secret.
        verified: the digest that went round, by datacenter and generation.
    """

    settings: Settings
    sites: Mapping[str, OpenSite]
    placement: softlayer.RegistryPlacement
    store: RegistryStore
    address: StableAddress | None
    password: pulumi.Output[str]
    verified: Mapping[tuple[str, str], pulumi.Output[str]]

    @property
    def served(self) -> Mapping[str, OpenSite]:
        """The sites that have a front door."""
        return {name: site for name, site in self.sites.items() if site.doors}

    @property
    def first(self) -> OpenSite:
        """The site whose registry stands for the environment."""
        return self.sites[self.settings.home]


def export_environment(environment: Environment) -> None:
    """Export all there is to know; what is secret is marked at its source."""
    sites, served, registry = environment.sites, environment.served, environment.first.registry
    servers = [server for opened in sites.values() for server in opened.site.servers]
    pulumi.export("endpoint", registry.endpoint)
    pulumi.export("endpoints", _by_generation(served, lambda one: one.endpoint))
    pulumi.export("user", environment.settings.access.user)
    pulumi.export("password", pulumi.Output.secret(environment.password))
    pulumi.export("certificateAuthority", registry.authority)
    # Another date means another certificate, so this changes once a year where the stack issues its own.
    pulumi.export("certificateEnds", _by_generation(served, lambda one: one.certificate_end))
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
        {name: driver for one in sites.values() for name, driver in one.site.storage_drivers.items()},
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
    # As the doors told it when they were last told of the colours; `operate status` asks them.
    pulumi.export("live", {name: site.first.live for name, site in served.items()})
    pulumi.export(
        "containers",
        {
            name: {
                generation: {colour: one.container.name for colour, one in registry.colours.items()}
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
            for opened in sites.values()
            for server, images in opened.site.images.items()
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
    pulumi.export("cost", show_cost(billed))


def _by_generation(
    sites: Mapping[str, OpenSite], told: Callable[[Registry], pulumi.Output[str]]
) -> dict[str, dict[str, pulumi.Output[str]]]:
    return {
        name: {generation: told(registry) for generation, registry in site.registries.items()}
        for name, site in sites.items()
    }

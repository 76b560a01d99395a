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
    outputs = {
        **_access(environment),
        **_releases(environment),
        **_servers(environment),
        "operate": operate_output(
            environment.settings,
            environment.served,
            environment.store,
            environment.password,
            environment.address,
            environment.placement.store_door,
        ),
    }
    for name, value in outputs.items():
        pulumi.export(name, value)


def _access(environment: Environment) -> Mapping[str, object]:
    """What clients need, and what was verified as a client does it."""
    served, registry = environment.served, environment.first.registry
    password: pulumi.Output[str] = pulumi.Output.secret(environment.password)
    return {
        "endpoint": registry.endpoint,
        "endpoints": _by_generation(served, lambda registry: registry.endpoint),
        "user": environment.settings.access.user,
        "password": password,
        "certificateAuthority": registry.authority,
        # Another date means another certificate, so this changes once a year where the stack issues its own.
        "certificateEnds": _by_generation(served, lambda registry: registry.certificate_end),
        "verifiedDigests": {
            name: {generation: environment.verified[name, generation] for generation in site.registries}
            for name, site in served.items()
        },
    }


def _releases(environment: Environment) -> Mapping[str, object]:
    """Colours with their releases and containers, and where the releases keep their objects."""
    served, colours = environment.served, environment.settings.colours
    outputs: dict[str, object] = {
        "colours": {colour: release.name for colour, release in colours.releases.items()},
        "storages": {
            colour: fingerprint(environment.store.of(release.name))
            for colour, release in colours.releases.items()
        },
        # The live colour at the last update of the doors' colours; `operate status` asks the doors.
        "live": {name: site.first.live for name, site in served.items()},
        "containers": {
            name: {
                generation: {
                    colour: registry_colour.container.name
                    for colour, registry_colour in registry.colours.items()
                }
                for generation, registry in site.registries.items()
            }
            for name, site in served.items()
        },
    }
    store = environment.store.object_store
    return outputs if store is None else {**outputs, "objectStore": store.summary}


def _servers(environment: Environment) -> Mapping[str, object]:
    """Servers, what was installed and built on them, and what all that was ordered costs."""
    sites = [site_registries.site for site_registries in environment.sites.values()]
    servers = [server for site in sites for server in site.servers]
    outputs: dict[str, object] = {
        "servers": {server.name: server.summary for server in servers},
        "storageDrivers": {name: driver for site in sites for name, driver in site.storage_drivers.items()},
        "imageDigests": {
            server: {
                generation: {release: image.digest for release, image in releases.items()}
                for generation, releases in images.items()
            }
            for site in sites
            for server, images in site.images.items()
        },
    }
    billed: dict[str, Billed] = {server.name: server.ordered for server in servers}
    address = environment.address
    if address is not None:
        outputs["globalIp"] = address.address
        billed["global IP"] = address.ordered
    return {**outputs, "cost": log_cost(billed)}


def _by_generation(
    sites: Mapping[str, SiteRegistries], select: Callable[[Registry], pulumi.Output[str]]
) -> dict[str, dict[str, pulumi.Output[str]]]:
    return {
        name: {generation: select(registry) for generation, registry in site.registries.items()}
        for name, site in sites.items()
    }

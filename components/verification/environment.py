"""Which registries of an environment are verified, and by which servers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi

from components.clients.helper import Helper
from components.registry.colour import RegistryColour
from components.registry.registry import Registry
from components.server.server import Server
from components.site_registries import Door, SiteRegistries
from components.storage.store import RegistryStore
from components.verification.door_answers import DoorAnswers, DoorAnswersArgs
from components.verification.verification import (
    VerifiableRegistry,
    Verification,
    VerificationArgs,
    choose_pullers,
)
from settings import Settings


@dataclass(frozen=True)
class _Verifier:
    """What all verifications share, and the verifications themselves."""

    store: RegistryStore
    user: str
    password: pulumi.Output[str]
    verifications: list[Verification] = field(default_factory=list)
    answers: list[DoorAnswers] = field(default_factory=list)

    def verify(
        self,
        name: str,
        registry: VerifiableRegistry,
        pusher: Server,
        pullers: Sequence[Server],
        repository: str,
        pull_after: Sequence[pulumi.Resource] = (),
    ) -> Verification:
        """Push from one server, pull on the first other one that answers.

        A colour on its own port knows the front door's user alone.
        """
        user, password = self.user, self.password
        if isinstance(registry, RegistryColour):
            user, password = registry.user, registry.password
        stores = list({store.kind: store for store in map(self.store.of, registry.releases)}.values())
        args = VerificationArgs(registry, stores, pusher, pullers, user, password, repository, pull_after)
        verification = Verification(f"{name}-verification", args)
        self.verifications.append(verification)
        return verification

    def check(
        self, site_registries: SiteRegistries, door: Door, registry: Registry, helper: Helper | None
    ) -> None:
        """Ask a front door as a client does; the article has none, and authenticates no client."""
        if registry.secured:
            firewalls = site_registries.firewalls(door, registry)
            args = DoorAnswersArgs(registry, door.server, firewalls, self.user, self.password, helper)
            name = f"{door.server.name}-{registry.generation}-answers"
            self.answers.append(DoorAnswers(name, args))


def verify(
    settings: Settings,
    sites: Mapping[str, SiteRegistries],
    store: RegistryStore,
    password: pulumi.Output[str],
) -> tuple[dict[tuple[str, str], pulumi.Output[str]], Sequence[pulumi.Resource]]:
    """Verify every registry by its front door; of two colours each by its own port besides.

    A datacenter's first front door is verified by two servers, each further one by its own alone. The second
    server is any that answers; with none, the registry's own server does both.

    The door serves the live colour only. The other one's port is on its server's loopback: it pushes and
    pulls there itself.

    After a change of what clients meet at a front door, it is asked again, as they ask it: `DoorAnswers`.

    Args:
        settings: Settings of the environment.
        sites: Sites by datacenter.
        store: Store that all sites share.
        password: Password of the first user. Secret.

    Returns:
        The digest that made the round trip through the first front door, by datacenter and generation, and
        all that verifies.
    """
    servers = [server for site_registries in sites.values() for server in site_registries.site.servers]
    doors = [door.server for site_registries in sites.values() for door in site_registries.doors]
    verifier = _Verifier(store, settings.access.user, password)
    digests: dict[tuple[str, str], pulumi.Output[str]] = {}
    served = {name: site_registries for name, site_registries in sites.items() if site_registries.doors}
    for datacenter, site_registries in served.items():
        host = site_registries.first.server
        pullers = choose_pullers(host, servers, doors, settings.access.listen)
        for generation, registry in site_registries.registries.items():
            name = f"{host.name}-{generation}"
            pull_after = _own_doors(pullers, sites) if settings.access.global_ip else []
            verification = verifier.verify(
                name, registry, host, pullers, "verification/probe", pull_after=pull_after
            )
            digests[datacenter, generation] = verification.digest
            verifier.check(site_registries, site_registries.first, registry, verification.helper)
        _verify_colours(host.name, "verification", site_registries.first, verifier, [])
        verified_colours = [
            colour for registry in site_registries.registries.values() for colour in registry.colours.values()
        ]
        for door in site_registries.doors[1:]:
            _verify_further(site_registries, door, verifier, verified_colours)
    return digests, [*verifier.verifications, *verifier.answers]


def _own_doors(pullers: Sequence[Server], sites: Mapping[str, SiteRegistries]) -> list[pulumi.Resource]:
    """Return the front doors of pullers, to whose own one the global IP leads there."""
    return [
        registry.ready
        for site_registries in sites.values()
        for door in site_registries.doors
        for registry in door.registries.values()
        if door.server in pullers[:-1]
    ]


def _verify_further(
    site_registries: SiteRegistries,
    door: Door,
    verifier: _Verifier,
    verified_colours: list[RegistryColour],
) -> None:
    own, server = f"verification/{door.server.name}", door.server
    for generation, registry in door.registries.items():
        verifier.verify(f"{server.name}-{generation}", registry, server, [server], own)
        verifier.check(site_registries, door, registry, None)
    _verify_colours(server.name, own, door, verifier, verified_colours)


def _verify_colours(
    place: str, repository: str, door: Door, verifier: _Verifier, verified_colours: list[RegistryColour]
) -> None:
    """Verify each of two colours by its own port; one that another door shares is verified there."""
    for generation, registry in door.registries.items():
        for colour in registry.colours.values() if len(registry.colours) > 1 else ():
            if colour not in verified_colours:
                name = f"{place}-{generation}-{colour.colour}"
                verifier.verify(name, colour, colour.server, [colour.server], f"{repository}/{colour.colour}")

"""What of an environment is verified, and by whom."""

from collections.abc import Mapping

import pulumi

from components.registry_store import RegistryStore
from components.site import Site
from components.verification import Verification, VerificationArgs, choose_puller
from settings import Settings


def verify(
    settings: Settings, sites: Mapping[str, Site], store: RegistryStore, password: pulumi.Output[str]
) -> dict[tuple[str, str], pulumi.Output[str]]:
    """Verify every registry by its front door; of two colours each by its own port besides.

    The door leads to the live colour only. The other one's port is on its server's loopback: it pushes and
    pulls there itself.

    Args:
        settings: of the environment.
        sites: by datacenter.
        store: shared by all.
        password: of the first user; secret.

    Returns:
        The digest that went round through the front door, by datacenter and generation.
    """
    servers = [server for site in sites.values() for server in site.servers]
    user = settings.access.user
    digests: dict[tuple[str, str], pulumi.Output[str]] = {}
    for datacenter, site in sites.items():
        for generation, registry in site.registries.items():
            name = f"{datacenter}-{generation}"
            puller = choose_puller(site.host, servers, settings.access.listen)
            by_door = VerificationArgs(registry, store, site.host, puller, user, password)
            digests[datacenter, generation] = Verification(f"{name}-verification", by_door).digest
            for colour in registry.colours.values() if len(registry.colours) > 1 else ():
                own = VerificationArgs(
                    colour,
                    store,
                    colour.server,
                    colour.server,
                    user,
                    password,
                    f"verification/{colour.colour}",
                )
                Verification(f"{name}-{colour.colour}-verification", own)
    return digests

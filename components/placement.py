"""Placement: where the registry and its images are, recorded in the state before anything else is touched."""

import pulumi_softlayer as softlayer
from settings import Settings, SwiftSettings

GLOBAL_IP_NOTES = "registry {}"
"""Notes of an environment's global IP, by which the account finds it."""


def record_placement(settings: Settings, environment: str) -> softlayer.RegistryPlacement:
    """Record where the registry is; refused where the settings would move it by accident.

    What is ordered depends on it, and everything else on that: a refusal comes before anything is touched.

    Args:
        settings: Settings of the environment.
        environment: The stack's name.
    """
    access, registry = settings.access, settings.registry
    accounts = [storage for storage in settings.storages if isinstance(storage, SwiftSettings)]
    # A release may have an account of its own beside the stack's other storage.
    own = settings.storage if isinstance(settings.storage, SwiftSettings) else None
    return softlayer.RegistryPlacement(
        "placement",
        environment=environment,
        servers=[server.full_name for server in settings.servers],
        domain=settings.domain,
        front_doors=list(settings.front_doors),
        store_door=settings.front_doors[0],
        retiring_doors=list(settings.retiring_doors),
        shared_address=access.is_shared,
        global_ip_notes=GLOBAL_IP_NOTES.format(environment) if access.global_ip else None,
        home=settings.home,
        object_datacenter=accounts[0].datacenter if accounts else None,
        modern_container=own.container if own and registry.modern else None,
        legacy_container=registry.legacy.container if registry.legacy else None,
        containers=_containers(settings, own),
        legacy_port=registry.legacy.port if registry.legacy else None,
        chosen_legacy_port=registry.legacy is not None and registry.legacy.has_chosen_port,
    )


def _containers(settings: Settings, swift: SwiftSettings | None) -> list[str]:
    """Return the containers of the object storage that the program keeps."""
    if swift is None:
        return []
    legacy = settings.registry.legacy
    return sorted({swift.container, legacy.container if legacy else swift.legacy_container} - {""})

"""What a `pulumi destroy` of the environment is judged by before anything of it is deleted."""

from collections.abc import Sequence

import pulumi

import pulumi_softlayer as softlayer
from components.storage.store import RegistryStore
from settings import Settings, SwiftSettings


def check_destroy(
    settings: Settings, store: RegistryStore, resources: Sequence[pulumi.Resource]
) -> softlayer.DestroyCheck:
    """Declare the check; it is deleted first, and by itself.

    Args:
        settings: Settings of the environment.
        store: The object storage goes with the stack.
        resources: Every other resource, or what they are children of.
    """
    swift = store.swift
    monthly = [
        server.full_name for server in settings.servers if not server.hourly and not server.cancellation
    ]
    opts = pulumi.ResourceOptions(depends_on=list(resources))
    if swift is None:
        return softlayer.DestroyCheck(
            "destroy-check", opts, protected=settings.protect.kinds, monthly_servers=monthly
        )
    return softlayer.DestroyCheck(
        "destroy-check",
        opts,
        protected=settings.protect.kinds,
        monthly_servers=monthly,
        auth_url=swift.account.auth_url,
        username=swift.account.username,
        containers=[container.name for container in swift.containers],
        force_destroy=any(
            storage.force_destroy for storage in settings.storages if isinstance(storage, SwiftSettings)
        ),
    )

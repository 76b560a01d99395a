"""The folders of a server in which registries keep their images, each owned by the registry's user."""

from collections.abc import Sequence

import pulumi
from pulumi_command import remote

from components.remote.script import remote_script
from components.server.server import Server
from components.storage.registry_user import USER
from components.storage.store import RegistryStore


def registry_folders(
    server: Server, store: RegistryStore, parent: pulumi.Resource
) -> Sequence[remote.Command]:
    """Declare each folder that a release uses; depend on them before a registry starts.

    Docker would make a missing one for root alone. A folder stays when the stack goes.

    Args:
        server: Server that carries registries.
        store: Store of the environment.
        parent: Parent of the resources.
    """
    return [
        remote_script(
            f"{server.name}-folder{number or ''}",
            "registry-folder.sh",
            folder,
            str(USER),
            host=server.host,
            opts=server.on_server(parent),
            installs=(),
        )
        for number, folder in enumerate(store.folders)
    ]

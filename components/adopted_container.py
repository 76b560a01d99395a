"""Containers that a state which was lost had made: the registry's own is put in their place.

Docker refuses a second container of one name, and Pulumi cannot take over one whose files it does not know.
"""

import os
from collections.abc import Sequence

import pulumi
from pulumi_command import remote

from components.remote_script import remote_script
from components.server import Server

ADOPTING_VARIABLE = "SOFTLAYER_REGISTRY_ADOPTING"
"""Environment variable that `operate adopt` sets for its one run."""


def remove_adopted_container(
    name: str, container: str, server: Server, parent: pulumi.Resource, needs: Sequence[pulumi.Resource]
) -> list[remote.Command]:
    """Declare that a container of a lost state is removed, right before the one that takes its place.

    Args:
        name: begins the resource's.
        container: name of the container.
        server: on which it is.
        parent: of the resource.
        needs: what the new container needs too, so that little time is between the two.

    Returns:
        What to depend on before the container is made; nothing but in a run of `operate adopt`.
    """
    if not os.environ.get(ADOPTING_VARIABLE):
        return []
    removed = remote_script(
        f"{name}-adopted",
        "adopted-container.sh",
        container,
        host=server.host,
        opts=server.on_server(parent, *needs),
    )
    return [removed]

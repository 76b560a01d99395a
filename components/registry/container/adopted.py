"""Removal of containers that a deleted Pulumi state owned, so that the registry's own can replace them.

Docker refuses a second container with the same name, and Pulumi cannot import one whose files are unknown.
"""

import os
from collections.abc import Sequence

import pulumi
from pulumi_command import remote

from components.remote.script import remote_script
from components.server.server import Server

ADOPTING_VARIABLE = "SOFTLAYER_REGISTRY_ADOPTING"
"""Environment variable that `operate adopt` sets for its one run, to another text in each run."""
PRESENT_VARIABLE = "SOFTLAYER_REGISTRY_PRESENT_CONTAINERS"
"""Environment variable with the names of the containers' resources that the state has in such a run.

They are joined by commas, and left alone: an adoption that was stopped has made them already.
"""


def remove_adopted_container(
    name: str, container: str, server: Server, parent: pulumi.Resource, depends_on: Sequence[pulumi.Resource]
) -> list[remote.Command]:
    """Declare the removal of a container of a deleted state, right before its replacement is created.

    Args:
        name: Prefix of the resource's name.
        container: Name of the container.
        server: Server that runs the container.
        parent: Parent of the resource.
        depends_on: Dependencies of the new container as well, so that the gap between the two is short.

    Returns:
        The resources on which the new container depends; empty except in a run of `operate adopt`.
    """
    run = os.environ.get(ADOPTING_VARIABLE)
    if not run or name in os.environ.get(PRESENT_VARIABLE, "").split(","):
        return []
    removed = remote_script(
        f"{name}-adopted",
        "adopted-container.sh",
        container,
        host=server.host,
        opts=server.on_server(parent, *depends_on),
        # An engine that was killed may have made the container, and the state does not have it.
        run_again_on=[run],
    )
    return [removed]

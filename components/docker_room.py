"""Looks whether Docker's disk has room before a container is made on it."""

import hashlib
import json
from collections.abc import Sequence

import pulumi
from pulumi_command import remote

from components.colour_recipe import ColourRecipe
from components.remote_script import remote_script
from components.server import Server

# Choice: a container's log has at most 30 MB (`RegistryColour`).
_NEEDED_KB = 32 * 1024


def content_digest(values: Sequence[object]) -> str:
    """Return the digest of what a container is made from.

    Its mappings are sorted, since a record in the state has the secrets in another order than the program.

    Args:
        values: image, recipe and secrets, as plain data.
    """
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def docker_room(
    name: str,
    server: Server,
    recipe: ColourRecipe,
    parent: pulumi.Resource,
    *needs: pulumi.Resource,
) -> remote.Command:
    """Declare the look; without it, Docker tells `no space left on device` and neither place nor remedy.

    Args:
        name: of the resource.
        server: runs the container.
        recipe: of the container; when it changes, or a secret in it, it is looked again.
        parent: the registry.
        needs: what must be there before.
    """
    # Input and not a trigger: a list that holds an unknown secret is refused at the preview of a new stack
    # ("malformed RPC secret", measured with pulumi 3.272.0 and pulumi-command 1.2.1).
    digest = pulumi.Output.all(recipe.image, recipe.text, recipe.secrets).apply(content_digest)
    return remote_script(
        name,
        "docker-room.sh",
        str(_NEEDED_KB),
        host=server.host,
        secret_input=digest,
        opts=server.on_server(parent, server.engine, *needs),
    )

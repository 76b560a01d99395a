"""A check that Docker's disk has free space before a container is created on it."""

import hashlib
import json
from collections.abc import Sequence

import pulumi
from pulumi_command import remote

from components.registry.colour_recipe import ColourRecipe
from components.remote.script import remote_script
from components.server.server import Server

# Choice: a container's log has at most 30 MB (`RegistryColour`).
_REQUIRED_KB = 32 * 1024


def content_digest(values: Sequence[object]) -> str:
    """Return the digest of everything that a container is created from.

    Its mappings are sorted, since a record in the state has the secrets in another order than the program.

    Args:
        values: image, recipe and secrets, as plain data.
    """
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def check_disk_space(
    name: str,
    server: Server,
    recipe: ColourRecipe,
    parent: pulumi.Resource,
    *dependencies: pulumi.Resource,
) -> remote.Command:
    """Fail early, with a clear message, when Docker's disk is full.

    Docker's own error, `no space left on device`, names neither the server nor a remedy.

    Args:
        name: Name of the resource.
        server: Server that runs the container.
        recipe: Recipe of the container; the check is repeated when it, or a secret in it, changes.
        parent: Parent of the resource: the registry.
        dependencies: Resources that must exist before.
    """
    # Input and not a trigger: a list that holds an unknown secret is refused at the preview of a new stack
    # ("malformed RPC secret", measured with pulumi 3.272.0 and pulumi-command 1.2.1).
    digest = pulumi.Output.all(recipe.image, recipe.text, recipe.secrets).apply(content_digest)
    return remote_script(
        name,
        "docker-room.sh",
        str(_REQUIRED_KB),
        host=server.host,
        secret_input=digest,
        opts=server.on_server(parent, server.engine, *dependencies),
    )

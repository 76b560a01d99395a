"""A check that a server's disks have free space before an image is brought to it, or a container created."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_command import remote

from components.remote.host import RemoteHost
from components.remote.script import remote_script


@dataclass(frozen=True)
class DiskSpace:
    """How much must be free.

    Attributes:
        docker_mb: MB on the disk with Docker's images and containers.
        folder: Another folder that is written to; "" for none.
        folder_mb: MB on its disk.
    """

    docker_mb: int
    folder: str = ""
    folder_mb: int = 0


def content_digest(values: Sequence[object]) -> str:
    """Return the digest of everything that a container, or an image, is created from.

    Its mappings are sorted, since a record in the state has the secrets in another order than the program.

    Args:
        values: Plain data that it is created from, secrets among it.
    """
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def check_disk_space(
    name: str,
    host: RemoteHost,
    server: pulumi.Input[str],
    required: DiskSpace,
    sources: pulumi.Output[list[object]],
    opts: pulumi.ResourceOptions,
) -> remote.Command:
    """Fail early, with a clear message, when a disk is full.

    Docker's own error, `no space left on device`, names neither the server nor a remedy.

    Args:
        name: Name of the resource.
        host: Server that is checked.
        server: Name of the server.
        required: Space that must be free.
        sources: Everything that is created from; the check is repeated when it, or a secret in it, changes.
        opts: Options with the parent and the dependencies of the check.
    """
    # Input and not a trigger: a list that holds an unknown secret is refused at the preview of a new stack
    # ("malformed RPC secret", measured with pulumi 3.272.0 and pulumi-command 1.2.1).
    folder = (required.folder, str(required.folder_mb)) if required.folder else ()
    return remote_script(
        name,
        "docker-room.sh",
        server,
        str(required.docker_mb),
        *folder,
        host=host,
        secret_input=sources.apply(content_digest),
        opts=opts,
    )

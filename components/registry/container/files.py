"""The files of a registry's container, which lie on its server and are mounted into it read-only."""

import base64
import io
import tarfile
from collections.abc import Mapping

import pulumi
from pulumi_command import remote

from components.access.secret_mark import fill
from components.registry.container.recipe import ContainerRecipe
from components.registry.container.shape import ContainerShape
from components.remote.script import remote_script
from components.server.server import Server

_FOLDER = "/etc/softlayer-registry/containers"


def files_folder(owner: str, recipe: ContainerRecipe) -> str:
    """Return the folder of a container's files, another one for each recipe.

    So a container whose files would be others has other mounts, and Pulumi makes it anew.

    Args:
        owner: Name of what the containers follow each other as.
        recipe: Recipe of the container.
    """
    return f"{_FOLDER}/{owner}/{recipe.digest}"


def archive(shape: ContainerShape, secrets: Mapping[str, str]) -> str:
    """Return a container's files as container-files.sh reads them, the same text for the same files; secret.

    Args:
        shape: Shape of the container, with marks.
        secrets: Secrets by the names of their marks.
    """
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.USTAR_FORMAT) as files:
        for file in shape.files:
            content = fill(file.content, secrets).encode()
            member = tarfile.TarInfo(file.path.removeprefix("/"))
            member.size, member.mode = len(content), int(file.mode, 8)
            files.addfile(member, io.BytesIO(content))
    return base64.encodebytes(stream.getvalue()).decode()


def container_files(
    owner: str,
    server: Server,
    recipe: pulumi.Output[ContainerRecipe],
    secrets: pulumi.Output[dict[str, str]],
    parent: pulumi.Resource,
) -> tuple[remote.Command, pulumi.Output[str]]:
    """Put a container's files on its server.

    Args:
        owner: Beginning of the resource's name; containers that follow each other have the same one.
        server: Server that runs the container.
        recipe: Recipe of the container.
        secrets: Secrets by the names of their marks. Secret.
        parent: Parent of the resource.

    Returns:
        What to depend on before the container is made, and the folder.
    """
    folder = recipe.apply(lambda recipe: files_folder(owner, recipe))
    content = pulumi.Output.all(recipe, secrets).apply(lambda values: archive(values[0].shape, values[1]))
    files_script = remote_script(
        f"{owner}-files",
        "container-files.sh",
        "write",
        folder,
        host=server.host,
        secret_input=pulumi.Output.secret(content),
        opts=server.on_server(parent, server.engine),
        on_delete=("remove", f"{_FOLDER}/{owner}"),
        installs=(folder,),
    )
    return files_script, folder

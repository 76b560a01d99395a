"""The registry's program out of the image that stands in for the public one, to be run without Docker."""

import tarfile
from pathlib import Path

from dev.images.registry_base import registry_base
from dev.images.registry_base_3 import registry_base_3

BASES = {"2.8.3": registry_base, "3.1.1": registry_base_3}


def program(version: str, folder: Path) -> list[str]:
    """Unpack the image of a version into the folder, once; return the command that runs its registry."""
    root = folder / version
    if not root.exists():
        with tarfile.open(BASES[version]()) as archive:
            layer = next(member for member in archive if member.name.endswith("layer.tar"))
            with tarfile.open(fileobj=archive.extractfile(layer)) as tar:
                tar.extractall(root, filter="tar")
    binary = str(root / "usr/bin/docker-registry")
    loader = next(iter((root / "usr/lib64").glob("ld-linux*")), None)
    if loader is None:
        return [binary]
    # Debian's is linked to a newer C library than this machine may have.
    libraries = next((root / "usr/lib").glob("*-linux-gnu"))
    return [str(libraries / loader.readlink().name), "--library-path", str(libraries), binary]

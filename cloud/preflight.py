"""What must be there before a cloud is started, so that it fails in the first second and with the remedy."""

import os
import shutil
import socket
from pathlib import Path

REQUIRED_GB = 8
_TOOLS = {"mmdebstrap": "mmdebstrap", "dockerd": "docker.io", "containerd": "docker.io", "nft": "nftables"}
_SWIFT_TOOLS = {"memcached": "memcached"}


class PreflightError(Exception):
    """Something is missing on this host; the message is one line with the remedy."""


def check_host(state_dir: Path, *, machines: bool) -> None:
    """Check rights, tools, disk space and file attributes.

    Args:
        state_dir: The cloud's state folder; it exists.
        machines: Whether guests are to be real machines.

    Raises:
        PreflightError: The first of them that is missing.
    """
    if machines and os.geteuid() != 0:
        raise PreflightError("the local cloud starts real machines and needs root; run it again with sudo")
    for tool, package in ({**_TOOLS, **_SWIFT_TOOLS} if machines else _SWIFT_TOOLS).items():
        if shutil.which(tool) is None:
            raise PreflightError(f"{tool} is missing on this host; apt-get install {package}")
    free = shutil.disk_usage(state_dir).free / 1000**3
    if machines and free < REQUIRED_GB:
        raise PreflightError(
            f"{state_dir} has {free:.1f} GB free, but at least {REQUIRED_GB} GB are required; free disk space"
            " or choose another --state"
        )
    check_attributes(state_dir)


def check_attributes(folder: Path) -> None:
    """Check that files in a folder can have user attributes, which Swift keeps its metadata in.

    Raises:
        PreflightError: The folder's files cannot have user attributes.
    """
    probe = folder / ".attributes"
    probe.touch()
    try:
        os.setxattr(probe, "user.softlayer", b"1")
    except OSError as error:
        raise PreflightError(
            f"the file system of {folder} has no user attributes, which Swift requires; choose a --state"
            " on ext4 or xfs"
        ) from error
    finally:
        probe.unlink()


def check_port(port: int) -> None:
    """Check that a TCP port of 127.0.0.1 is free.

    Raises:
        PreflightError: Another process listens there.
    """
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError as error:
        raise PreflightError(
            f"port {port} of 127.0.0.1 is not available ({os.strerror(error.errno or 0)}); stop the"
            " process that listens there, or choose another port (--port N, or `make up PORT=N`)"
        ) from error

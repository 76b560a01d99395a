"""Which storage driver Docker is to have, and what an operating system certainly cannot."""

import re
from typing import Literal

StorageDriverChoice = Literal["auto", "aufs", "overlay2", "devicemapper"]

_CODE = re.compile(r"(?P<family>[A-Z]+)_(?P<version>[0-9]+|LATEST)(_.*)?")
_NEWEST = 10_000

# The engines are those of the distributions' own docker.io, which Ubuntu keeps at one version on all releases
# that it supports (its wiki, DockerUpdates). aufs went with Docker 24.0, devicemapper with 25.0 (docker/cli,
# deprecated.md); overlay2 needs Docker 1.12 and Linux 4.0 (docs.docker.com, OverlayFS storage driver).
_NO_AUFS_KERNEL = "its kernel has no aufs, which was never part of Linux itself"
_UBUNTU_ENGINE = "its Docker is newer than 24, which has neither aufs nor devicemapper"


def unsupported_reason(driver: StorageDriverChoice, os_code: str) -> str | None:
    """Tell why a driver cannot work on an operating system, and the choice that does.

    What depends on the server itself - its kernel, engine and file system - is checked there.

    Args:
        driver: The choice.
        os_code: Operating system reference code, such as `UBUNTU_14_64`.

    Returns:
        The reason with the remedy, or None where the driver may work or the code is not known.
    """
    code = _CODE.fullmatch(os_code)
    if driver == "auto" or code is None:
        return None
    version = _NEWEST if code["version"] == "LATEST" else int(code["version"])
    reason = _reason(driver, code["family"], version)
    if reason is None:
        return None
    alternative = "aufs" if driver == "overlay2" else "overlay2"
    return f"{reason}; choose auto or {alternative}"


def _reason(driver: StorageDriverChoice, family: str, version: int) -> str | None:
    match family, driver:
        case "UBUNTU", "overlay2" if version <= 14:
            return "its kernel 3.13 and Docker 1.6 are older than overlay2, which needs 4.0 and 1.12"
        case "UBUNTU", "aufs" | "devicemapper" if version >= 20:
            return _UBUNTU_ENGINE
        case "DEBIAN", "aufs" if version >= 9:
            return _NO_AUFS_KERNEL
        case "DEBIAN", "devicemapper" if version >= 13:
            return "its Docker is newer than 25, which has no devicemapper"
        case "CENTOS" | "REDHAT", "aufs":
            return _NO_AUFS_KERNEL
        case _:
            return None

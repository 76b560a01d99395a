"""The operating systems on which the program can install Docker and HAProxy."""

import re
from collections.abc import Mapping

from messages.nearest import nearest_hint

# Debian 9 has no package docker.io (packages.debian.org; Debian 10 has 18.09, Ubuntu has it since 14.04).
_OLDEST = {"UBUNTU": 14, "DEBIAN": 10}
_CODE = re.compile(r"(?P<family>[A-Z]+)_(?P<version>[0-9]+|LATEST)(_(?P<bits>[0-9]+).*)?")
# HAProxy's master has a socket since 1.9 (its management guide, -S).
_OLD_HAPROXY = {("UBUNTU", 14): "1.4", ("UBUNTU", 16): "1.6", ("UBUNTU", 18): "1.8", ("DEBIAN", 10): "1.8"}
# cloud-init reads SoftLayer's user data since 18.2 (DataSourceIBMCloud), which Ubuntu 16.04 got as an update.
_OLDEST_WITH_USER_DATA = {"UBUNTU": 16, "DEBIAN": 10}
# Ubuntu has it since 15.04, Debian since 8.
_OLDEST_WITH_SYSTEMD = {"UBUNTU": 15, "DEBIAN": 8}
WORKING = ("UBUNTU_20_64", "UBUNTU_22_64", "UBUNTU_24_64", "DEBIAN_11_64", "DEBIAN_12_64")
"""Codes of systems whose own packages have all that the program needs."""
_TYPING_ERROR = 0.75
"""Likeness from which a code is taken for a typing error of a working one (choice): CENTOS_7_64 is none."""


def system_problem(os_code: str, *, has_front_doors: bool) -> str | None:
    """Return why the program cannot work on an operating system, with those that do; None where it may.

    Args:
        os_code: Operating system reference code, such as `UBUNTU_24_64`.
        has_front_doors: Whether the server may have front doors, which need HAProxy.
    """
    reason = _reason(os_code) or (_door_reason(os_code) if has_front_doors else None)
    return (
        None if reason is None else f"{reason}; the program works on {', '.join(WORKING)} and on newer ones"
    )


def _reason(os_code: str) -> str | None:
    parts = _CODE.fullmatch(os_code)
    family = os_code.partition("_")[0]
    # A number is followed by the bits, which SoftLayer leaves out of LATEST alone.
    is_cut = parts is not None and parts["version"] != "LATEST" and parts["bits"] is None
    if (family not in _OLDEST or parts is None or is_cut) and (
        hint := nearest_hint(os_code, WORKING, _TYPING_ERROR)
    ):
        return f"must be an operating system reference code, got {os_code!r}{hint}"
    if family not in _OLDEST:
        return f"{os_code} has no apt, by which Docker and HAProxy are installed"
    if parts is None or is_cut:
        return f"{os_code} is not a reference code"
    if parts["bits"] == "32":
        return f"{os_code} has 32 bits, for which there is no Docker"
    if parts["version"] != "LATEST" and int(parts["version"]) < _OLDEST[family]:
        return f"{os_code} has no package docker.io"
    return None


def _door_reason(os_code: str) -> str | None:
    parts = _CODE.fullmatch(os_code)
    if parts is None or parts["version"] == "LATEST":
        return None
    version = _OLD_HAPROXY.get((parts["family"], int(parts["version"])))
    return version and f"{os_code} has HAProxy {version}, and a server with the role registry needs 1.9"


def takes_user_data(os_code: str) -> bool:
    """Return whether the image of a virtual server runs cloud-init, which reads the server's user data.

    Args:
        os_code: Operating system reference code, such as `UBUNTU_24_64`.
    """
    return _is_from(_OLDEST_WITH_USER_DATA, os_code)


def has_systemd(os_code: str) -> bool:
    """Return whether an operating system is run by systemd.

    Args:
        os_code: Operating system reference code, such as `UBUNTU_24_64`.
    """
    return _is_from(_OLDEST_WITH_SYSTEMD, os_code)


def _is_from(oldest: Mapping[str, int], os_code: str) -> bool:
    parts = _CODE.fullmatch(os_code)
    if parts is None or parts["family"] not in oldest:
        return False
    return parts["version"] == "LATEST" or int(parts["version"]) >= oldest[parts["family"]]

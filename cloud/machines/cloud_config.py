"""What cloud-init of a hoster's image does with user data at an installation's first boot: host keys alone.

The machine image has no cloud-init, which would take seconds of each boot. Source: cloud-init, cc_ssh (names,
places and modes of the files; all else of the data is left alone) and DataSourceIBMCloud (which systems read
user data). Bare metal does not.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import yaml

_HEADER = "#cloud-config"
_KINDS = ("rsa", "dsa", "ecdsa", "ed25519")
_CODE = re.compile(r"(UBUNTU|DEBIAN|CENTOS)_([0-9]+|LATEST)(_64)?")
_OLDEST = {"UBUNTU": 16, "DEBIAN": 10}


@dataclass(frozen=True)
class HostKeyFile:
    """A file of a host key.

    Attributes:
        path: Relative to the root of the machine.
        content: Text. Secret where it is the private half.
    """

    path: str
    content: str


def runs_cloud_init(os_code: str) -> bool:
    """Return whether the image of an operating system reads user data.

    Args:
        os_code: Reference code, such as `UBUNTU_22_64`.
    """
    match = _CODE.fullmatch(os_code)
    if match is None or match[1] not in _OLDEST:
        return False
    return match[2] == "LATEST" or int(match[2]) >= _OLDEST[match[1]]


def host_key_files(user_data: str) -> Iterator[HostKeyFile]:
    """Yield the host keys that cloud-config names; none where it is no cloud-config, or not valid."""
    if user_data.partition("\n")[0].rstrip() != _HEADER:
        return
    try:
        content: object = yaml.safe_load(user_data)
    except yaml.YAMLError:
        return
    keys = content.get("ssh_keys") if isinstance(content, dict) else None
    for name, value in keys.items() if isinstance(keys, dict) else ():
        kind, _, half = str(name).partition("_")
        if kind in _KINDS and half in ("private", "public") and isinstance(value, str):
            suffix = "" if half == "private" else ".pub"
            yield HostKeyFile(f"etc/ssh/ssh_host_{kind}_key{suffix}", value)

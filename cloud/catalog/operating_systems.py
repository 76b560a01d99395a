"""The operating systems that can be ordered.

Reference codes of Ubuntu 14 to 20 and the `_LATEST` ones are attested by clients; the others follow their
pattern. That ended releases (14.04, 16.04) are still offered is a choice: the registry's oldest setup needs
them.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class OperatingSystem:
    """An orderable system: reference code, family, version and the item's description."""

    code: str
    family: str
    version: str
    description: str

    @property
    def key_name(self) -> str:
        """The product item's key name."""
        return f"OS_{self.code}"


# Of each family the newest is the last.
OPERATING_SYSTEMS = (
    OperatingSystem(
        "UBUNTU_14_64",
        "Ubuntu",
        "14.04-64 Minimal for VSI",
        "Ubuntu Linux 14.04 LTS Trusty Tahr - Minimal Install (64 bit)",
    ),
    OperatingSystem(
        "UBUNTU_16_64",
        "Ubuntu",
        "16.04-64 Minimal for VSI",
        "Ubuntu Linux 16.04 LTS Xenial Xerus Minimal Install (64 bit)",
    ),
    OperatingSystem(
        "UBUNTU_18_64",
        "Ubuntu",
        "18.04-64 Minimal for VSI",
        "Ubuntu Linux 18.04 LTS Bionic Beaver Minimal Install (64 bit)",
    ),
    OperatingSystem(
        "UBUNTU_20_64",
        "Ubuntu",
        "20.04-64 Minimal for VSI",
        "Ubuntu Linux 20.04 LTS Focal Fossa Minimal Install (64 bit)",
    ),
    OperatingSystem(
        "UBUNTU_22_64",
        "Ubuntu",
        "22.04-64 Minimal for VSI",
        "Ubuntu Linux 22.04 LTS Jammy Jellyfish Minimal Install (64 bit)",
    ),
    OperatingSystem(
        "UBUNTU_24_64",
        "Ubuntu",
        "24.04-64 Minimal for VSI",
        "Ubuntu Linux 24.04 LTS Noble Numbat Minimal Install (64 bit)",
    ),
    OperatingSystem(
        "DEBIAN_9_64",
        "Debian",
        "9.0-64 Minimal for VSI",
        "Debian GNU/Linux 9.x Stretch/Stable - Minimal Install (64 bit)",
    ),
    OperatingSystem(
        "DEBIAN_10_64",
        "Debian",
        "10.0-64 Minimal for VSI",
        "Debian GNU/Linux 10.x Buster/Stable - Minimal Install (64 bit)",
    ),
    OperatingSystem(
        "DEBIAN_11_64",
        "Debian",
        "11.0-64 Minimal for VSI",
        "Debian GNU/Linux 11.x Bullseye/Stable - Minimal Install (64 bit)",
    ),
    OperatingSystem(
        "DEBIAN_12_64",
        "Debian",
        "12.0-64 Minimal for VSI",
        "Debian GNU/Linux 12.x Bookworm/Stable - Minimal Install (64 bit)",
    ),
    OperatingSystem(
        "CENTOS_7_64", "CentOS", "7.0-64 Minimal for VSI", "CentOS 7.x - Minimal Install (64 bit)"
    ),
)

_NEWEST = {system.family.upper(): system.code for system in OPERATING_SYSTEMS}


def find_operating_system(code: str) -> OperatingSystem | None:
    """Return the system of a reference code.

    `<FAMILY>_LATEST` and `<FAMILY>_LATEST_64` mean the newest offered.
    """
    family, _, rest = code.partition("_")
    full_code = _NEWEST.get(family, code) if rest in ("LATEST", "LATEST_64") else code
    return next((system for system in OPERATING_SYSTEMS if system.code == full_code), None)

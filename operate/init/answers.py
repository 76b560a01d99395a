"""What an operator answers, with the documented defaults, and what the account offers for it; pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

DATACENTER, SYSTEM, FLAVOR = "dal13", "UBUNTU_24_64", "B1_2X4X100"
"""Defaults, as in stacks/Pulumi.single.yaml."""
SSH_KEY = "~/.ssh/softlayer-registry"
STORAGES: Mapping[str, str] = {
    "s3": "a bucket of IBM Cloud Object Storage or any S3",
    "swift": "SoftLayer's object storage, for accounts that have one: IBM sells no new ones",
    "filesystem": "a folder of the server, lost with it: for a trial",
}
"""What each storage is, by its name in the settings; the default comes first."""
LISTENS: Mapping[str, str] = {
    "private": "SoftLayer's private network",
    "public": "the internet",
    "loopback": "the server itself, by an SSH tunnel",
}
"""From where the registry is reached, by its name in the settings; the default comes first."""
_SYSTEM = re.compile(r"(?P<family>UBUNTU|DEBIAN)_(?P<version>\d+)_64")
_OLDEST = {"UBUNTU": 20, "DEBIAN": 11}
_LATEST = re.compile(r"(UBUNTU|DEBIAN)_LATEST(_64)?")
WORKING_SYSTEMS = ("UBUNTU_20_64", "UBUNTU_22_64", "UBUNTU_24_64", "DEBIAN_11_64", "DEBIAN_12_64")
"""Names for hints; a test compares them with those of the settings."""
_REGIONS: Mapping[str, str] = {
    "dal": "us-south", "hou": "us-south", "mex": "us-south", "sea": "us-south", "wdc": "us-east",
    "tor": "ca-tor", "mon": "ca-mon", "sao": "br-sao", "fra": "eu-de", "lon": "eu-gb", "mad": "eu-es",
    "ams": "eu-de", "par": "eu-de", "mil": "eu-de", "osl": "eu-de", "syd": "au-syd", "mel": "au-syd",
    "tok": "jp-tok", "osa": "jp-osa", "seo": "jp-tok", "hkg": "jp-tok", "sng": "jp-tok", "che": "jp-tok",
    "sjc": "us-south",
}  # fmt: skip
"""The region of IBM Cloud Object Storage that is near a city of SoftLayer's datacenters (IBM Cloud's page
"Endpoints and storage locations")."""


@dataclass(frozen=True)
class Size:
    """A flavor or a preset.

    Attributes:
        name: Key name of the flavor or preset.
        description: Description, for people.
        hourly: USD an hour; 0 where it is not billed so.
        monthly: USD a month.
    """

    name: str
    description: str
    hourly: float = 0.0
    monthly: float = 0.0


@dataclass(frozen=True)
class Locations:
    """What the account offers everywhere.

    Attributes:
        datacenters: Long names by short names.
        systems: Reference codes of operating systems on which the program works.
        swift: Datacenters in which the account has object storage.
        all_systems: Reference codes of all operating systems.
    """

    datacenters: Mapping[str, str] = field(default_factory=dict)
    systems: Sequence[str] = ()
    swift: Sequence[str] = ()
    all_systems: Sequence[str] = ()


@dataclass(frozen=True)
class Sizes:
    """What the account offers in a datacenter, by key name."""

    flavors: Mapping[str, Size] = field(default_factory=dict)
    presets: Mapping[str, Size] = field(default_factory=dict)


@dataclass(frozen=True)
class Bucket:
    """A bucket that exists.

    Attributes:
        name: Name of the bucket.
        region: Location code of the region.
        endpoint: URL with https.
    """

    name: str
    region: str
    endpoint: str


@dataclass(frozen=True)
class Certificate:
    """A certificate of the operator's own, as PEM; its key is a secret, which is no answer.

    Attributes:
        chain: The certificate with its intermediates.
        authority: Root that clients do not know; "" where they do.
    """

    chain: str
    authority: str = ""


@dataclass(frozen=True)
class Answers:
    """What a stack file is made of.

    Attributes:
        domain: DNS domain of the servers.
        datacenter: Short name of the datacenter.
        system: Reference code of the operating system.
        flavor: Key name; "" for bare metal.
        preset: Key name of bare metal; "" for a virtual server.
        storage: Kind of storage, one of `STORAGES`.
        bucket: Bucket of the storage `s3`.
        listen: Network on which it listens, one of `LISTENS`.
        name: DNS name of the registry; "" is its address.
        certificate: Certificate of the operator's own; None has the stack issue one.
        ssh_key: Place of the operator's private key.
        ssh_from: Networks from which SSH is allowed; none is everywhere.
        hourly: Whether the server is billed by the hour.
    """

    domain: str
    datacenter: str = DATACENTER
    system: str = SYSTEM
    flavor: str = FLAVOR
    preset: str = ""
    storage: str = "s3"
    bucket: Bucket | None = None
    listen: str = "private"
    name: str = ""
    certificate: Certificate | None = None
    ssh_key: str = SSH_KEY
    ssh_from: tuple[str, ...] = ()
    hourly: bool = True

    @property
    def server(self) -> Mapping[str, object]:
        """The server, as the request for its price describes it."""
        size = {"preset": self.preset} if self.preset else {"flavor": self.flavor}
        return {"datacenter": self.datacenter, "os": self.system, "hourly": self.hourly, **size}


def usable_systems(codes: Sequence[str]) -> tuple[str, ...]:
    """Return the operating systems that have what the program needs, the newest of each family last.

    Args:
        codes: Reference codes that the account offers.
    """
    return tuple(sorted(code for code in codes if _is_working(code)))


def is_usable_system(code: str) -> bool:
    """Return whether a text is the reference code of a system that has what the program needs.

    Args:
        code: Code as somebody wrote it, also the code of the newest system of a family, `UBUNTU_LATEST_64`.
    """
    return _is_working(code) or _LATEST.fullmatch(code) is not None


def _is_working(code: str) -> bool:
    match = _SYSTEM.fullmatch(code)
    return match is not None and int(match["version"]) >= _OLDEST[match["family"]]


def cos_region(datacenter: str) -> str:
    """Return the region of IBM Cloud Object Storage that is near a datacenter."""
    return _REGIONS.get(datacenter[:3], "us-south")


def cos_endpoint(region: str) -> str:
    """Return the private endpoint of a region, whose traffic is not billed."""
    return f"https://s3.private.{region}.cloud-object-storage.appdomain.cloud"

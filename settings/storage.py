"""Where the registry keeps everything."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, cast, get_args

from settings.reader import Reader
from settings.servers.datacenters import read_datacenter
from settings.servers.servers import ServerSettings, datacenters_of, datacenters_with_doors

StorageChoice = Literal["swift", "s3", "filesystem"]
EndpointChoice = Literal["private", "public"]

_LOGIN = re.compile(r"[A-Za-z0-9._-]+:[A-Za-z0-9._-]+")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
"""Names of buckets of S3, and of IBM COS (cloud.ibm.com/docs/cloud-object-storage, Create a bucket)."""
_CONTAINER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,254}")


@dataclass(frozen=True)
class SwiftSettings:
    """SoftLayer's object storage.

    Attributes:
        datacenter: Datacenter of the object storage.
        container: Container that holds the registry.
        force_destroy: Whether `pulumi destroy` may delete a container that still holds images.
        legacy_container: Container of the legacy registry, "" for `container`; it stays while it is named,
            whether that registry runs or not.
        endpoint: Endpoint at which servers reach it; the private network's costs no traffic. Operators and
            clients that are redirected always use the public one.
        user: User of the account as whom registries log in, `SLOS1-1:SL2`; "" is the account's first.
    """

    datacenter: str
    container: str
    force_destroy: bool
    legacy_container: str = ""
    endpoint: EndpointChoice = "private"
    user: str = ""


@dataclass(frozen=True)
class S3Settings:
    """A bucket, IBM COS for one; its keys are secret and come apart.

    Attributes:
        endpoint: URL with https.
        region: Location code of the region.
        bucket: Name of the bucket.
        force_path_style: The bucket is named in the path, not in the host; IBM COS takes both, version 3 of
            the registry needs it beside an endpoint (distribution #4528).
    """

    endpoint: str
    region: str
    bucket: str
    force_path_style: bool


@dataclass(frozen=True)
class FilesystemSettings:
    """A folder of the server that carries the registry: lost with it, for trials only."""

    folder: str


StorageSettings = SwiftSettings | S3Settings | FilesystemSettings


def read_storage(reader: Reader, servers: Sequence[ServerSettings]) -> StorageSettings:
    """Read what `registryStorage` names; the account is in the only datacenter of the servers by default."""
    choice = cast(StorageChoice, reader.choice("registryStorage", get_args(StorageChoice)))
    return storage_of(choice, reader, servers)


def storage_of(choice: StorageChoice, reader: Reader, servers: Sequence[ServerSettings]) -> StorageSettings:
    """Read the settings of one kind of storage.

    Args:
        choice: Kind of storage.
        reader: Reader of the whole stack.
        servers: Servers of the stack.
    """
    match choice:
        case "s3":
            return S3Settings(
                endpoint=_required(reader, "s3Endpoint"),
                region=_required(reader, "s3Region"),
                bucket=_bucket(reader),
                force_path_style=reader.take("s3ForcePathStyle", bool),
            )
        case "filesystem":
            folder = re.compile(r"/[A-Za-z0-9._/-]+")
            return FilesystemSettings(reader.matching("registryFolder", folder, "an absolute path"))
        case _:
            return SwiftSettings(
                datacenter=_object_datacenter(reader, servers),
                container=reader.matching("objectContainer", _CONTAINER, "letters, digits, . _ -"),
                force_destroy=reader.take("objectForceDestroy", bool),
                legacy_container=reader.matching("legacyContainer", _CONTAINER, "letters, digits, . _ -"),
                endpoint=cast(EndpointChoice, reader.choice("objectEndpoint", get_args(EndpointChoice))),
                user=reader.matching("objectUser", _LOGIN, "ACCOUNT:USER of the object storage"),
            )


def _object_datacenter(reader: Reader, servers: Sequence[ServerSettings]) -> str:
    """Return where the account is; never by the order of the servers, which people change."""
    datacenter = read_datacenter(reader, "objectDatacenter")
    # That a datacenter of clients alone has no registry is reported with the servers.
    datacenters = datacenters_of(server for server in servers if server.role == "registry")
    if datacenter or not datacenters:
        return datacenter
    if len(datacenters) > 1:
        reader.report(
            "objectDatacenter",
            f"the servers are in {', '.join(datacenters)}; name the datacenter of the object storage"
            f" account{_likely_account(servers)}; for a stack that exists, `pulumi stack output objectStore`"
            " shows it as datacenter",
        )
    return datacenters[0]


def _likely_account(servers: Sequence[ServerSettings]) -> str:
    """Return where the account probably is, for a message: where the only front door is.

    What was added for a move says nothing of a front door.
    """
    explicit = {server.datacenter for server in servers if server.front_door}
    if len(explicit) == 1:
        return f": {explicit.pop()}, where the server with frontDoor true is, unless you keep it elsewhere"
    with_doors = datacenters_with_doors(servers)
    if len(with_doors) == 1:
        return f": {with_doors[0]}, where the only front door is, unless you keep it elsewhere"
    return ""


def _bucket(reader: Reader) -> str:
    bucket = _required(reader, "s3Bucket")
    if bucket and not _BUCKET.fullmatch(bucket):
        reader.report(
            "s3Bucket",
            f"must have 3 to 63 lower-case letters, digits, dots and hyphens, with a letter or digit at both"
            f" ends, got {bucket!r}",
        )
    return bucket


def _required(reader: Reader, key: str) -> str:
    value = reader.take(key, str)
    if not value:
        reader.report(key, "is missing; registryStorage, or a release's storage, is s3")
    return value

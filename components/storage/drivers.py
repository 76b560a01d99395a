"""Where a registry keeps everything, as parameters of distribution's storage drivers.

Sources: the drivers' `FromParameters` in distribution 2.8.3 (swift, s3-aws, filesystem) and in 3.1.1 (s3-aws,
filesystem; it has no swift).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar
from urllib.parse import urlsplit

Parameters = Mapping[str, str | bool | int | list[str]]

# The driver's own default, explicitly: an upload takes that much memory, and a layer of 1 GB is 52 segments.
SWIFT_SEGMENT = 20 * 2**20
# As above; S3 takes 10,000 parts, so a layer may have 100 GB.
S3_PART = 10 * 2**20
_FOLDER = re.compile(r"(/[A-Za-z0-9_-][A-Za-z0-9._-]*)+")


@dataclass(frozen=True)
class SwiftStorage:
    """Swift as the registry sees it; `key` and `temp_url_key` are secret, or the marks of secrets.

    Attributes:
        auth_url: URL of v1 authentication, that of the storage door where there is one.
        username: Account and user, `SLOS1-1:SL1`.
        key: The user's key.
        container: The container that holds the registry.
        temp_url_key: Key that signs temporary URLs. It is named here, since the driver otherwise overwrites
            the container's key with one of its own, and two registries on one container disagree.

    Raises:
        ValueError: A value that the driver could not work with; no secret in it.
    """

    driver: ClassVar[str] = "swift"

    auth_url: str
    username: str
    key: str = field(repr=False)
    container: str
    temp_url_key: str = field(repr=False)

    def __post_init__(self) -> None:
        url = urlsplit(self.auth_url)
        if url.scheme not in ("http", "https") or not url.hostname or url.password is not None:
            raise ValueError(
                "the registry's Swift needs an authentication URL such as https://HOST/auth/v1.0, without "
                f"credentials in it; scheme {url.scheme!r} and host {url.hostname!r} are none"
            )
        if not all(self.username.partition(":")):
            raise ValueError(f"the registry's Swift needs ACCOUNT:USER as user name, not {self.username!r}")
        if not self.container or "/" in self.container:
            raise ValueError(
                f"the registry's Swift container must have a name without /, not {self.container!r}"
            )
        if not self.key or not self.temp_url_key:
            raise ValueError("the registry's Swift needs the user's key and a TempURL key; one is empty")

    @property
    def parameters(self) -> Parameters:
        """Parameters of the driver `swift`.

        What Swift can do it would read from `/info`; the storage door hides that, so that the driver does not
        find bulk deletes there (they lose layers, see
        docs/design/storage.md). In its absence the last two count.
        """
        return {
            "authurl": self.auth_url,
            "authversion": 1,
            "username": self.username,
            "password": self.key,
            "container": self.container,
            "chunksize": SWIFT_SEGMENT,
            "secretkey": self.temp_url_key,
            "tempurlcontainerkey": True,
            # HEAD is signed as GET; nothing else is redirected.
            "tempurlmethods": ["GET"],
        }


@dataclass(frozen=True)
class S3Storage:
    """A bucket as the registry sees it, all plain; `CosBucket` judges the values.

    Attributes:
        endpoint: URL of the endpoint.
        region: Location code of the region.
        bucket: Name of the bucket.
        access_key: HMAC access key id; secret, or the mark of a secret.
        secret_key: HMAC secret access key; secret, or the mark of a secret.
        force_path_style: The bucket is named in the path, not in the host. Version 3 only: 2.8 names it in
            the path whenever an endpoint is given.
    """

    driver: ClassVar[str] = "s3"

    endpoint: str
    region: str
    bucket: str
    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    force_path_style: bool = True

    @property
    def parameters(self) -> Parameters:
        """Parameters of the driver `s3`."""
        return {
            "regionendpoint": self.endpoint,
            "forcepathstyle": self.force_path_style,
            "region": self.region,
            "bucket": self.bucket,
            "accesskey": self.access_key,
            "secretkey": self.secret_key,
            "secure": urlsplit(self.endpoint).scheme == "https",
            "v4auth": True,
            "chunksize": S3_PART,
        }


@dataclass(frozen=True)
class FilesystemStorage:
    """A folder of the server, at the same path in the container.

    Raises:
        ValueError: The folder is no absolute path, or the root.
    """

    driver: ClassVar[str] = "filesystem"

    folder: str

    def __post_init__(self) -> None:
        if not _FOLDER.fullmatch(self.folder):
            raise ValueError(
                "the registry's folder must be an absolute path such as /var/lib/registry, without . and .., "
                f"not {self.folder!r}"
            )

    @property
    def parameters(self) -> Parameters:
        """Parameters of the driver `filesystem`."""
        return {"rootdirectory": self.folder}


RegistryStorage = SwiftStorage | S3Storage | FilesystemStorage

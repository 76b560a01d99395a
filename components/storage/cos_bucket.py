"""CosBucket: a bucket of IBM Cloud Object Storage (S3), the settings a registry needs to keep itself there.

A bucket and its HMAC credentials are made outside of SoftLayer's classic account, so they come as settings.
Sources: IBM COS, endpoints and storage locations, and service credentials with HMAC; bucket names as S3 has
them.
"""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import pulumi

from components.access.secret_mark import mark
from components.refused_setting import RefusedSettingError
from components.storage.drivers import S3Storage

ACCESS_KEY, SECRET_KEY = "s3.accessKey", "s3.secretKey"
"""Names of the marks."""

_REGION = re.compile(r"[a-z]+(-[a-z0-9]+)*")
_BUCKET = re.compile(r"[a-z0-9]([a-z0-9.-]{1,61})[a-z0-9]")


@dataclass(frozen=True)
class CosBucket:
    """A bucket and how to reach it; the constructor checks every value.

    Attributes:
        endpoint: URL with https and without a path, such as
            https://s3.us-south.cloud-object-storage.appdomain.cloud; from SoftLayer servers the private one
            (s3.private. ...), whose traffic is free of charge.
        region: Location code for signatures, such as us-south.
        bucket: Name of the bucket, 3 to 63 characters.
        access_key: HMAC access key id; secret from here on.
        secret_key: HMAC secret access key; secret from here on.
        force_path_style: The bucket is named in the path, not in the host. IBM COS takes both; version 3 of
            the registry needs it beside an endpoint (distribution #4528).

    Raises:
        ValueError: A value is invalid; the message names every mistake, and no key.
    """

    endpoint: str
    region: str
    bucket: str
    access_key: pulumi.Input[str]
    secret_key: pulumi.Input[str]
    force_path_style: bool = True

    def __post_init__(self) -> None:
        mistakes = (
            *_wrong("endpoint", endpoint_mistake(self.endpoint)),
            *_wrong("region", region_mistake(self.region)),
            *_wrong("bucket", bucket_mistake(self.bucket)),
            *_wrong("access_key", _key_mistake(self.access_key)),
            *_wrong("secret_key", _key_mistake(self.secret_key)),
        )
        if mistakes:
            raise RefusedSettingError("the COS bucket cannot be used: " + "; ".join(mistakes))
        for name in ("access_key", "secret_key"):
            object.__setattr__(self, name, pulumi.Output.secret(getattr(self, name)))

    def __repr__(self) -> str:
        return f"CosBucket(endpoint={self.endpoint!r}, region={self.region!r}, bucket={self.bucket!r})"

    @property
    def origin(self) -> str:
        """`SCHEME://HOST[:PORT]` of temporary URLs; the bucket is in it where it is not in the path."""
        parts = urlsplit(self.endpoint)
        host = parts.netloc if self.force_path_style else f"{self.bucket}.{parts.netloc}"
        return f"{parts.scheme}://{host}"

    @property
    def storage(self) -> S3Storage:
        """The bucket as a registry's configuration names it, with marks in place of the keys."""
        access_key, secret_key = mark(ACCESS_KEY), mark(SECRET_KEY)
        return S3Storage(
            self.endpoint, self.region, self.bucket, access_key, secret_key, self.force_path_style
        )

    @property
    def secrets(self) -> pulumi.Output[dict[str, str]]:
        """The keys by the names of their marks; secret."""
        keys = pulumi.Output.all(self.access_key, self.secret_key)
        return pulumi.Output.secret(keys.apply(self._secrets))

    def _secrets(self, keys: Sequence[str]) -> dict[str, str]:
        access_key, secret_key = keys
        for name, key in (("access_key", access_key), ("secret_key", secret_key)):
            if mistake := _key_mistake(key):
                raise RefusedSettingError(f"the COS bucket {self.bucket} cannot be used: {name} {mistake}")
        return {ACCESS_KEY: access_key, SECRET_KEY: secret_key}


def _wrong(name: str, mistake: str | None) -> tuple[str, ...]:
    return (f"{name} {mistake}",) if mistake else ()


def endpoint_mistake(endpoint: str) -> str | None:
    """Return what the endpoint must be; None for a valid one. The text never contains credentials."""
    try:
        parts = urlsplit(endpoint)
        port = parts.port
    except ValueError:
        return "must be an https URL such as https://s3.us-south.cloud-object-storage.appdomain.cloud"
    if parts.username is not None or parts.password is not None:
        return "must not hold credentials; they are access_key and secret_key"
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        return f"must be an https URL, got {endpoint!r}"
    if parts.scheme == "http" and not _stays_inside(parts.hostname):
        return f"must be an https URL, since images go there; http is for private addresses, got {endpoint!r}"
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        return f"must end after the host, since the bucket is a setting of its own, got {endpoint!r}"
    return None


def _stays_inside(host: str) -> bool:
    """Whether the host is an address that no route leads to from outside (choice: those may do without TLS).

    A name may come to mean any address, so none is trusted.
    """
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or (address.is_private and not address.is_unspecified)


def region_mistake(region: str) -> str | None:
    """Return what the region must be; None for a valid one."""
    return None if _REGION.fullmatch(region) else f"must be a location code such as us-south, got {region!r}"


def bucket_mistake(bucket: str) -> str | None:
    """Return what the bucket name must be; None for a valid one."""
    if not _BUCKET.fullmatch(bucket) or ".." in bucket or ".-" in bucket or "-." in bucket:
        return (
            "must be 3 to 63 lower-case letters, digits, inner hyphens and single dots, such as "
            f"my-registry, got {bucket!r}"
        )
    try:
        ipaddress.ip_address(bucket)
    except ValueError:
        return None
    return f"must not look like an IP address, got {bucket!r}"


def _key_mistake(key: object) -> str | None:
    """Check a key whose value is known by now; the message never contains the key."""
    if not isinstance(key, str):
        return None
    if not key or not key.isascii() or any(character.isspace() for character in key):
        return "must be an HMAC key, neither empty nor with spaces in it (it is not shown here)"
    return None

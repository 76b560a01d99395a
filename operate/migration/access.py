"""Where both ends are, and with which secrets; checked as soon as they are given."""

import hashlib
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from operate.error import NotStartedError


@dataclass(frozen=True)
class SwiftAccess:
    """The container of the legacy registry.

    Attributes:
        auth_url: URL of v1 authentication, `https://.../auth/v1.0`.
        username: Account and user, `SLOS1-1:SL1`.
        key: Key of the user. Secret.
        container: Container where the legacy registry keeps its images.
        storage_path: STORAGE_PATH of the legacy registry.
    """

    auth_url: str
    username: str
    key: str = field(repr=False)
    container: str
    storage_path: str = "/registry"


@dataclass(frozen=True)
class RegistryAccess:
    """The v2 registry.

    Attributes:
        endpoint: Endpoint, `https://HOST:PORT`; `http` only on the loopback, since the password goes over it.
        user: User that may push and pull.
        password: Password of the user. Secret.
        authority: PEM of its certificate authority; "" where the machine trusts it.
        storage_origins: `SCHEME://HOST[:PORT]` to which it may redirect reads of blobs; reads alone, without
            credentials.
    """

    endpoint: str
    user: str
    password: str = field(repr=False)
    authority: str = ""
    storage_origins: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for origin in self.storage_origins:
            if not _is_origin(origin):
                raise NotStartedError(
                    f"storage origin {origin!r}: give SCHEME://HOST[:PORT] and nothing else (option"
                    " --storage-origin)"
                )
        address = urlsplit(self.endpoint)
        if address.scheme not in ("http", "https") or not address.hostname or not _has_port(address):
            raise NotStartedError(
                f"registry {self.endpoint!r}: give an address, https://HOST:PORT (option --registry)"
            )
        if address.scheme == "http" and not _loopback(address.hostname):
            raise NotStartedError(
                f"registry {self.endpoint}: the password would go over the network readable; use https"
            )


@dataclass(frozen=True)
class Access:
    """Both ends."""

    swift: SwiftAccess
    registry: RegistryAccess

    @property
    def name(self) -> str:
        """A short name of this pair of ends, without secrets, the same for the same ends."""
        ends = (
            self.swift.auth_url,
            self.swift.username,
            self.swift.container,
            self.swift.storage_path,
            self.registry.endpoint.rstrip("/"),
        )
        return hashlib.sha256("\n".join(ends).encode()).hexdigest()[:16]


_FIELDS = {
    "auth_url": "--auth-url",
    "username": "--username",
    "key": "--key-file or MIGRATE_SWIFT_KEY",
    "container": "--container",
    "endpoint": "--registry",
    "user": "--user",
    "password": "--password-file or MIGRATE_REGISTRY_PASSWORD",
}


def access(stack_values: Mapping[str, str]) -> Access:
    """Check the values of both ends.

    Args:
        stack_values: Fields of `SwiftAccess` and `RegistryAccess` by name; those with defaults may be absent.

    Raises:
        NotStartedError: Something is missing or wrong; all that is missing is named at once.
    """
    if missing := [option for name, option in _FIELDS.items() if not stack_values.get(name)]:
        raise NotStartedError(
            f"too little is known of the two ends; name an environment, or give {', '.join(missing)}"
        )
    swift = SwiftAccess(
        stack_values["auth_url"], stack_values["username"], stack_values["key"], stack_values["container"]
    )
    if stack_values.get("storage_path"):
        swift = SwiftAccess(
            swift.auth_url, swift.username, swift.key, swift.container, stack_values["storage_path"]
        )
    registry = RegistryAccess(
        stack_values["endpoint"],
        stack_values["user"],
        stack_values["password"],
        stack_values.get("authority", ""),
        _storage_origins(swift.auth_url, stack_values.get("storage_origins", "")),
    )
    return Access(swift, registry)


def _storage_origins(auth_url: str, origins: str) -> tuple[str, ...]:
    """Where the registry may keep blobs: where the legacy registry does, as in a stack, and what is named."""
    address = urlsplit(auth_url)
    swift = f"{address.scheme}://{address.netloc}"
    return tuple(dict.fromkeys((*([swift] if _is_origin(swift) else []), *origins.split())))


def _is_origin(text: str) -> bool:
    address = urlsplit(text)
    bare = f"{address.scheme}://{address.netloc}" == text and "@" not in address.netloc
    return bare and address.scheme in ("http", "https") and bool(address.hostname) and _has_port(address)


def _has_port(address: SplitResult) -> bool:
    """Whether the port is a port, or absent."""
    try:
        return address.port is None or address.port > 0
    except ValueError:
        return False


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

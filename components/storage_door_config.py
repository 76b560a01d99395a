"""The storage door's part of HAProxy's configuration, as pure functions.

Distribution 2.8's Swift driver asks `/info` what the storage can do. Where `/info` does not answer 200, it
deletes objects one by one and takes what it needs for temporary URLs from its own parameters
(registry/storage/driver/swift/swift.go at 2.8.3, New). Why that matters: docs/storage-door.md.
"""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from components.front_door_config import NAME

_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_ADDRESS = re.compile(r"[0-9.]+")
# Debian's and Ubuntu's package ca-certificates.
_AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"


@dataclass(frozen=True)
class StorageDoorShape:
    """One storage door.

    Attributes:
        name: lower case letters, digits and dashes.
        auth_url: the storage's own v1 authentication URL.
        port: TCP port on 127.0.0.1.
        authorities: file with the authorities that may vouch for the storage.
    """

    name: str
    auth_url: str
    port: int
    authorities: str = _AUTHORITIES

    def __post_init__(self) -> None:
        if NAME.fullmatch(self.name) is None:
            raise ValueError(f"storage door {self.name!r}: take lower case letters, digits and dashes")
        if not 1 <= self.port <= 65535:
            raise ValueError(f"storage door {self.name}: port {self.port} is none; take one of 1 to 65535")
        parts = urlsplit(self.auth_url)
        if parts.scheme not in ("http", "https") or _HOST.fullmatch(parts.hostname or "") is None:
            raise ValueError(
                f"storage door {self.name}: {self.auth_url!r} is no authentication URL such as"
                " https://dal05.objectstorage.softlayer.net/auth/v1.0"
            )
        if parts.scheme == "https" and _ADDRESS.fullmatch(parts.hostname or "") is not None:
            raise ValueError(
                f"storage door {self.name}: HAProxy compares certificates with names only, and"
                f" {self.auth_url!r} has an address; use the storage's name"
            )

    @property
    def origin(self) -> str:
        """The storage's `SCHEME://HOST[:PORT]`."""
        return origin_of(self.auth_url)

    @property
    def door(self) -> str:
        """The door's own origin."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def door_auth_url(self) -> str:
        """The authentication URL through the door."""
        return self.door + self.auth_url.removeprefix(self.origin)


def origin_of(url: str) -> str:
    """Return a URL's `SCHEME://HOST[:PORT]`."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def storage_door_configuration(shape: StorageDoorShape) -> str:
    """Return the door's file; nothing in it is secret.

    A storage that takes no connection is a 503 after three tries of 5 s, one that goes silent a 504 after a
    minute (choices): the registry's own limits are four minutes, and 15 for an upload. A deletion in bulk
    is refused, should anybody ask for one all the same.
    """
    parts = urlsplit(shape.auth_url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    by_name = _ADDRESS.fullmatch(host) is None
    server = [f"  server swift {host}:{port}"]
    if parts.scheme == "https":
        server.append(f"ssl verify required ca-file {shape.authorities} alpn http/1.1")
        server.append(f"verifyhost {host} sni str({host})")
    if by_name:
        server.append(f"resolvers system-{shape.name} resolve-prefer ipv4 init-addr libc,none")
    lines = [
        *(_resolvers(shape.name) if by_name else []),
        f"frontend storage-{shape.name}",
        f"  bind 127.0.0.1:{shape.port}",
        # The registry keeps its connections; one closed under it would fail what it just sends.
        "  timeout http-keep-alive 10m",
        "  http-request return status 404 content-type text/plain string hidden if { path /info }",
        "  http-request deny deny_status 405 if { url_param(bulk-delete) -m found }",
        # The driver would make a container that it misses, and the registry would be empty without a word.
        "  http-request deny deny_status 404 if { method PUT } { path_reg ^/v1/[^/]+/[^/]+/?$ }",
        f"  default_backend swift-{shape.name}",
        "",
        f"backend swift-{shape.name}",
        "  timeout server 60s",
        "  retries 2",
        f"  http-request set-header Host {parts.netloc}",
        f"  http-response replace-header X-Storage-Url ^https?://[^/]+(/.*)?$ {shape.door}\\1",
        " ".join(server),
    ]
    return "\n".join((*lines, ""))


def _resolvers(name: str) -> list[str]:
    """Names are looked up again as they age; while no one answers, the last address stays in use."""
    # 24 days are the most that HAProxy takes.
    holds = [f"  hold {case} 24d" for case in ("nx", "refused", "timeout", "other")]
    return [f"resolvers system-{name}", "  parse-resolv-conf", "  hold valid 30s", *holds, ""]

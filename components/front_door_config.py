"""The front door's part of HAProxy's configuration, as a pure function.

The registry behind it speaks plain HTTP on the loopback. Bodies are streamed both ways; nothing here asks
HAProxy to wait for one.
"""

import ipaddress
import re
from dataclasses import dataclass

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+")


@dataclass(frozen=True)
class Redirect:
    """Two origins, `SCHEME://HOST[:PORT]`: where the registry sends a client, where the client shall go."""

    written: str
    meant: str

    def __post_init__(self) -> None:
        for origin in (self.written, self.meant):
            if _ORIGIN.fullmatch(origin) is None:
                raise ValueError(f"front door: {origin!r} is no origin such as https://storage.example.com")


@dataclass(frozen=True)
class FrontDoorShape:
    """One front door.

    Attributes:
        name: lower case letters, digits and dashes; names its file, its frontend and its backend.
        listen: IPv4 or IPv6 address.
        port: TCP port.
        backend_port: where the registry listens on 127.0.0.1.
        health_path: answers 200 without credentials while the registry lives.
        open_paths: need no credentials where the door asks for them.
        userlist: HAProxy's list of users, secret; "" leaves the question to the registry.
        redirect: what to write anew in `Location`; None leaves it.
    """

    name: str
    listen: str
    port: int
    backend_port: int
    health_path: str = "/"
    open_paths: tuple[str, ...] = ()
    userlist: str = ""
    redirect: Redirect | None = None

    def __post_init__(self) -> None:
        if NAME.fullmatch(self.name) is None:
            raise ValueError(f"front door {self.name!r}: take lower case letters, digits and dashes")
        ipaddress.ip_address(self.listen)
        for port in (self.port, self.backend_port):
            if not 1 <= port <= 65535:
                raise ValueError(f"front door {self.name}: port {port} is none; take one of 1 to 65535")
        for path in (self.health_path, *self.open_paths):
            if re.fullmatch(r"/[A-Za-z0-9/_.-]*", path) is None:
                raise ValueError(f"front door {self.name}: {path!r} is no path such as /v1/_ping")


def front_door_configuration(shape: FrontDoorShape) -> str:
    """Return the door's file; secret where it has users, since it holds their hashes.

    The certificate is `front-NAME.pem` beside it. What a client says of its own protocol and host is not
    believed: the registry builds its links from it.
    """
    listen = f"[{shape.listen}]" if ":" in shape.listen else shape.listen
    lines = [
        *([shape.userlist] if shape.userlist else []),
        f"frontend front-{shape.name}",
        f"  bind {listen}:{shape.port} ssl crt front-{shape.name}.pem alpn h2,http/1.1",
        "  http-request del-header X-Forwarded-Host",
        "  http-request set-header X-Forwarded-Proto https",
        "  http-request set-header X-Forwarded-For %[src]",
        *_credentials(shape),
        f"  default_backend registry-{shape.name}",
        "",
        f"backend registry-{shape.name}",
        f"  option httpchk GET {shape.health_path}",
        "  http-check expect status 200",
        *_location(shape.redirect),
        f"  server registry 127.0.0.1:{shape.backend_port} check inter 1s fall 3 rise 1",
    ]
    return "\n".join((*lines, ""))


def _credentials(shape: FrontDoorShape) -> list[str]:
    if not shape.userlist:
        return []
    paths = f" !{{ path {' '.join(shape.open_paths)} }}" if shape.open_paths else ""
    return [
        f"  http-request auth realm registry if !{{ http_auth(users-{shape.name}) }}{paths}",
        # The registry has no use for the password.
        "  http-request del-header Authorization",
    ]


def _location(redirect: Redirect | None) -> list[str]:
    if redirect is None:
        return []
    return [
        f"  http-response replace-header Location ^{re.escape(redirect.written)}/(.*)$ {redirect.meant}/\\1"
    ]

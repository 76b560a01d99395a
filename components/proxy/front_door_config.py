"""The front door's part of HAProxy's configuration, as a pure function.

Its backend speaks plain HTTP on the loopback, or has a front door of its own on another server. The file
`live.map` beside the doors' folder names the colour that gets the requests. It is no part of the
configuration: `pulumi up` writes the doors, and a switch writes the map. Bodies are streamed both ways;
nothing here lets HAProxy wait for one.

Clients are offered HTTP/1.1 alone. HAProxy 2.6 reads nothing of a connection of HTTP/2 while one of its
streams is blocked, so that an upload in a queue would stop all others of its client; and its window makes
the uploads of far clients slower (docs/design/crowd.md).
"""

import base64
import hashlib
import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from components.access.door_credential import DoorCredential
from components.proxy.access_rules import (
    DoorUsers,
    access_tables,
    address_limits,
    credential_rules,
    own_password_refused,
)
from components.proxy.queues import OTHER_REQUESTS, WAIT_MINUTES, DoorQueue
from settings import DoorLimits

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
_COMMON_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,63}")
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+")
_METHODS = "GET HEAD POST PUT PATCH DELETE"
# No repository, tag or digest needs one of these encoded; a registry would decode it after the door's rules.
_ENCODED = "%(00|25|2e|2f|5c)"
# HAProxy 2.6 lets them through; the single quotes keep its own parser from reading the digits.
_CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"
_LENGTH_DIGITS = 15
_SERVER_IDS = 2**31 - 2
"""HAProxy keeps a server's id in an int; those that it gives itself begin with 1."""
_CLIMBS = r"//|/[.][.]?(/|$)"
_DROPPED_HEADERS = (
    "Forwarded",
    # A proxy's own words, a password for it among them.
    "Proxy -m beg",
    "Cookie",
    "Upgrade",
    "X-Forwarded- -m beg",
    "Sec-WebSocket- -m beg",
    "_ -m sub",
)
# Idle time. The first counts from the connection on, TLS included: HAProxy 2.6 has nothing else for that, 3.0
# has. What waits in a queue is not idle (measured).
_TIME_OUTS = (
    "  timeout client 2m",
    "  timeout http-request 10s",
    "  timeout http-keep-alive 60s",
    ".if version_atleast(3.0)",
    "  timeout client-hs 10s",
    ".endif",
)


@dataclass(frozen=True)
class Redirect:
    """Two origins, `SCHEME://HOST[:PORT]`, of a redirect that is rewritten for clients.

    Attributes:
        internal_origin: Origin to which the registry redirects.
        public_origin: Origin that clients can reach.
    """

    internal_origin: str
    public_origin: str

    def __post_init__(self) -> None:
        for origin in (self.internal_origin, self.public_origin):
            if _ORIGIN.fullmatch(origin) is None:
                raise ValueError(
                    f"front door: origin must be such as https://storage.example.com, got {origin!r}"
                )


@dataclass(frozen=True)
class ColourBackend:
    """Where one colour's registry is reached.

    Attributes:
        colour: Colour, `red` or `black`.
        port: TCP port.
        address: Address of its server, an IPv4 or IPv6 address.
        certificate_name: Common name in its own door's certificate, which the stack's authority issued; "" is
            plain HTTP on the loopback.
        source: Address from which the door connects, since the firewall there allows one; "" is any.
        queues: Queues that wait here; none where its own door on another server has them.
        upload_secret: Secret that signs the state of uploads; where colours have different ones, each upload
            stays with the colour that began it. "" where the registry signs none.
        password: Password with which the door logs in to the registry, or to its own door on another server.
            Secret; "" sends none.
    """

    colour: str
    port: int
    address: str = "127.0.0.1"
    certificate_name: str = ""
    source: str = ""
    queues: tuple[DoorQueue, ...] = ()
    upload_secret: str = field(default="", repr=False)
    password: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if NAME.fullmatch(self.colour) is None:
            raise ValueError(f"colour must be lower case letters, digits and dashes, got {self.colour!r}")
        if not 1 <= self.port <= 65535:
            raise ValueError(f"colour {self.colour}: port must be between 1 and 65535, got {self.port}")
        loopback = ipaddress.ip_address(self.address).is_loopback
        if self.source:
            ipaddress.ip_address(self.source)
        if not loopback and not self.certificate_name:
            raise ValueError(
                f"colour {self.colour}: {self.address} is another server, so certificate_name must be set"
            )
        if self.certificate_name and _COMMON_NAME.fullmatch(self.certificate_name) is None:
            raise ValueError(
                f"colour {self.colour}: certificate_name must be a common name, got {self.certificate_name!r}"
            )
        if self.queues and not loopback:
            raise ValueError(
                f"colour {self.colour}: queues must be those of the door on {self.address}, not of this one"
            )

    @property
    def server_id(self) -> int:
        """HAProxy's `id` of the server: another place or password, which is a release's own, has another one.

        By it door-switch.sh knows a process that a reload left, and that would go to what was there before.
        """
        place = f"{self.address} {self.port} {self.certificate_name} {self.password}"
        return int.from_bytes(hashlib.sha256(place.encode()).digest()[:4]) % _SERVER_IDS + 1


@dataclass(frozen=True)
class FrontDoorShape:
    """One front door.

    Attributes:
        name: Lower case letters, digits and dashes; names its file, its frontend and its backends.
        listen: Address to bind, IPv4 or IPv6.
        extra_bind_address: Second address to bind, which is assigned to the server; "" for none.
        port: TCP port.
        backends: The colours, one of which is live; or the port of the only registry on 127.0.0.1.
        health_path: Path that answers 200 without credentials while the registry lives.
        prefixes: Prefixes of the registry's own paths; any other path but `health_path` is not found.
        open_paths: Paths that need no credentials where the door requires authentication.
        answers_open_paths: Whether the door itself answers the open paths while the registry is up, so that
            nobody without credentials reaches it.
        single_requests: Whether a connection to the registry carries one request, since it may misread where
            one ends.
        users: Users whom the door itself authenticates; None leaves authentication to the registry.
        limits: Limits of clients; None for a door that only other doors reach.
        sources: Addresses of those doors; others are closed before TLS. None is everybody.
        redirect: How to rewrite `Location`; None leaves it.
        queues: Queues in front of the only registry.
        password: Password of the door at the only registry. Secret; "" sends none.
    """

    name: str
    listen: str
    port: int
    backends: int | tuple[ColourBackend, ...]
    health_path: str = "/"
    prefixes: tuple[str, ...] = ("/v2/",)
    open_paths: tuple[str, ...] = ()
    answers_open_paths: bool = False
    single_requests: bool = False
    users: DoorUsers | None = None
    limits: DoorLimits | None = None
    sources: tuple[str, ...] = ()
    redirect: Redirect | None = None
    extra_bind_address: str = ""
    queues: tuple[DoorQueue, ...] = ()
    password: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if NAME.fullmatch(self.name) is None:
            raise ValueError(
                f"front door: name must be lower case letters, digits and dashes, got {self.name!r}"
            )
        for address in (self.listen, *self.sources):
            ipaddress.ip_address(address)
        for port in (self.port, *((self.backends,) if isinstance(self.backends, int) else ())):
            if not 1 <= port <= 65535:
                raise ValueError(f"front door {self.name}: port must be between 1 and 65535, got {port}")
        colours = [colour.colour for colour in self.colours]
        if self.backends == () or len(set(colours)) != len(colours):
            raise ValueError(f"front door {self.name}: colours must be one or more, each once, got {colours}")
        for path in (self.health_path, *self.prefixes, *self.open_paths):
            if re.fullmatch(r"/[A-Za-z0-9/_.-]*", path) is None:
                raise ValueError(f"front door {self.name}: path must be such as /v1/_ping, got {path!r}")

    @property
    def colours(self) -> tuple[ColourBackend, ...]:
        """The colours among its backends; empty where there is only one registry."""
        return () if isinstance(self.backends, int) else self.backends


def front_door_configuration(shape: FrontDoorShape) -> str:
    """Return the door's file; secret, since it holds the users' hashes and the registries' passwords.

    The certificate is `front-NAME.pem` beside it, the authority of other servers' doors `front-NAME.ca`. What
    a client sends of its own protocol and host is replaced, since the registry builds its links from it.
    """
    addresses = [address for address in (shape.listen, shape.extra_bind_address) if address]
    lines = [
        *([shape.users.userlist] if shape.users else []),
        f"frontend front-{shape.name}",
        *(
            f"  bind {_host(address)}:{shape.port} ssl crt front-{shape.name}.pem alpn http/1.1"
            for address in addresses
        ),
        # Without it a transfer is counted when it ends, and a running one would be invisible.
        "  option contstats",
        *_TIME_OUTS,
        *(
            [f"  tcp-request connection reject unless {{ src {' '.join(shape.sources)} }}"]
            if shape.sources
            else []
        ),
        *address_limits(shape.name, shape.limits),
        *_barrier(shape),
        *(credential_rules(shape.name, shape.users, shape.open_paths, shape.limits) if shape.users else []),
        *_choice(shape),
        *access_tables(shape.name, shape.users, shape.limits),
    ]
    if isinstance(shape.backends, int):
        only = f"registry 127.0.0.1:{shape.backends}"
        lines += _backend(shape, f"registry-{shape.name}", only)
        lines += _queues(shape.queues, "registry", shape.backends)
    for colour in shape.colours:
        lines += _backend(shape, f"front-{shape.name}-{colour.colour}", _server(shape, colour), colour)
        lines += _queues(colour.queues, colour.colour, colour.port)
    return "\n".join((*lines, ""))


def _choice(shape: FrontDoorShape) -> list[str]:
    """Choose the backend: the only one, or that of the live colour in the map.

    A colour that only the map has gets a 503, never the other colour's backend.
    """
    if isinstance(shape.backends, int):
        return [f"  default_backend registry-{shape.name}"]
    live = f"str({shape.name}),map(${{REGISTRY_DOOR}}/live.map)"
    return [*_uploads(shape), f'  use_backend "front-{shape.name}-%[{live}]"']


def _uploads(shape: FrontDoorShape) -> list[str]:
    """Route an upload to the colour that signed its state, where the colours have different secrets.

    A registry signs what it needs to know of an upload, and refuses what another secret has signed: `_state`
    is the base64url of HMAC-SHA256 and text (distribution 2.8.3 and 3.1.1, registry/handlers/hmac.go). Nobody
    can forge it, so that a client cannot choose its colour.
    """
    signers = [colour for colour in shape.colours if colour.upload_secret]
    if len({colour.upload_secret for colour in signers}) < 2:
        return []
    # HAProxy 2.6 reads base64url without its padding only.
    state = "'url_param(_state),url_dec,regsub(=+$,),ub64dec'"
    lines = [
        f"  http-request set-var(txn.upload) {state} if {{ path_sub /blobs/uploads/ }}",
        "  http-request set-var(txn.signature) var(txn.upload),bytes(0,32),hex",
    ]
    for number, colour in enumerate(signers):
        key = base64.b64encode(colour.upload_secret.encode()).decode()
        own, name = f"txn.signed_{number}", f"front-{shape.name}-{colour.colour}"
        is_own = f"{{ var(txn.signature) -m found }} {{ var({own}),strcmp(txn.signature) eq 0 }}"
        lines.append(f"  http-request set-var({own}) var(txn.upload),bytes(32),hmac(sha256,{key}),hex")
        lines.append(f"  use_backend {name} if {is_own}")
    return lines


def _backend(shape: FrontDoorShape, name: str, server: str, colour: ColourBackend | None = None) -> list[str]:
    """One backend, with a health check and counters of its own."""
    guarded = colour is not None and colour.certificate_name
    return [
        "",
        f"backend {name}",
        f"  option httpchk GET {shape.health_path}",
        "  http-check expect status 200",
        *_answers(shape),
        *(["  option http-server-close", "  http-reuse never"] if shape.single_requests else []),
        *_credentials(shape, colour.password if colour else shape.password),
        *_location(shape.redirect),
        f"  timeout queue {WAIT_MINUTES}m",
        # What waits at another server's door must not stand in the way of what is small.
        f"  server {server} check inter 1s fall 3 rise 1{'' if guarded else f' maxconn {OTHER_REQUESTS}'}",
    ]


def _credentials(shape: FrontDoorShape, password: str) -> list[str]:
    """What a registry gets in place of the client's password, which nobody behind the door has a use for.

    A door that compares no passwords itself leaves the header to the registry.
    """
    if password:
        return [
            f'  http-request set-header Authorization "{DoorCredential(password).authorization}"',
            own_password_refused(),
        ]
    return ["  http-request del-header Authorization"] if shape.users is not None else []


def _queues(queues: Sequence[DoorQueue], server: str, port: int) -> list[str]:
    return [line for queue in queues for line in queue.lines(server, port)]


def _server(shape: FrontDoorShape, colour: ColourBackend) -> str:
    plain = f"{colour.colour} {_host(colour.address)}:{colour.port} id {colour.server_id}"
    if not colour.certificate_name:
        return plain
    # HAProxy compares names only, and takes the common name where a certificate has addresses alone.
    authority = f'ca-file "${{REGISTRY_DOOR}}/current/front-{shape.name}.ca"'
    tls_options = f"ssl verify required {authority} verifyhost {colour.certificate_name} alpn http/1.1"
    return " ".join((plain, tls_options, *((f"source {colour.source}",) if colour.source else ())))


def _host(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def _barrier(shape: FrontDoorShape) -> list[str]:
    """Reject requests that are not the registry's own, and drop headers that it would misread.

    gunicorn 18.0 takes the 8 bytes after a request with `Sec-WebSocket-Key1` for its body, whatever its
    length is (`http/message.py`, `set_body_reader`): the rest would be a request behind the door's back. It
    also takes `Content_Length` for `Content-Length`, as every WSGI server of its time does.
    """
    own = f"{{ path_beg {' '.join(shape.prefixes)} }} || {{ path {shape.health_path} }}"
    coded = "{ req.fhdr(transfer-encoding) -m found }"
    return [
        f"  http-request deny deny_status 405 unless {{ method {_METHODS} }}",
        # A proxy's form of a request names a host, which nobody here has a use for.
        "  http-request deny deny_status 400 unless { url_beg / }",
        f"  http-request deny deny_status 400 if {{ path -i -m reg {_ENCODED} }}",
        f"  http-request deny deny_status 400 if {{ path -m reg '{_CLIMBS}' }}",
        f"  http-request deny deny_status 400 if {coded} !{{ req.fhdr(transfer-encoding) -m str chunked }}",
        f"  http-request deny deny_status 400 if {{ req.fhdr(content-length),length gt {_LENGTH_DIGITS} }}",
        f"  http-request deny deny_status 400 if {{ req.hdrs -m reg '{_CONTROL}' }}",
        f"  http-request deny deny_status 404 unless {own}",
        *(f"  http-request del-header {header}" for header in _DROPPED_HEADERS),
        "  http-request set-header X-Forwarded-Proto https",
        "  http-request set-header X-Forwarded-For %[src]",
    ]


def _answers(shape: FrontDoorShape) -> list[str]:
    """Answer the open paths in place of a registry that is up, as the v1 protocol has `/v1/_ping`."""
    if not (shape.answers_open_paths and shape.open_paths):
        return []
    condition = f"{{ path {' '.join(shape.open_paths)} }} {{ nbsrv gt 0 }}"
    return [f"  http-request return status 200 content-type application/json string true if {condition}"]


def _location(redirect: Redirect | None) -> list[str]:
    if redirect is None:
        return []
    internal = re.escape(redirect.internal_origin)
    return [
        f"  http-response replace-header Location ^{internal}/(.*)$ {redirect.public_origin}/\\1",
    ]

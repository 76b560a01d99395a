"""Kinds of hostile requests, as the bytes that a stranger sends to a front door.

What a door must never let through is marked: every path begins with `hostile`, and a request that is hidden
in another one has the path `smuggled`.
"""

import gzip
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

HOSTILE, SMUGGLED, STRANGER = "hostile", "smuggled", "stranger"
ATTACKER = "X-Attacker"
"""Header with the name of the user whose credentials an attack has."""


@dataclass(frozen=True)
class Target:
    """What is attacked.

    Attributes:
        root: The registry's paths begin with it, `/v1/` or `/v2/`.
        authorization: Value of the header; "" is a stranger.
        user: User whose credentials these are.
    """

    root: str
    authorization: str = ""
    user: str = STRANGER

    @property
    def path(self) -> str:
        """A path that needs credentials."""
        return f"{self.root}{HOSTILE}/x"


@dataclass(frozen=True)
class Attack:
    """What is sent on one connection.

    Attributes:
        parts: Parts that are sent in turn.
        has_tls: Whether the connection has TLS.
        pause: Seconds between the parts.
        waits: Whether the client expects no answer, and only holds the connection for `pause` seconds.
    """

    parts: tuple[bytes, ...]
    has_tls: bool = True
    pause: float = 0.0
    waits: bool = False


@dataclass(frozen=True)
class HostileKind:
    """A kind of attack.

    Attributes:
        name: Name of the kind.
        build: Returns an attack, a different one each time.
        is_smuggling: Whether it hides a request in another one.
    """

    name: str
    build: Callable[[Random, Target], Attack]
    is_smuggling: bool = False


def request(
    target: Target, lines: Sequence[str] = (), body: bytes = b"", *, method: str = "GET", path: str = ""
) -> bytes:
    """Return a request as it goes over the wire, with the target's credentials; no length is added."""
    head = [f"{method} {path or target.path} HTTP/1.1", "Host: door", f"{ATTACKER}: {target.user}"]
    if target.authorization:
        head.append(f"Authorization: {target.authorization}")
    return "\r\n".join((*head, *lines, "", "")).encode("latin-1") + body


def smuggled(target: Target) -> bytes:
    """Return the request that is hidden."""
    return f"GET {target.root}{SMUGGLED} HTTP/1.1\r\nHost: door\r\nContent-Length: 0\r\n\r\n".encode()


def _framed(*lines: str, before: bytes = b"", after: bytes = b"") -> Callable[[Random, Target], Attack]:
    """A POST whose length is written in a doubtful way, with the hidden request in its body."""

    def build(_: Random, target: Target) -> Attack:
        body = before + smuggled(target) + after
        filled = [line.format(length=len(body), short=4, inner=len(smuggled(target))) for line in lines]
        return Attack((request(target, filled, body, method="POST"),))

    return build


def _chunked(sizes: str, *lines: str) -> Callable[[Random, Target], Attack]:
    """A chunked POST whose chunk sizes are written in a doubtful way."""

    def build(_: Random, target: Target) -> Attack:
        hidden = smuggled(target)
        body = sizes.format(size=f"{len(hidden):x}").encode() + hidden + b"\r\n0\r\n\r\n"
        return Attack((request(target, ("Transfer-Encoding: chunked", *lines), body, method="POST"),))

    return build


def _raw(text: str) -> Callable[[Random, Target], Attack]:
    """A text with `{path}`, `{login}` and `{root}` filled in, and the hidden request behind it."""

    def build(_: Random, target: Target) -> Attack:
        login = f"Authorization: {target.authorization}\r\n" if target.authorization else ""
        login += f"{ATTACKER}: {target.user}\r\n"
        filled = text.format(path=target.path, login=login, root=target.root)
        return Attack((filled.encode("latin-1") + smuggled(target),))

    return build


_CHUNKED = "Transfer-Encoding: chunked"
_SMUGGLING: dict[str, Callable[[Random, Target], Attack]] = {
    "CL.TE": _framed("Content-Length: {length}", _CHUNKED, before=b"0\r\n\r\n"),
    "TE.CL": _framed(_CHUNKED, "Content-Length: {short}", before=b"5c\r\n", after=b"\r\n0\r\n\r\n"),
    "TE.TE, another coding": _framed(
        _CHUNKED, "Transfer-Encoding: x", "Content-Length: {length}", before=b"0\r\n\r\n"
    ),
    "TE.TE, list": _framed("Transfer-Encoding: gzip, chunked", before=b"0\r\n\r\n"),
    "TE with a tabulator": _framed(
        "Transfer-Encoding:\tchunked", "Content-Length: {length}", before=b"0\r\n\r\n"
    ),
    "TE with a vertical tabulator": _framed(
        "Transfer-Encoding: \x0bchunked", "Content-Length: {length}", before=b"0\r\n\r\n"
    ),
    "TE misspelt": _framed("Transfer-Encoding: xchunked", "Content-Length: {length}", before=b"0\r\n\r\n"),
    "TE in capitals": _framed("TRANSFER-ENCODING: CHUNKED", "Content-Length: {length}", before=b"0\r\n\r\n"),
    "TE with an underscore": _framed(
        "Transfer_Encoding: chunked", "Content-Length: {length}", before=b"0\r\n\r\n"
    ),
    "TE of HTTP/1.0": _raw(
        "POST {path} HTTP/1.0\r\nHost: door\r\n{login}Connection: keep-alive\r\n"
        "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    ),
    "two lengths": _framed("Content-Length: 0", "Content-Length: {length}"),
    "two lengths in a list": _framed("Content-Length: 0, {length}"),
    "the same length twice": _framed("Content-Length: {length}", "Content-Length: {length}"),
    "length with a sign": _framed("Content-Length: +0"),
    "negative length": _framed("Content-Length: -1"),
    "length in hexadecimal digits": _framed("Content-Length: 0x0"),
    "length with a space": _framed("Content-Length: 0 0"),
    "length too long": _framed("Content-Length: 18446744073709551616"),
    "length with an underscore": _framed("Content_Length: 0", "Content-Length: {length}"),
    "space before the colon": _framed("Content-Length : {length}"),
    "space before the name": _framed("X: y", " Content-Length: 0", "Content-Length: {length}"),
    "folded header": _framed("X: y", "\tTransfer-Encoding: chunked", "Content-Length: {length}"),
    "folded length": _framed("Content-Length:", " 0", "X: y"),
    "bare line feed": _raw("GET {path} HTTP/1.1\nHost: door\n{login}\n"),
    "bare line feed in a header": _raw("GET {path} HTTP/1.1\r\nHost: door\r\n{login}X: y\nZ: z\r\n\r\n"),
    "bare carriage return": _raw("GET {path} HTTP/1.1\r\nHost: door\r\n{login}X: y\rZ: z\r\n\r\n"),
    "zero byte in a header": _raw("GET {path} HTTP/1.1\r\nHost: door\r\n{login}X: y\0z\r\n\r\n"),
    "chunk extension": _chunked("{size};x=y\r\n"),
    "chunk extension with a line feed": _chunked("{size};\n"),
    "chunk size with a sign": _chunked("+{size}\r\n"),
    "chunk size with 0x": _chunked("0x{size}\r\n"),
    "chunk size beyond 64 bits": _chunked("1000000000000000{size}\r\n"),
    "chunk size ended by a line feed": _chunked("{size}\n"),
    "chunk without an end": _chunked("1\r\nx\r\n0\r\n"),
    "trailer with a length": _chunked("0\r\nContent-Length: 5\r\n\r\n"),
    "Sec-WebSocket-Key1": _framed("Sec-WebSocket-Key1: 1", "Content-Length: {length}", before=b"8 bytes."),
    "upgrade to a WebSocket": _framed(
        "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"
    ),
    "upgrade to HTTP/2": _framed(
        "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA"
    ),
    "expectation": _framed("Expect: 100-continue", "Content-Length: {short}"),
    "absolute address": _raw("GET http://evil.example{path} HTTP/1.1\r\nHost: door\r\n{login}\r\n"),
    "absolute address of a root": _raw("GET HTTP://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n"),
    "foreign scheme": _raw("GET foo://{root} HTTP/1.1\r\nHost: door\r\n{login}\r\n"),
    "two hosts": _raw("GET {path} HTTP/1.1\r\nHost: door\r\nHost: evil.example\r\n{login}\r\n"),
    "no host": _raw("GET {path} HTTP/1.1\r\n{login}\r\n"),
    "HTTP/0.9": _raw("GET {path}\r\n"),
    "HTTP/2 without TLS's consent": _raw("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0"),
    "CONNECT": _raw("CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: 127.0.0.1:22\r\n{login}\r\n"),
    "unknown method": _raw("SMUGGLE {path} HTTP/1.1\r\nHost: door\r\n{login}\r\n"),
    "space in the path": _raw("GET {path} x HTTP/1.1\r\nHost: door\r\n{login}\r\n"),
    "pipelined": _raw("GET {path} HTTP/1.1\r\nHost: door\r\n{login}\r\n"),
}


def _path(*paths: str) -> Callable[[Random, Target], Attack]:
    """A request for one of some paths below the root; `{hostile}` is filled in."""

    def build(random: Random, target: Target) -> Attack:
        path = target.root + random.choice(paths).format(hostile=HOSTILE)
        return Attack((request(target, path=path),))

    return build


def _login(*values: str) -> Callable[[Random, Target], Attack]:
    """A login that is none."""

    def build(random: Random, target: Target) -> Attack:
        lines = [f"Authorization: {value}" for value in values]
        return Attack(
            (request(Target(target.root), [line.format(random.randrange(10**9)) for line in lines]),)
        )

    return build


def _guess(random: Random, target: Target) -> Attack:
    """A guess at a password of a user that exists."""
    value = b64encode(f"docker:{random.randrange(10**9)}".encode()).decode()
    return Attack((request(Target(target.root), [f"Authorization: Basic {value}"]),))


def _slow_header(random: Random, target: Target) -> Attack:
    whole = request(target)
    length = random.randrange(4, len(whole) - 2)
    return Attack((whole[:length], whole[length : length + 1]), pause=0.05, waits=True)


def _slow_body(_: Random, target: Target) -> Attack:
    return Attack((request(target, ["Content-Length: 1000"], method="POST"), b"x"), pause=0.05, waits=True)


def _many_headers(random: Random, target: Target) -> Attack:
    return Attack((request(target, [f"X-{number}: y" for number in range(random.choice((90, 200, 2000)))]),))


def _upload(random: Random, target: Target) -> Attack:
    state = f"{random.randrange(16**32):032x}"
    path = f"{target.root}{HOSTILE}/blobs/uploads/{state[:8]}-0000-4000-8000-{state[8:20]}?_state={state}"
    return Attack((request(target, ["Content-Length: 4"], b"data", method="PATCH", path=path),))


def _manifest(random: Random, target: Target) -> Attack:
    body = b"[" * random.choice((10, 100_000, 4_300_000))
    path = f"{target.root}{HOSTILE}/manifests/latest"
    return Attack((request(target, [f"Content-Length: {len(body)}"], body, method="PUT", path=path),))


def _bomb(_: Random, target: Target) -> Attack:
    body = gzip.compress(bytes(10_000_000))
    lines = [f"Content-Length: {len(body)}", "Content-Encoding: gzip"]
    return Attack((request(target, lines, body, method="PUT"),))


_ATTACKS: dict[str, Callable[[Random, Target], Attack]] = {
    "silent connection": lambda _, __: Attack((), has_tls=False, pause=0.05, waits=True),
    "silent after TLS": lambda _, __: Attack((), pause=0.05, waits=True),
    "plain HTTP": lambda _, target: Attack((request(target),), has_tls=False),
    "random bytes instead of TLS": lambda random, _: Attack((random.randbytes(500),), has_tls=False),
    "TLS hello cut short": lambda random, _: Attack(
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + random.randbytes(32),),
        has_tls=False, pause=0.05, waits=True,
    ),
    "random bytes": lambda random, _: Attack((random.randbytes(500),)),
    "slow header": _slow_header,
    "slow body": _slow_body,
    "long path": lambda random, target: Attack(
        (request(target, path=target.path + "x" * random.choice((5_000, 60_000, 100_000))),)
    ),
    "large header": lambda random, target: Attack(
        (request(target, ["X: " + "y" * random.choice((9_000, 60_000, 200_000))]),)
    ),
    "many headers": _many_headers,
    "climbing path": _path("../{hostile}", "{hostile}/../../etc/passwd", "{hostile}/./x", "../../v1/_ping"),
    "climbing path, encoded": _path(
        "%2e%2e/{hostile}", "{hostile}%2f..%2fx", "{hostile}/%252e%252e/x", "..%5c{hostile}",
        "..%c0%af{hostile}"
    ),
    "doubled slash": _path("/{hostile}", "{hostile}//x"),
    "zero byte in the path": _path("{hostile}%00.json"),
    "catalog": _path("_catalog", "_catalog?n=100000", "search?q={hostile}", "users/"),
    "wrong password": _guess,
    "unknown user": _login("Basic bm9ib2R5Om5v"),
    "two logins": _login("Basic bm9ib2R5Om5v", "Basic bm9ib2R5Om5v"),
    "login that is no base64": _login("Basic ====", "Basic %%%"),
    "token instead of a login": _login("Bearer {0}"),
    "login of 60,000 characters": _login("Basic " + "QUFB" * 15_000),
    "login with a line break in it": _login("Basic ZG9ja2VyOg0KWDogeQ=="),
    "replayed upload": _upload,
    "huge manifest": _manifest,
    "bomb": _bomb,
    "deletion": lambda _, target: Attack((request(target, method="DELETE"),)),
    "push": lambda _, target: Attack(
        (request(target, ["Content-Length: 4"], b"data", method="PUT", path=f"{target.root}{HOSTILE}/y"),)
    ),
    "method override": lambda _, target: Attack((request(target, ["X-HTTP-Method-Override: DELETE"]),)),
}  # fmt: skip

KINDS: tuple[HostileKind, ...] = (
    *(HostileKind(name, build, is_smuggling=True) for name, build in _SMUGGLING.items()),
    *(HostileKind(name, build) for name, build in _ATTACKS.items()),
)

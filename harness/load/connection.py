"""A strict client: one connection that is kept, no retries, every answer judged and counted."""

import hashlib
import http.client
import socket
import ssl
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from harness.clients.registry_client import Client
from harness.load.tally import Fault, Tally

_ALERT = 0x15
"""Content type of a TLS record that ends a connection (RFC 8446, 5.1)."""


@dataclass(frozen=True)
class Answer:
    """An answer that is as it should be."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def location(self) -> str:
        """Where an upload goes on: relative, so that it leads back to the door."""
        return self.headers.get("location", "")


@dataclass(frozen=True)
class Expected:
    """What an answer must be.

    Attributes:
        status: HTTP status.
        digest: Digest of its body, `sha256:...`; "" where it is not known.
        length: Length of its body, or for HEAD as promised; None where it is not known.
        within: Bytes that its body must contain, each of them.
    """

    status: int = 200
    digest: str = ""
    length: int | None = None
    within: tuple[bytes, ...] = ()


class FaultError(Exception):
    """An answer is not what it must be.

    Attributes:
        fault: Description of the fault.
    """

    def __init__(self, fault: Fault, text: str) -> None:
        super().__init__(text)
        self.fault = fault


class Connection:
    """Requests one after the other on one connection, reconnected only where the server closed it in between.

    Args:
        client: Client, with the address of the registry.
        tally: Tally that counts every request.
    """

    def __init__(self, client: Client, tally: Tally) -> None:
        self._client, self._tally = client, tally
        self._open: http.client.HTTPSConnection | None = None

    def close(self) -> None:
        """Close the connection."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def ask(
        self,
        kind: str,
        method: str,
        path: str,
        expected: Expected,
        body: bytes | Iterable[bytes] = b"",
        headers: Mapping[str, str] | None = None,
    ) -> Answer | None:
        """Make one request and judge its answer.

        Args:
            kind: Kind under which the request is counted.
            method: HTTP method.
            path: Path with its query.
            expected: What the answer must be.
            body: Bytes, or pieces of them, with a Content-Length among the headers.
            headers: Headers beside those of the client.

        Returns:
            The answer; None where it was not as it should be, which is noted.
        """
        at = time.monotonic()
        try:
            connection = self._connected()
            connection.request(method, path, body, {**self._client.headers, **(headers or {})})
            answer = _judged(connection.getresponse(), method, expected)
        except FaultError as error:
            self._fail(kind, error.fault, f"{method} {path}: {error}")
        except http.client.IncompleteRead as error:
            self._fail(kind, "truncated", f"{method} {path}: {error!r}")
        except (OSError, http.client.HTTPException) as error:
            self._fail(kind, "failed", f"{method} {path}: {error!r}")
        else:
            self._tally.answered(kind, at)
            return answer
        return None

    def _fail(self, kind: str, fault: Fault, text: str) -> None:
        self._tally.failed(kind, fault, text)
        self.close()

    def _connected(self) -> http.client.HTTPSConnection:
        connection = self._open
        if connection is not None and connection.sock is not None:
            if not _closed(connection.sock):
                return connection
            connection.close()
        connection = self._open = self._client.connect()
        connection.connect()
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection


def _closed(connection_socket: socket.socket | ssl.SSLSocket) -> bool:
    """Return whether the server has ended a connection that is idle."""
    before = connection_socket.gettimeout()
    connection_socket.settimeout(0)
    try:
        # Of the bytes below TLS: an SSLSocket itself cannot peek.
        peeked = socket.socket.recv(connection_socket, 1, socket.MSG_PEEK)
    except (BlockingIOError, ssl.SSLWantReadError):
        return False
    except OSError:
        return True
    finally:
        connection_socket.settimeout(before)
    return peeked == b"" or peeked[0] == _ALERT


def _judged(answer: http.client.HTTPResponse, method: str, expected: Expected) -> Answer:
    body = answer.read()
    promised = answer.headers.get("Content-Length")
    if answer.status != expected.status:
        raise FaultError("failed", f"status {answer.status}, not {expected.status}: {body[:200]!r}")
    length = int(promised) if promised and (method == "HEAD") else len(body)
    if promised is not None and int(promised) != length:
        raise FaultError("truncated", f"{len(body)} of {promised} bytes")
    if expected.length is not None and length != expected.length:
        raise FaultError("truncated", f"{length} of {expected.length} bytes")
    output = answer.headers.get("Docker-Content-Digest", "")
    if expected.digest and output and output != expected.digest:
        raise FaultError("wrong digest", f"it is told as {output}, not {expected.digest}")
    if expected.digest and method == "GET":
        digest = f"sha256:{hashlib.sha256(body).hexdigest()}"
        if digest != expected.digest:
            raise FaultError("wrong digest", f"{len(body)} bytes of {digest}, not {expected.digest}")
    missing = [part for part in expected.within if part not in body]
    if missing:
        raise FaultError("failed", f"{missing[0]!r} is not in {body[:200]!r}")
    return Answer(answer.status, {name.lower(): value for name, value in answer.headers.items()}, body)

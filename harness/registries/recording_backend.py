"""A registry that keeps every byte that a front door sends it, and answers all of it alike."""

import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

_Reader = Callable[[int], bytes]
_HEALTH_PATHS = ("/", "/v1/_ping")
_LINE = re.compile(rb"[A-Za-z][A-Za-z0-9-]*: [\t\x20-\x7e\x80-\xff]*")
_REQUEST = re.compile(rb"(GET|HEAD|POST|PUT|PATCH|DELETE) /[\x21-\x7e]* HTTP/1\.[01]")


class DoubtfulRequestError(Exception):
    """What came can be read in more than one way; the message says which part."""


@dataclass(frozen=True)
class RecordedRequest:
    """One request as every reader would read it.

    Attributes:
        line: First line: method, path and version.
        headers: Headers by name in lower case.
        body: Decoded body.
    """

    line: str
    headers: dict[str, str]
    body: bytes


@dataclass
class RecordingBackend:
    """What came.

    Attributes:
        port: TCP port on 127.0.0.1.
        requests: Requests that were recorded, health checks left out.
        health_checks: The requests for health.
        doubts: Requests that can be read in more than one way.
        answer: Status of its answers, as HTTP has it; health is always 200.
    """

    port: int = 0
    answer: str = "200 OK"
    requests: list[RecordedRequest] = field(default_factory=list)
    health_checks: list[RecordedRequest] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Serve while the context lasts."""
        with socket.create_server(("127.0.0.1", 0), backlog=512) as server:
            self.port = server.getsockname()[1]
            thread = threading.Thread(target=self._accept, args=(server,), daemon=True)
            thread.start()
            try:
                yield
            finally:
                server.shutdown(socket.SHUT_RDWR)
                thread.join()

    def clear(self) -> None:
        """Forget what came."""
        with self._lock:
            self.requests.clear()
            self.health_checks.clear()
            self.doubts.clear()

    def _accept(self, server: socket.socket) -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as stream:
            try:
                while recorded := read_request(stream.readline, stream.read):
                    is_health = recorded.line.split()[1] in _HEALTH_PATHS
                    with self._lock:
                        (self.health_checks if is_health else self.requests).append(recorded)
                    answer = "200 OK" if is_health else self.answer
                    connection.sendall(f"HTTP/1.1 {answer}\r\nContent-Length: 0\r\n\r\n".encode())
            except DoubtfulRequestError as doubt:
                with self._lock:
                    self.doubts.append(str(doubt))
            except OSError:
                pass


def read_request(readline: _Reader, read: _Reader) -> RecordedRequest | None:
    """Read one request strictly (RFC 9112); None at the end.

    Raises:
        DoubtfulRequestError: Another reader could see something else in it.
    """
    line = readline(1 << 20)
    if not line:
        return None
    if not line.endswith(b"\r\n") or not _REQUEST.fullmatch(line[:-2]):
        raise DoubtfulRequestError(f"request line {line[:80]!r}")
    headers: dict[str, str] = {}
    while (header := readline(1 << 20)) != b"\r\n":
        if not header:
            return None
        if not header.endswith(b"\r\n") or not _LINE.fullmatch(header[:-2]):
            raise DoubtfulRequestError(f"header {header[:80]!r}")
        name, _, value = header[:-2].decode("latin-1").partition(": ")
        if name.lower() in headers and name.lower() in ("content-length", "transfer-encoding", "host"):
            raise DoubtfulRequestError(f"{name} twice")
        headers[name.lower()] = value
    return RecordedRequest(line[:-2].decode(), headers, _body(headers, readline, read))


def _body(headers: dict[str, str], readline: _Reader, read: _Reader) -> bytes:
    length, coding = headers.get("content-length"), headers.get("transfer-encoding")
    if length is not None and coding is not None:
        raise DoubtfulRequestError("a length and a coding")
    if coding is None:
        if length is not None and not (length.isdecimal() and len(length) < 16):
            raise DoubtfulRequestError(f"length {length!r}")
        return read(int(length or 0))
    if coding != "chunked":
        raise DoubtfulRequestError(f"coding {coding!r}")
    body = b""
    while size := readline(1 << 10):
        if not re.fullmatch(rb"[0-9A-Fa-f]{1,8}\r\n", size):
            raise DoubtfulRequestError(f"chunk size {size!r}")
        if not (count := int(size, 16)):
            break
        body += read(count)
        if (end := read(2)) not in (b"\r\n", b""):
            raise DoubtfulRequestError(f"end of a chunk {end!r}")
    while (trailer := readline(1 << 10)) not in (b"\r\n", b""):
        if not trailer.endswith(b"\r\n") or not _LINE.fullmatch(trailer[:-2]):
            raise DoubtfulRequestError(f"trailer {trailer!r}")
    return body

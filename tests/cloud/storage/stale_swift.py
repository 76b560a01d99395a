"""A Swift whose reads lag behind: what was deleted is seen for a while, as object storage that is consistent
only in the end may show it. Everything else goes to a real Swift."""

import contextlib
import http.client
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

from harness.serving import serving

LAG_SECONDS = 1.0
_RememberedHead = tuple[float, list[tuple[str, str]]]
_OWN = {"connection", "content-length", "date", "transfer-encoding", "keep-alive"}


@dataclass
class Lag:
    """What is still seen: by path, until when and with which headers; and how often objects were deleted.

    While `silent` is set nothing is answered, until all is `over`.
    """

    visible_heads: dict[str, _RememberedHead] = field(default_factory=dict)
    bulk_deletes: int = 0
    single_deletes: int = 0
    silent: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)


@contextlib.contextmanager
def lagging(auth_url: str) -> Iterator[tuple[str, Lag]]:
    """Serve; yields the auth URL and what happened."""
    upstream, lag = urlsplit(auth_url), Lag()

    class Handler(_Handler):
        real, state = upstream.netloc, lag

    with serving(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as server:
        try:
            yield f"http://127.0.0.1:{server.server_port}{upstream.path}", lag
        finally:
            lag.over.set()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    real: str
    state: Lag

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass

    def do_ANY(self) -> None:
        if self.state.silent.is_set():
            self.state.over.wait()
            self.close_connection = True
            return
        path = unquote(urlsplit(self.path).path)
        body = self._body()
        remembered = self.state.visible_heads.get(path)
        if self.command == "HEAD" and remembered is not None and remembered[0] > time.monotonic():
            self._answer(200, remembered[1], b"")
            return
        if self.command == "DELETE":
            self._remember(path, body)
        status, headers, content = self._ask(self.command, self.path, dict(self.headers), body)
        if self.command == "GET" and "format=json" in self.path:
            content = self._listing(path, content)
        self._answer(status, headers, content)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = do_COPY = do_ANY  # noqa: N815

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _ask(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        connection = http.client.HTTPConnection(self.real, timeout=30)
        kept = {name: value for name, value in headers.items() if name.lower() not in {*_OWN, "expect"}}
        connection.request(method, path, body, kept)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, answer.getheaders(), content

    def _remember(self, path: str, body: bytes) -> None:
        account = "/".join(path.split("/")[:3])
        bulk = "bulk-delete" in self.path
        self.state.bulk_deletes += bulk
        self.state.single_deletes += not bulk
        names = [f"{account}{unquote(line)}" for line in body.decode().split()] if bulk else [path]
        for name in names:
            status, headers, _ = self._ask("HEAD", name, dict(self.headers), b"")
            if status == 200:
                self.state.visible_heads[name] = (time.monotonic() + LAG_SECONDS, headers)

    def _listing(self, container: str, content: bytes) -> bytes:
        """Add what is still seen; the driver asks with a delimiter only where it wants no whole folder."""
        query = parse_qs(urlsplit(self.path).query)
        if "delimiter" in query or "marker" in query:
            return content
        listing = json.loads(content)
        now, prefix = time.monotonic(), query.get("prefix", [""])[0]
        for path, (until, _) in list(self.state.visible_heads.items()):
            name = path.removeprefix(f"{container}/")
            if until > now and name != path and name.startswith(prefix):
                listing.append({"name": name, "bytes": 0, "hash": "", "content_type": "x/y"})
        unique = {
            entry["name"]: {"last_modified": "2026-01-01T00:00:00.000000", **entry} for entry in listing
        }
        return json.dumps([unique[name] for name in sorted(unique)]).encode()

    def _answer(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
        self.send_response_only(status)
        length = str(len(content))
        for name, value in headers:
            if name.lower() == "x-storage-url":
                self.send_header(name, f"http://{self.headers['Host']}{urlsplit(value).path}")
            elif name.lower() not in _OWN:
                self.send_header(name, value)
            elif name.lower() == "content-length" and self.command == "HEAD":
                length = value
        self.send_header("Content-Length", length)
        self.end_headers()
        self.wfile.write(content)

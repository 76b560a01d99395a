"""A relay in front of a real Swift that lets chosen requests fail."""

import http.client
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal
from urllib.parse import urlsplit

from cloud.interfaces import SwiftAccount
from harness.serving import serving

Fault = Literal["", "cut"] | int
"""What happens to a request: nothing, half of the answer's body, or an HTTP status in place of Swift's."""


@dataclass
class FaultySwift:
    """A relay.

    Attributes:
        account: Account of the Swift.
        auth_url: URL of v1 authentication, which leads all later requests to the relay.
        requests: Requests so far, `METHOD PATH`.
        choose: Returns the fault of a request.
    """

    account: SwiftAccount
    auth_url: str = ""
    requests: list[str] = field(default_factory=list)
    choose: Callable[[str], Fault] = lambda _request: ""

    def strike(self, pattern: str, fault: Fault, at: Iterable[int]) -> None:
        """Let requests fail from now on.

        Args:
            pattern: Which ones, a regular expression that `METHOD PATH` matches.
            fault: What happens to them.
            at: Which of them, by number from 1.
        """
        lock, numbers, count = threading.Lock(), frozenset(at), 0

        def choose(request: str) -> Fault:
            nonlocal count
            if not re.fullmatch(pattern, request):
                return ""
            with lock:
                count += 1
                return fault if count in numbers else ""

        self.choose = choose


@contextmanager
def faulty_swift(account: SwiftAccount) -> Iterator[FaultySwift]:
    """Run a relay in front of an account's Swift."""
    upstream = urlsplit(account.auth_url)
    relay = FaultySwift(account)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def _body(self) -> bytes:
            if self.headers["Transfer-Encoding"] != "chunked":
                return self.rfile.read(int(self.headers["Content-Length"] or 0))
            parts = []
            while size := int(self.rfile.readline(), 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)

        def do_GET(self) -> None:
            body = self._body()
            request = f"{self.command} {urlsplit(self.path).path}"
            relay.requests.append(request)
            fault = relay.choose(request)
            if isinstance(fault, int):
                self.send_response(fault)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            connection = http.client.HTTPConnection(upstream.hostname or "", upstream.port)
            headers = {name: value for name, value in self.headers.items() if name != "Transfer-Encoding"}
            connection.request(self.command, self.path, body, headers | {"Content-Length": str(len(body))})
            response = connection.getresponse()
            content = response.read()
            self.send_response(response.status)
            for name, value in response.getheaders():
                if name.lower() not in ("connection", "date", "transfer-encoding"):
                    self.send_header(name, value)
            self.end_headers()
            if fault == "cut":
                content, self.close_connection = content[: len(content) // 2], True
            self.wfile.write(content)
            connection.close()

        do_DELETE = do_HEAD = do_POST = do_PUT = do_GET  # noqa: N815 - http.server's names

    with serving(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as server:
        relay.auth_url = f"http://127.0.0.1:{server.server_port}{upstream.path}"
        yield relay

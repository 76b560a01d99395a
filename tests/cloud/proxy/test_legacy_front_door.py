"""The legacy registry's door: it asks for users, answers the ping, and no request hides in another."""

import http.client
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from components.access.user_list import userlist
from components.proxy.access_rules import DoorUsers
from components.proxy.front_door_config import FrontDoorShape, front_door_configuration
from harness.clients.registry_client import Client
from harness.ports import free_port
from harness.proxies.local_proxy import LocalProxy, await_true
from harness.proxies.proxied_registry import CERTIFICATE, PEM, SECRET, USER
from harness.serving import serving


class _Legacy(BaseHTTPRequestHandler):
    """Takes notes of what comes through the door; reads bodies as gunicorn 18.0 does."""

    protocol_version = "HTTP/1.1"
    credentials: list[str | None]
    requests: list[str]
    first_part: threading.Event

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass

    def do_GET(self) -> None:
        self.credentials.append(self.headers["Authorization"])
        if self.path != "/v1/_ping":
            self.requests.append(f"{self.command} {self.path}")
        length = 8 if "Sec-WebSocket-Key1" in self.headers else int(self.headers["Content-Length"] or 0)
        self.rfile.read(length)
        self._ok()

    do_DELETE = do_GET  # noqa: N815 - http.server's name

    def do_PUT(self) -> None:
        self.rfile.readline()
        if self.rfile.read(5) == b"first":
            self.first_part.set()
        while self.rfile.readline() not in (b"0\r\n", b""):
            pass
        self.rfile.readline()
        self._ok()

    def _ok(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()


@pytest.fixture
def legacy(tmp_path: Path) -> Iterator[tuple[Client, type[_Legacy]]]:
    """A registry that asks for nothing, behind a door that does."""

    class Noting(_Legacy):
        credentials: list[str | None] = []  # noqa: RUF012 - one class a test
        requests: list[str] = []  # noqa: RUF012
        first_part = threading.Event()

    with serving(ThreadingHTTPServer(("127.0.0.1", 0), Noting)) as server:
        front = FrontDoorShape(
            "legacy",
            "127.0.0.1",
            free_port(),
            server.server_port,
            health_path="/v1/_ping",
            prefixes=("/v1/",),
            open_paths=("/v1/_ping",),
            answers_open_paths=True,
            single_requests=True,
            users=DoorUsers(userlist("legacy", USER, SECRET), (("docker", "admin"),)),
        )
        files = {"front-legacy.cfg": front_door_configuration(front), "front-legacy.pem": PEM}
        with LocalProxy(tmp_path).running(files):
            yield Client("127.0.0.1", front.port, CERTIFICATE.authority, "docker:a password"), Noting


def test_the_door_asks_for_users_where_the_registry_cannot(legacy: tuple[Client, type[_Legacy]]) -> None:
    client, upstream = legacy
    stranger = Client(client.address, client.port, client.authority)
    wrong = Client(client.address, client.port, client.authority, "docker:wrong")
    assert (stranger.status("/v1/_ping"), stranger.status("/v1/users/")) == (200, 401)
    assert (wrong.status("/v1/users/"), client.status("/v1/users/")) == (401, 200)
    assert stranger.status("/v1/_ping/../users/") == 400
    assert set(upstream.credentials) == {None}


def test_bodies_are_not_held_back(legacy: tuple[Client, type[_Legacy]]) -> None:
    client, upstream = legacy
    connection: http.client.HTTPSConnection = client.connect()
    connection.putrequest("PUT", "/v1/images/x/layer")
    connection.putheader("Authorization", client.headers["Authorization"])
    connection.putheader("Transfer-Encoding", "chunked")
    connection.endheaders()
    connection.send(b"5\r\nfirst\r\n")
    assert upstream.first_part.wait(10)
    connection.send(b"4\r\nrest\r\n0\r\n\r\n")
    assert connection.getresponse().status == 200
    connection.close()


@pytest.mark.parametrize("path", ["/v1/_ping", "/v1/users/"])
@pytest.mark.parametrize("header", ["Sec-WebSocket-Key1", "sec-websocket-key1", "Sec-WebSocket-Key2"])
def test_no_request_hides_in_the_body_of_another(
    legacy: tuple[Client, type[_Legacy]], path: str, header: str
) -> None:
    client, upstream = legacy
    hidden = b"DELETE /v1/repositories/library/image/ HTTP/1.1\r\nHost: door\r\nContent-Length: 0\r\n\r\n"
    body = b"8 bytes." + hidden
    request = (
        f"GET {path} HTTP/1.1\r\nHost: door\r\nAuthorization: {client.headers['Authorization']}\r\n"
        f"{header}: 1\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    connection = client.connect()
    connection.connect()
    assert isinstance(connection.sock, ssl.SSLSocket)
    connection.sock.sendall(request.encode() + body)
    answer = http.client.HTTPResponse(connection.sock)
    answer.begin()
    assert answer.status == 200
    connection.close()
    # Another request goes the same way, behind whatever was left in a connection to the registry.
    assert client.status("/v1/users/") == 200
    assert upstream.requests == [
        f"GET {request_path}" for request_path in (path, "/v1/users/") if request_path != "/v1/_ping"
    ]


def test_a_stranger_reaches_the_registry_by_no_path(legacy: tuple[Client, type[_Legacy]]) -> None:
    client, upstream = legacy
    stranger = Client(client.address, client.port, client.authority)
    paths = (
        "/v1/_ping",
        "/v1/_ping?x=/v1/users/",
        "/",
        "/_ping",
        "/v2/",
        "/v1",
        "/v1/images/x/json",
        "//v1/_ping",
    )
    assert [stranger.status(path) for path in paths] == [200, 200, 404, 404, 404, 404, 401, 400]
    assert upstream.requests == []


def test_the_ping_tells_when_no_registry_is_there(tmp_path: Path) -> None:
    front = FrontDoorShape(
        "legacy", "127.0.0.1", free_port(), free_port(),
        health_path="/v1/_ping", prefixes=("/v1/",), open_paths=("/v1/_ping",), answers_open_paths=True,
    )  # fmt: skip
    files = {"front-legacy.cfg": front_door_configuration(front), "front-legacy.pem": PEM}
    with LocalProxy(tmp_path).running(files):
        client = Client("127.0.0.1", front.port, CERTIFICATE.authority)
        await_true(lambda: client.status("/v1/_ping") == 503, "the ping goes on", LocalProxy(tmp_path).log)

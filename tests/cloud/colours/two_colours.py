"""A real HAProxy whose front doors have two colours, one of them behind a front door of its own."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.client import HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from components.access.certificate import Issuer, issue
from components.access.user_list import userlist
from components.proxy.access_rules import DoorUsers
from components.proxy.front_door_config import ColourBackend, FrontDoorShape, front_door_configuration
from dev.local.environment import CHECKOUT
from harness.clients.registry_client import Client
from harness.ports import free_port
from harness.proxies.local_proxy import LocalProxy, await_true
from harness.serving import serving
from operate.servers.script_text import script_text

# What the scripts use of socat, for a host without it; machines have it.
SOCAT = """\
#!{python}
import socket, sys
assert sys.argv[1:4] == ["-t", "5", "-"], sys.argv
with socket.socket(socket.AF_UNIX) as there:
    there.settimeout(5)
    there.connect(sys.argv[4].removeprefix("UNIX-CONNECT:"))
    there.sendall(sys.stdin.buffer.read())
    there.shutdown(socket.SHUT_WR)
    while part := there.recv(65536):
        sys.stdout.buffer.write(part)
"""
SECRET = "ab" * 32
SCRIPTS = CHECKOUT / "operate" / "scripts"
COLOURS = CHECKOUT / "components" / "scripts" / "door-colours.sh"
HEALTH = CHECKOUT / "components" / "scripts" / "door-health.sh"
CERTIFICATE = issue(Issuer(SECRET), "a-registry", ("127.0.0.1",))
USERS = {"docker": "a password"}
SWITCH = SCRIPTS / "door-switch.sh"
FENCE = SCRIPTS / "door-fence.sh"


@contextmanager
def named_registry(colour: str, released: threading.Event | None = None) -> Iterator[int]:
    """A server that answers with its colour, and with the credentials that reached it; its port.

    Below `/v2/held/` it answers once it is released.
    """

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """A health check ends its connection as it likes."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if released is not None and self.path.startswith("/v2/held/"):
                released.wait(20)
            body = f"{colour} {self.headers.get('Authorization', '-')}".encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    with serving(Server(("127.0.0.1", 0), Handler)) as server:
        yield server.server_port


@dataclass(frozen=True)
class TwoColours:
    """Doors of both generations, each with two colours; black's modern registry behind a door of its own."""

    proxy: LocalProxy
    ports: dict[str, int]

    def with_socat(self) -> None:
        program = self.proxy.folder / "bin" / "socat"
        program.parent.mkdir(parents=True)
        program.write_text(SOCAT.format(python=sys.executable))
        program.chmod(0o755)

    def run(self, script: Path, *arguments: str, stdin_payload: str = "") -> subprocess.CompletedProcess[str]:
        folder = str(self.proxy.folder)
        return subprocess.run(
            ["bash", "-s", "--", *arguments],
            input=script_text(script) + stdin_payload,
            env={
                **os.environ,
                "PATH": f"{os.environ['PATH']}:{folder}/bin",
                "REGISTRY_DOOR": folder,
                "REGISTRY_DOOR_RUN": folder,
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def checked_run(self, script: Path, *arguments: str, stdin_payload: str = "") -> str:
        done = self.run(script, *arguments, stdin_payload=stdin_payload)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def client(self, generation: str) -> Client:
        return Client("127.0.0.1", self.ports[generation], CERTIFICATE.authority, "docker:a password")

    def answer(self, generation: str) -> str:
        connection = self.client(generation).connect()
        connection.request("GET", "/v2/", headers=self.client(generation).headers)
        response = connection.getresponse()
        text = response.read().decode()
        connection.close()
        return text if response.status == 200 else str(response.status)

    @property
    def status(self) -> dict[str, dict[str, dict[str, object]]]:
        document: dict[str, dict[str, dict[str, object]]] = json.loads(
            self.checked_run(SCRIPTS / "door-status.sh")
        )
        return document

    def state(self, backend: str) -> str:
        done = self.run(SCRIPTS / "door-status.sh")
        return str(json.loads(done.stdout)["backends"][backend]["status"]) if done.returncode == 0 else ""

    def await_state(self, state: str, *backends: str) -> None:
        await_true(
            lambda: all(self.state(name) == state for name in backends),
            f"{backends} are not {state}",
            self.proxy.log,
        )


def repeat_request(client: Client, connection: HTTPSConnection) -> str:
    """One more request on a connection that is kept."""
    connection.request("GET", "/v2/", headers=client.headers)
    return connection.getresponse().read().decode()


def door(shape: FrontDoorShape, common_name: str = "a-registry") -> dict[str, str]:
    issued = issue(Issuer(SECRET), common_name, ("127.0.0.1",))
    return {
        f"front-{shape.name}.cfg": front_door_configuration(shape),
        f"front-{shape.name}.pem": f"{issued.certificate}{issued.private_key}",
        f"front-{shape.name}.ca": issued.authority,
    }


@contextmanager
def two_colours(folder: Path, inner_name: str) -> Iterator[TwoColours]:
    """Start the doors; the inner door's certificate has the common name `inner_name`."""
    with ExitStack() as stack:
        red, black, old_red, old_black = (
            stack.enter_context(named_registry(name)) for name in ("red", "black", "old-red", "old-black")
        )
        ports = {"modern": free_port(), "legacy": free_port(), "inner": free_port()}
        modern = (
            ColourBackend("red", red),
            ColourBackend("black", ports["inner"], "127.0.0.1", "black-modern-b"),
        )
        legacy = (ColourBackend("red", old_red), ColourBackend("black", old_black))
        legacy_users = DoorUsers(userlist("legacy", USERS, SECRET))
        files = {
            **door(FrontDoorShape("modern", "127.0.0.1", ports["modern"], modern)),
            **door(FrontDoorShape("legacy", "127.0.0.1", ports["legacy"], legacy, users=legacy_users)),
            **door(FrontDoorShape("inner", "127.0.0.1", ports["inner"], black), inner_name),
        }
        proxy = LocalProxy(folder)
        colours = TwoColours(proxy, ports)
        colours.with_socat()
        assert (
            colours.checked_run(COLOURS, "sync", "prod", "modern,legacy", "red", "red=1", "black=2") == "red"
        )
        with proxy.running(files):
            yield colours


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoColours]:
    """Doors whose backends are all up, for the tests of one module."""
    with two_colours(tmp_path_factory.mktemp("pair"), "black-modern-b") as colours:
        colours.await_state(
            "UP", "front-modern-red", "front-modern-black", "front-legacy-red", "front-legacy-black"
        )
        yield colours

"""Two colours with different secrets for uploads: the door leads each upload to the colour that signed it."""

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import pytest

from components.access.certificate import Issuer, issue
from components.proxy.front_door_config import ColourBackend, FrontDoorShape, front_door_configuration
from harness.clients.registry_client import Client
from harness.ports import free_port
from harness.proxies.local_proxy import LocalProxy, await_true
from harness.serving import serving

CERTIFICATE = issue(Issuer("ab" * 32), "a-registry", ("127.0.0.1",))
SECRETS = {"red": "red's secret" * 4, "black": "black's secret" * 4}


@contextmanager
def named_registry(colour: str) -> Iterator[int]:
    """Answers everything with its colour."""

    class ColourHandler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(colour)))
            self.end_headers()
            self.wfile.write(colour.encode())

        do_PATCH = do_PUT = do_GET  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Keep quiet."""

    with serving(ThreadingHTTPServer(("127.0.0.1", 0), ColourHandler)) as server:
        yield server.server_port


@dataclass(frozen=True)
class Door:
    """A door whose live colour is red."""

    port: int

    def colour(self, path: str, method: str = "PATCH") -> str:
        connection = Client("127.0.0.1", self.port, CERTIFICATE.authority).connect()
        try:
            connection.request(method, path)
            return connection.getresponse().read().decode()
        finally:
            connection.close()


@contextmanager
def running_door(folder: Path, secrets: dict[str, str]) -> Iterator[Door]:
    with ExitStack() as stack:
        ports = {colour: stack.enter_context(named_registry(colour)) for colour in secrets}
        backends = tuple(
            ColourBackend(colour, ports[colour], upload_secret=secret) for colour, secret in secrets.items()
        )
        shape = FrontDoorShape("modern", "127.0.0.1", free_port(), backends)
        (folder / "live.map").write_text("modern red\n")
        pem = CERTIFICATE.certificate + CERTIFICATE.private_key
        files = {"front-modern.cfg": front_door_configuration(shape), "front-modern.pem": pem}
        proxy = LocalProxy(folder)
        stack.enter_context(proxy.running(files))
        door = Door(shape.port)
        await_true(lambda: door.colour("/v2/", "GET") == "red", "red is not up", proxy.log)
        await_true(lambda: door.colour(upload("black"), "GET") in ("red", "black"), "no black", proxy.log)
        yield door


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    with running_door(tmp_path_factory.mktemp("door"), SECRETS) as running:
        yield running


def state(secret: str, name: str = "a/b") -> str:
    """What a registry knows of an upload, signed as distribution does."""
    text = json.dumps({"Name": name, "UUID": "1" * 36, "Offset": 5}).encode()
    return urlsafe_b64encode(hmac.new(secret.encode(), text, "sha256").digest() + text).decode()


def upload(colour: str, name: str = "a/b") -> str:
    return f"/v2/{name}/blobs/uploads/{'1' * 36}?_state={quote(state(SECRETS[colour], name))}"


@pytest.mark.parametrize("colour", SECRETS)
@pytest.mark.parametrize("name", ["a", "ab", "abc", "abcd"])
def test_an_upload_goes_on_where_it_began(door: Door, colour: str, name: str) -> None:
    """Whatever the padding of the state is, and whether the client encodes it."""
    path = upload(colour, name)
    plain = path.replace("%3D", "=")
    commit = f"{path}&digest=sha256:{'a' * 64}"
    first = f"{path.split('?')[0]}?digest=sha256%3A{'a' * 64}&{path.split('?')[1]}"
    assert [door.colour(target) for target in (path, plain, commit, first)] == [colour] * 4


@pytest.mark.parametrize(
    "path",
    [
        "/v2/",
        "/v2/a/blobs/uploads/",
        f"/v2/a/blobs/uploads/1?_state={state('of somebody else')}",
        "/v2/a/blobs/uploads/1?_state=%%%",
        "/v2/a/blobs/uploads/1?_state=",
        "/v2/a/blobs/uploads/1?_state=AAAA",
        f"/v2/a/manifests/latest?_state={state(SECRETS['black'])}",
    ],
)
def test_everything_else_goes_to_the_live_colour(door: Door, path: str) -> None:
    """A client cannot choose its colour: nobody but a registry has its secret."""
    assert door.colour(path) == "red"


def test_colours_with_one_secret_share_their_uploads(tmp_path: Path) -> None:
    with running_door(tmp_path, dict.fromkeys(SECRETS, SECRETS["black"])) as running:
        assert running.colour(upload("black")) == "red"

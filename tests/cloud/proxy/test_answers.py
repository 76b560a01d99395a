"""door-answers.sh at a real HAProxy with a front door's configuration: what a client would meet, it meets."""

import socket
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from components.access.certificate import Issuer, issue
from components.remote.script_source import script_source
from harness.ports import free_port
from harness.proxies.guarded_front_door import ROOTS, USERS, GuardedDoor, guarded_door
from harness.proxies.proxied_registry import CERTIFICATE
from settings import DEFAULT_DOOR_LIMITS

PATHS = {"modern": "/v2/", "legacy": "/v1/users/"}


@pytest.fixture(scope="module", params=list(ROOTS))
def door(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedDoor]:
    with guarded_door(tmp_path_factory.mktemp("door"), request.param, DEFAULT_DOOR_LIMITS) as door:
        yield door


def ask(
    door: GuardedDoor,
    folder: Path,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    password: str = USERS["docker"],
    authority: str = CERTIFICATE.authority,
) -> "subprocess.CompletedProcess[str]":
    """Run it here, as the component does on a server, with two tries."""
    words = ("a-door", host, str(port or door.port), "127.0.0.1", PATHS[door.generation], "docker", "users=1")
    return subprocess.run(
        ["bash", "-s", "--", *words],
        input=f"{script_source('door-answers.sh')}{password}\n{authority}",
        capture_output=True, text=True, check=False, timeout=60,
        env={
            "PATH": "/usr/bin:/bin", "DOOR_ANSWERS": str(folder / "records"), "DOOR_ANSWERS_PATIENCE": "1",
        },
    )  # fmt: skip


def test_a_client_is_let_in_and_a_stranger_is_not(door: GuardedDoor, tmp_path: Path) -> None:
    door.backend.clear()
    done = ask(door, tmp_path)
    assert (done.returncode, done.stdout) == (0, "answers\n"), done.stderr
    assert len(door.backend.requests) == 1, "the registry hears of the user alone"


def test_a_wrong_password_is_refused(door: GuardedDoor, tmp_path: Path) -> None:
    assert ask(door, tmp_path).returncode == 0
    done = ask(door, tmp_path, password="of last week")
    assert done.returncode == 1
    assert "it refuses the user docker: registryPassword" in done.stderr
    assert "of last week" not in done.stderr


def test_a_certificate_that_the_authority_does_not_vouch_for(door: GuardedDoor, tmp_path: Path) -> None:
    foreign_certificate = issue(Issuer("cd" * 32), "another-registry", ("127.0.0.1",))
    done = ask(door, tmp_path, authority=foreign_certificate.authority)
    assert done.returncode == 1
    assert "its certificate is refused: curl: (60)" in done.stderr


def test_a_certificate_for_another_name(door: GuardedDoor, tmp_path: Path) -> None:
    """The name leads to the door by the address that the script is given."""
    done = ask(door, tmp_path, host="registry.example")
    assert done.returncode == 1
    assert "registryCertificate must be for registry.example" in done.stderr


def test_a_closed_port(door: GuardedDoor, tmp_path: Path) -> None:
    done = ask(door, tmp_path, port=free_port())
    assert done.returncode == 1
    assert "nothing listens there: curl: (7)" in done.stderr


def test_clients_that_offer_http_2_are_answered_in_http_1_1(door: GuardedDoor) -> None:
    """An upload over HTTP/2 is held to one window of 64 KB a round trip: docs/design/crowd.md."""
    context = ssl.create_default_context(cadata=CERTIFICATE.authority)
    context.set_alpn_protocols(["h2", "http/1.1"])
    with (
        socket.create_connection(("127.0.0.1", door.port), timeout=20) as connection,
        context.wrap_socket(connection, server_hostname="127.0.0.1") as secured,
    ):
        assert secured.selected_alpn_protocol() == "http/1.1"

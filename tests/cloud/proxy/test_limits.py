"""A stranger takes neither the door from its clients, nor the way to the storage, nor the processor."""

import http.client
import socket
import ssl
import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import replace
from itertools import repeat
from pathlib import Path

import pytest

from bench.proxy.silent_connections import ADDRESS, SILENT
from components.proxy.storage_proxy_config import StorageDoorShape, storage_door_configuration
from harness.clients.silent_connections import silent_connections
from harness.ports import free_port
from harness.proxies.guarded_front_door import ROOTS, GuardedDoor, guarded_door
from harness.proxies.local_proxy import await_true
from harness.registries.recording_backend import RecordingBackend
from harness.waiting import until
from settings import DEFAULT_DOOR_LIMITS

SILENT_EACH = DEFAULT_DOOR_LIMITS.address_connections
FEW = replace(
    DEFAULT_DOOR_LIMITS, connections=64, address_connections=16, failed_logins=5, address_request_rate=200
)


@pytest.fixture(params=list(ROOTS))
def generation(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def many_addresses() -> Iterator[str]:
    number = 0
    while True:
        yield f"127.1.{number // 16 % 250}.7"
        number += 1


def answers_hello(door: GuardedDoor) -> bool:
    """Whether a new client comes as far as TLS within two seconds."""
    context = ssl.create_default_context(cadata=door.stranger.authority)
    try:
        with (
            socket.create_connection(("127.0.0.1", door.port), 2) as plain,
            context.wrap_socket(plain, server_hostname="127.0.0.1"),
        ):
            return True
    except OSError:
        return False


def answers_of_a_good_client(door: GuardedDoor, count: int) -> list[int]:
    """The status of each of some requests, every one on a new connection."""
    client = door.client()
    return [client.status(f"{door.root}x") for _ in range(count)]


def session_count(door: GuardedDoor) -> int:
    """The connections that the door holds now."""
    return int(door.proxy.counter(f"front-{door.generation}", "scur"))


def test_8192_silent_connections_of_one_address_leave_the_door_to_the_others(tmp_path: Path) -> None:
    """How long others wait beside them is measured by `python -m bench.proxy.hostile`."""
    with (
        guarded_door(tmp_path, "modern", DEFAULT_DOOR_LIMITS) as door,
        silent_connections(door.port, SILENT, repeat(ADDRESS)) as silent,
    ):
        assert len(silent) > SILENT_EACH
        assert answers_of_a_good_client(door, 150) == [200] * 150
        until(lambda: 0 < session_count(door) <= SILENT_EACH, "the door has refused the others", 30)
        assert answers_of_a_good_client(door, 50) == [200] * 50


def test_three_addresses_of_silent_connections_do_not_fill_the_door(tmp_path: Path) -> None:
    """Each has as many as one address may have; a fourth one still comes in, and so do good clients."""
    sources = (f"127.0.9.{number // SILENT_EACH + 1}" for number in range(3 * SILENT_EACH))
    with (
        guarded_door(tmp_path, "modern", DEFAULT_DOOR_LIMITS) as door,
        silent_connections(door.port, 3 * SILENT_EACH, sources),
    ):
        # The kernel has accepted them, HAProxy takes one after the other.
        until(lambda: session_count(door) >= DEFAULT_DOOR_LIMITS.open_connections, "the door holds them", 30)
        assert session_count(door) < DEFAULT_DOOR_LIMITS.connections
        assert answers_hello(door)
        assert answers_of_a_good_client(door, 50) == [200] * 50


def test_half_a_handshake_is_no_way_in_either(tmp_path: Path) -> None:
    """A client that begins TLS and falls silent counts as one that never began."""
    with guarded_door(tmp_path, "modern", FEW) as door, ExitStack() as stack:
        context = ssl.create_default_context(cadata=door.stranger.authority)
        for number in range(4 * FEW.address_connections):
            with suppress(OSError):
                source = (f"127.0.9.{number // FEW.address_connections + 1}", 0)
                plain = stack.enter_context(socket.create_connection(("127.0.0.1", door.port), 1, source))
                incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
                tls = context.wrap_bio(incoming, outgoing, server_hostname="127.0.0.1")
                with suppress(ssl.SSLWantReadError):
                    tls.do_handshake()
                plain.sendall(outgoing.read())
        assert answers_hello(door)


def test_strangers_do_not_reach_the_places_of_the_storage_door(tmp_path: Path) -> None:
    """The front door is full, of many addresses, and the registry reaches its storage."""
    storage = RecordingBackend()
    with storage.serving(), ExitStack() as stack:
        shape = StorageDoorShape("swift", f"http://127.0.0.1:{storage.port}/auth/v1.0", free_port())
        files = {"storage-swift.cfg": storage_door_configuration(shape)}
        door = stack.enter_context(guarded_door(tmp_path, "modern", FEW, files))
        stack.enter_context(silent_connections(door.port, 2 * FEW.connections, many_addresses()))
        assert not answers_hello(door)
        way = http.client.HTTPConnection("127.0.0.1", shape.port, timeout=5)
        way.request("GET", "/v1/AUTH_x/docker/object")
        assert way.getresponse().status == 200
        way.close()


def test_failed_logins_are_answered_with_429_and_good_clients_go_on(tmp_path: Path, generation: str) -> None:
    with guarded_door(tmp_path, generation, FEW) as door:
        path, earlier_client = f"{door.root}x", door.client("bob")
        assert earlier_client.status(path) == 200
        guesses = [door.client("docker", f"guess {number}").status(path) for number in range(20)]
        assert guesses[: FEW.failed_logins] == [401] * FEW.failed_logins
        assert guesses[FEW.failed_logins + 1 :] == [429] * (19 - FEW.failed_logins)
        # The right password is refused too, or a guess would show; clients from before go on.
        assert door.client("docker").status(path) == 200
        assert door.client("eve").status(path) == 429
        assert earlier_client.status(path) == 200
        assert not any(
            "guess" in request.headers.get("authorization", "") for request in door.backend.requests
        )


def test_an_address_with_too_many_requests_must_wait(tmp_path: Path, generation: str) -> None:
    with guarded_door(tmp_path, generation, FEW) as door:
        client = door.client()
        connection = client.connect()
        statuses = []
        for _ in range(FEW.address_request_rate + 50):
            connection.request("GET", f"{door.root}x", headers=client.headers)
            response = connection.getresponse()
            response.read()
            statuses.append(response.status)
        connection.close()
        assert set(statuses) == {200, 429}
        assert statuses[-1] == 429
        assert response.headers["Retry-After"] == "10"


def test_a_slow_header_is_cut_off(tmp_path: Path) -> None:
    with guarded_door(tmp_path, "modern", FEW) as door:
        connection = door.stranger.connect()
        connection.connect()
        assert connection.sock is not None
        connection.sock.sendall(b"GET /v2/ HTTP/1.1\r\n")
        start = time.monotonic()
        connection.sock.settimeout(60)
        assert connection.sock.recv(100).startswith(b"HTTP/1.1 408")
        assert time.monotonic() - start > 8
        connection.close()


def test_guessing_takes_no_processor_from_the_door(tmp_path: Path) -> None:
    """A guess beyond the limit costs no bcrypt: it is answered many times as fast."""
    with guarded_door(tmp_path, "modern", FEW) as door:

        def seconds(number: int) -> float:
            client = door.client("docker", f"guess {number}")
            connection = client.connect()
            connection.connect()
            start = time.perf_counter()
            connection.request("GET", "/v2/x", headers=client.headers)
            connection.getresponse().read()
            took = time.perf_counter() - start
            connection.close()
            return took

        before = [seconds(number) for number in range(FEW.failed_logins)]
        seconds(FEW.failed_logins)
        after = [seconds(number) for number in range(100, 120)]
        assert statistics.median(after) < statistics.median(before), (before, after)
        await_true(lambda: " 429 " in door.proxy.log.read_text(), "nothing was refused", door.proxy.log)

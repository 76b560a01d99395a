"""The legacy registry on a Swift that fails for a moment answers rightly, and loses nothing acknowledged."""

import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from textwrap import dedent

import httpx
import pytest
from swiftclient import Connection

from bench.registry.legacy_client import LegacyLayer
from cloud.swift.local_object_storage import LocalObjectStorage
from components.registry.legacy import CONTEXT, legacy_container
from components.storage.legacy_storage import LegacyStorage
from dev.local.environment import CHECKOUT
from harness.docker_daemon import docker_daemon
from harness.registries.legacy import LegacyHost, Run
from tests.cloud.registry.faulty_swift import Fault, FaultySwift, faulty_swift

pytestmark = pytest.mark.expected_seconds(45)

SIZE = 300_000
AT_ONCE = 8
ALWAYS = range(1, 1000)


@pytest.fixture(scope="module")
def swift(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultySwift]:
    storage = LocalObjectStorage(tmp_path_factory.mktemp("cloud"), None)
    try:
        account = storage.create_account("dal05", "SLOS1-1", "SL1")
        Connection(account.auth_url, account.username, account.key, retries=0).put_container("docker")
        with faulty_swift(account) as relay:
            yield relay
    finally:
        storage.stop()


@dataclass(frozen=True)
class LegacyRegistry:
    """A registry that runs, and a client of it."""

    run: Run
    client: httpx.Client

    def get(self, path: str) -> httpx.Response:
        """Get a path below `/v1`."""
        return self.client.get(path)

    def put(self, path: str, content: bytes | str = b"", headers: dict[str, str] | None = None) -> int:
        """Put something to a path below `/v1`; return the status."""
        return self.client.put(path, content=content, headers=headers).status_code

    def python(self, script: str) -> str:
        """Run a script of Python 2.7 in its container, with sockets as its processes have them."""
        lines = "from gevent import monkey; monkey.patch_all()\n" + dedent(script)
        return self.run.host.daemon.docker("exec", self.run.name, "python2.7", "-c", lines)


@pytest.fixture(scope="module")
def registry(swift: FaultySwift) -> Iterator[LegacyRegistry]:
    """A registry of one process, so that requests at once share what a process has."""
    words = [sys.executable, "-m", "dev.images", "legacy-base"]
    done = subprocess.run(words, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True, check=True, timeout=900)
    storage = LegacyStorage(swift.auth_url, swift.account.username, swift.account.key, "docker")
    with (
        tempfile.TemporaryDirectory(prefix="da") as folder,
        docker_daemon(Path(folder), "overlay2") as daemon,
    ):
        host = LegacyHost(daemon)
        host.load(Path(done.stdout.strip()))
        host.build(CONTEXT)
        with host.running(legacy_container(storage, 1)) as run:
            assert run.settled().status == "healthy", run.health().last_output
            agent = {"User-Agent": "docker/1.0.1"}
            with httpx.Client(base_url=f"{run.endpoint}/v1", headers=agent, timeout=120) as client:
                yield LegacyRegistry(run, client)


@pytest.fixture(autouse=True)
def _faultless(swift: FaultySwift) -> Iterator[None]:
    yield
    swift.choose = lambda _request: ""


def push(registry: LegacyRegistry, layer: LegacyLayer) -> None:
    """Push an image as Docker 1.0 does."""
    digest = "sha256:" + sha256(layer.document + b"\n" + layer.content).hexdigest()
    checksum = {"X-Docker-Checksum-Payload": digest, "X-Docker-Checksum": digest}
    assert registry.put(f"/images/{layer.identifier}/json", layer.document) == 200
    assert registry.put(f"/images/{layer.identifier}/layer", layer.content) == 200
    assert registry.put(f"/images/{layer.identifier}/checksum", headers=checksum) == 200


@pytest.fixture(scope="module")
def layer(registry: LegacyRegistry) -> LegacyLayer:
    layer = LegacyLayer.create(SIZE)
    push(registry, layer)
    return layer


def test_no_request_closes_the_connection_of_another_to_swift(registry: LegacyRegistry) -> None:
    """After a layer came beside a pull, its connection is in the pool twice; the next two requests get it."""
    pulled = registry.python(
        """
        import os, gevent
        from docker_registry.core import driver

        class Layer(object):
            parts = ["one", "two", ""]
            def read(self, size):
                return self.parts.pop(0)

        environment = os.environ
        storage = driver.fetch("swift")(config={
            "storage_path": "/driver", "swift_container": "docker", "swift_auth_version": "1",
            "swift_authurl": environment["OS_AUTH_URL"], "swift_user": environment["OS_USERNAME"],
            "swift_password": open("/etc/docker-registry/os-password").read(),
        })
        storage.put_content("large", "x" * 20000000)
        first = storage.stream_read("large")
        lengths = [len(next(first))]
        storage.stream_write("small", Layer())
        second = storage.stream_read("large")
        lengths.append(len(next(second)))
        gevent.sleep(0.5)
        assert storage.get_content("small") == "onetwo"
        print lengths[0] + sum(map(len, first)), lengths[1] + sum(map(len, second))
        """
    )
    assert pulled.splitlines()[-1] == "20000000 20000000"


@pytest.mark.parametrize("at", [(1,), (2,), (3,), (1, 2, 3)])
def test_a_layer_is_pulled_whole_although_swifts_answers_break_off(
    registry: LegacyRegistry, swift: FaultySwift, layer: LegacyLayer, at: tuple[int, ...]
) -> None:
    swift.strike(f"GET .*/{layer.identifier}/layer", "cut", at)
    response = registry.get(f"/images/{layer.identifier}/layer")
    assert (response.status_code, response.content == layer.content) == (200, True)


@pytest.mark.parametrize("at", [(1, 2), (2, 3), (3, 4)])
def test_a_layer_is_pulled_although_swift_twice_knows_no_token(
    registry: LegacyRegistry, swift: FaultySwift, layer: LegacyLayer, at: tuple[int, ...]
) -> None:
    swift.strike(f"(GET|HEAD) .*/{layer.identifier}/layer", 401, at)
    response = registry.get(f"/images/{layer.identifier}/layer")
    assert (response.status_code, response.content == layer.content) == (200, True)


@pytest.mark.parametrize("name", ["layer", "_inprogress"])
def test_an_error_of_swift_is_no_missing_object(
    registry: LegacyRegistry, swift: FaultySwift, layer: LegacyLayer, name: str
) -> None:
    swift.strike(f"(GET|HEAD) .*/{layer.identifier}/{name}", 403, ALWAYS)
    assert registry.get(f"/images/{layer.identifier}/layer").status_code == 500
    swift.choose = lambda _request: ""
    absent = registry.get(f"/images/{'0' * 64}/layer")
    assert (absent.status_code, absent.json()) == (404, {"error": "Image not found"})


def test_an_unfinished_push_is_not_taken_for_an_image(registry: LegacyRegistry, swift: FaultySwift) -> None:
    """After a 409, Docker does not send the layer, and reports the push as done."""
    layer = LegacyLayer.create(SIZE)
    assert registry.put(f"/images/{layer.identifier}/json", layer.document) == 200
    swift.strike(f"(GET|HEAD) .*/{layer.identifier}/_inprogress", 403, ALWAYS)
    assert registry.put(f"/images/{layer.identifier}/json", layer.document) == 500
    swift.choose = lambda _request: ""
    push(registry, layer)
    assert registry.get(f"/images/{layer.identifier}/layer").content == layer.content


def test_a_tag_is_set_although_swift_refuses_it_once(
    registry: LegacyRegistry, swift: FaultySwift, layer: LegacyLayer
) -> None:
    swift.strike("PUT .*/tag_once", 503, [1])
    tags = "/repositories/library/refused/tags"
    assert registry.put(f"{tags}/once", f'"{layer.identifier}"') == 200
    assert registry.get(tags).json() == {"once": layer.identifier}


def test_no_acknowledged_image_is_lost_where_swift_refuses_several_at_once(
    registry: LegacyRegistry, swift: FaultySwift
) -> None:
    """Requests that share a counter of attempts count for each other; the last ones do not try again."""
    together, lock = threading.Barrier(AT_ONCE), threading.Lock()
    layers, refused = [LegacyLayer.create(1000) for _ in range(AT_ONCE)], set[str]()

    def choose(request: str) -> Fault:
        with lock:
            if not re.fullmatch("PUT .*/ancestry", request) or request in refused:
                return ""
            refused.add(request)
        together.wait(60)
        return 503

    def acknowledged(layer: LegacyLayer) -> bool:
        try:
            push(registry, layer)
        except AssertionError:
            return False
        return True

    swift.choose = choose
    with ThreadPoolExecutor(AT_ONCE) as clients:
        results = list(clients.map(acknowledged, layers))
    for layer in (layer for layer, result in zip(layers, results, strict=True) if result):
        assert registry.get(f"/images/{layer.identifier}/ancestry").json() == [layer.identifier]
    assert results == [True] * AT_ONCE

"""The registry between its two doors, over a real Swift."""

import contextlib
import hashlib
import os
import signal
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from swiftclient import Connection

from cloud.interfaces import SwiftAccount
from components.proxy.storage_proxy_config import StorageDoorShape, storage_door_configuration
from harness.cloud.local_swift import local_swift
from harness.ports import free_port
from harness.proxies.local_proxy import LocalProxy, LocalRegistry
from harness.proxies.proxied_registry import ProxiedRegistry, patient, proxied_registry
from tests.cloud.storage.stale_swift import lagging

pytestmark = pytest.mark.expected_seconds(40)

# More than one segment of 20 MiB.
LARGE = os.urandom(25 << 20)


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SwiftAccount]:
    with local_swift(tmp_path_factory.mktemp("cloud")) as storage:
        yield storage.create_account("dal05", "SLOS1-1", "SL1")


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> LocalRegistry:
    return LocalRegistry(tmp_path_factory.mktemp("registry"))


@pytest.fixture(scope="module")
def between(
    tmp_path_factory: pytest.TempPathFactory, account: SwiftAccount, unpacked: LocalRegistry
) -> Iterator[ProxiedRegistry]:
    folder = tmp_path_factory.mktemp("doors")
    with proxied_registry(folder, account, unpacked, "images") as doors:
        yield doors


def storage_door_origin(between: ProxiedRegistry) -> str:
    lines = (between.proxy.folder / "current/storage-swift.cfg").read_text().splitlines()
    return next(f"http://{line.split()[1]}" for line in lines if line.startswith("  bind"))


def test_what_is_pushed_through_both_doors_is_pulled(between: ProxiedRegistry) -> None:
    path = between.push("large", LARGE)
    assert between.pulled(path) == (200, path.rpartition("/")[2])


def test_clients_that_offer_http_2_get_http_1_1(between: ProxiedRegistry) -> None:
    """A queue behind HTTP/2 would stop all that a client does on one connection (docs/design/crowd.md)."""
    output = between.curl(
        "--output",
        "/dev/null",
        "--write-out",
        "%{http_version}",
        f"https://127.0.0.1:{between.client.port}/v2/",
    )
    assert output.communicate(timeout=30)[0] == b"1.1"


def test_links_are_the_clients_own_and_nobody_forges_them(between: ProxiedRegistry) -> None:
    connection = between.client.connect()
    forged = {"X-Forwarded-Host": "evil.example.com", "X-Forwarded-Proto": "gopher"}
    connection.request("POST", "/v2/links/blobs/uploads/", headers={**between.client.headers, **forged})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    assert answer.status == 202
    assert answer.headers["Location"].startswith(f"https://127.0.0.1:{between.client.port}/v2/links/")


def test_deletions_are_single_ones(between: ProxiedRegistry) -> None:
    before = len(between.proxy.finished_lines())
    path = between.push("single", os.urandom(100_000))
    assert between.pulled(path)[0] == 200
    lines = between.proxy.finished_lines()
    assert any("GET /info" in line and " 404 " in line for line in lines)
    assert any('"DELETE /v1/' in line for line in lines[before:])
    assert [line for line in lines if "bulk-delete" in line] == []


def test_a_container_that_is_gone_is_not_made_again(between: ProxiedRegistry, account: SwiftAccount) -> None:
    """The registry would be empty, and say nothing."""
    connection = Connection(account.auth_url, account.username, account.key)
    url, token = connection.get_auth()
    door = storage_door_origin(between)
    path = f"{door}{url.removeprefix(between.origin)}/gone"
    for place in (path, f"{path}/"):
        assert httpx.put(place, headers={"X-Auth-Token": token}).status_code == 404
    assert "gone" not in [container["name"] for container in connection.get_account()[1]]
    assert httpx.put(f"{door}/v1/AUTH_x/images/object").status_code == 401, "an object is Swift's own affair"


def test_a_deletion_in_bulk_is_refused(between: ProxiedRegistry, account: SwiftAccount) -> None:
    door = storage_door_origin(between)
    for method in ("DELETE", "POST"):
        assert httpx.request(method, f"{door}/v1/AUTH_x?bulk-delete=1").status_code == 405
    response = httpx.get(
        f"{door}/auth/v1.0", headers={"X-Auth-User": account.username, "X-Auth-Key": account.key}
    )
    assert response.headers["X-Storage-Url"].startswith(f"{door}/v1/AUTH_")


def test_a_slow_pull_outlives_reloads(between: ProxiedRegistry) -> None:
    path = between.push("slow", LARGE)
    address = f"https://127.0.0.1:{between.client.port}{path}"
    pull = between.curl("--limit-rate", "10M", address)
    assert pull.stdout is not None
    digest = hashlib.sha256(pull.stdout.read(1 << 20))
    master = int((between.proxy.folder / "pid").read_text())
    for _ in range(3):
        os.kill(master, signal.SIGUSR2)
        assert between.client.status() == 200
    while part := pull.stdout.read(1 << 20):
        digest.update(part)
    assert pull.wait(60) == 0
    assert f"sha256:{digest.hexdigest()}" == path.rpartition("/")[2]


def test_clients_are_sent_to_the_storage_itself(
    tmp_path: Path, account: SwiftAccount, unpacked: LocalRegistry
) -> None:
    with proxied_registry(tmp_path, account, unpacked, "redirected", redirect=True) as between:
        path = between.push("sent", LARGE)
        connection = between.client.connect()
        connection.request("GET", path, headers=between.client.headers)
        answer = connection.getresponse()
        answer.read()
        place = answer.headers["Location"]
        connection.close()
    assert answer.status == 307
    assert place.startswith(f"{between.origin}/v1/AUTH_")
    content = httpx.get(place).raise_for_status().content
    assert f"sha256:{hashlib.sha256(content).hexdigest()}" == path.rpartition("/")[2]


@pytest.mark.parametrize("door", [False, True])
def test_acknowledged_pushes_are_kept_by_the_door_where_the_storage_lags(
    door: bool, tmp_path: Path, account: SwiftAccount, unpacked: LocalRegistry
) -> None:
    """What docs/design/storage-door.md tells: without the door the same pushes are lost."""
    container = f"lagging-{door}".lower()
    with (
        lagging(account.auth_url) as (auth_url, lag),
        proxied_registry(tmp_path, account, unpacked, container, auth_url=auth_url, door=door) as between,
    ):
        paths = [between.push("lag", os.urandom(100_000)) for _ in range(3)]
        # At once: the registry gives up waiting for what is lost after 13 s.
        with ThreadPoolExecutor(len(paths)) as clients:
            statuses = list(clients.map(between.pulled, paths))
    kept = [digest == path.rpartition("/")[2] for path, (_, digest) in zip(paths, statuses, strict=True)]
    assert kept == [door] * 3
    assert (lag.bulk_deletes > 0) is not door
    assert lag.single_deletes > 0


@contextlib.contextmanager
def storage_door_before(folder: Path, port: int, seconds: str) -> Iterator[str]:
    """A door before some server, its patience shortened."""
    shape = StorageDoorShape("swift", f"http://127.0.0.1:{port}/auth/v1.0", free_port())
    files = {"storage-swift.cfg": patient(storage_door_configuration(shape), seconds)}
    with LocalProxy(folder).running(files):
        yield shape.door_auth_url


def test_clients_get_an_error_when_the_storage_is_silent(
    tmp_path: Path, account: SwiftAccount, unpacked: LocalRegistry
) -> None:
    with (
        lagging(account.auth_url) as (auth_url, lag),
        proxied_registry(tmp_path, account, unpacked, "silent", auth_url=auth_url, patience="1s") as between,
    ):
        path = between.push("silent", b"content")
        lag.silent.set()
        connection = between.client.connect()
        connection.request("GET", path.replace(path[-4:], "0000"), headers=between.client.headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
    assert answer.status >= 500
    assert b"errors" in content


def test_a_silent_storage_is_an_error_and_no_hang(tmp_path: Path) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        storage_door_before(tmp_path, silent.getsockname()[1], "500ms") as url,
    ):
        assert httpx.get(url, timeout=20).status_code == 504


def test_an_absent_storage_is_an_error_and_no_hang(tmp_path: Path) -> None:
    with storage_door_before(tmp_path, free_port(), "60s") as url:
        assert httpx.get(url, timeout=20).status_code == 503

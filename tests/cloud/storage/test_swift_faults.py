"""A Swift with planned faults: real requests, real listings."""

import time
from collections.abc import Callable, Iterator

import httpx
import pytest
from swiftclient import Connection
from swiftclient.exceptions import ClientException

from cloud.interfaces import SwiftAccount
from cloud.swift.fault_plan import FaultPlan
from cloud.swift.local_object_storage import LocalObjectStorage
from tests.cloud.registry.registry_fixtures import NUMBERS

DATACENTER = "dal05"


@pytest.fixture
def account(swift_cloud: LocalObjectStorage) -> Iterator[SwiftAccount]:
    # Its own for each test, since what was done to another is remembered.
    name = f"SLOS1-{next(NUMBERS)}"
    yield swift_cloud.create_account(DATACENTER, name, "SL1")
    swift_cloud.inject(DATACENTER, FaultPlan())
    swift_cloud.delete_account(DATACENTER, name)


@pytest.fixture
def client(account: SwiftAccount) -> Connection:
    client = Connection(account.auth_url, account.username, account.key, retries=0)
    client.put_container("images")
    return client


@pytest.fixture
def inject(swift_cloud: LocalObjectStorage) -> Callable[..., None]:
    return lambda **plan: swift_cloud.inject(DATACENTER, FaultPlan(**plan))


def names(client: Connection, **query: str) -> list[str]:
    return [entry.get("name") or entry["subdir"] for entry in client.get_container("images", **query)[1]]


def eventually(expected: object, probe: Callable[[], object], seconds: float) -> float:
    """Look until it is as expected; the seconds it took."""
    started_at = time.monotonic()
    while (value := probe()) != expected:
        assert time.monotonic() - started_at < seconds, value
        time.sleep(0.02)
    return time.monotonic() - started_at


def test_listings_show_the_container_as_it_was(client: Connection, inject: Callable[..., None]) -> None:
    client.put_object("images", "old", b"1")
    inject(stale_listing_seconds=1.0)
    before = client.get_container("images")[1]
    client.put_object("images", "old", b"22")
    client.put_object("images", "new", b"3")
    assert client.get_container("images")[1] == before
    assert client.get_object("images", "new")[1] == b"3"
    assert eventually(["new", "old"], lambda: names(client), 5) > 0.5
    listed = client.get_container("images")[1]
    client.delete_object("images", "old")
    client.delete_object("images", "new")
    assert client.get_container("images")[1] == listed
    with pytest.raises(ClientException):
        client.head_object("images", "old")
    assert eventually([], lambda: names(client), 5) > 0.5


def test_a_stale_listing_makes_a_large_object_short(client: Connection, inject: Callable[..., None]) -> None:
    client.put_object("images", "whole", b"", headers={"X-Object-Manifest": "images/segments/"})
    inject(stale_listing_seconds=1.0)
    client.put_object("images", "segments/1", b"content")
    assert client.get_object("images", "whole")[1] == b""
    assert eventually(b"content", lambda: client.get_object("images", "whole")[1], 5) > 0.5


@pytest.mark.parametrize(
    "query",
    [
        {}, {"prefix": "a"}, {"delimiter": "/"}, {"prefix": "a/", "delimiter": "/"}, {"limit": 3},
        {"marker": "a/b/1"}, {"marker": "a/", "delimiter": "/"}, {"end_marker": "b"}, {"prefix": "é"},
        {"limit": 2, "delimiter": "/", "marker": "a"}, {"prefix": "a/b", "delimiter": "/", "limit": 1},
        {"prefix": "none"}, {"prefix": "a+ b&c"},
    ],
)  # fmt: skip
def test_pages_of_a_stale_listing_are_cut_as_swift_cuts_them(
    query: dict[str, str | int], client: Connection, inject: Callable[..., None]
) -> None:
    for name in ("a", "a/b/1", "a/b/2", "a/c", "a+ b&c", "b", "c/d", "é/1", "é/ü"):
        client.put_object("images", name, b"x")
    fresh = client.get_container("images", **query)[1]
    inject(stale_listing_seconds=60.0)
    client.put_object("images", "a/new", b"x")
    client.delete_object("images", "a/c")
    assert client.get_container("images", **query)[1] == fresh


def test_a_deleted_object_is_seen_a_while_and_cannot_be_deleted_again(
    client: Connection, inject: Callable[..., None]
) -> None:
    inject(stale_delete_seconds=1.0)
    client.put_object("images", "segments/1", b"content")
    client.put_object("images", "whole", b"", headers={"X-Object-Manifest": "images/segments/"})
    client.delete_object("images", "whole")
    assert client.head_object("images", "whole")["x-object-manifest"] == "images/segments/"
    assert client.get_object("images", "whole")[1] == b"content"
    with pytest.raises(ClientException) as refused:
        client.delete_object("images", "whole")
    assert refused.value.http_status == 404
    assert eventually(True, lambda: is_deleted(client, "whole"), 5) > 0.5


def is_deleted(client: Connection, name: str) -> bool:
    try:
        client.head_object("images", name)
    except ClientException as error:
        return bool(error.http_status == 404)
    return False


def test_a_share_of_the_requests_fails_and_the_same_again(
    client: Connection, inject: Callable[..., None]
) -> None:
    client.put_object("images", "o", b"x")
    url, token = client.get_auth()
    statuses = []
    for seed in (7, 7, 8):
        with httpx.Client(headers={"X-Auth-Token": token}) as http:
            inject(seed=seed, error_share=0.3, methods=("GET",))
            statuses.append([http.get(f"{url}/images").status_code for _ in range(40)])
            assert http.put(f"{url}/images/o", content=b"x").status_code == 201
    assert statuses[0] == statuses[1] != statuses[2]
    assert 4 <= statuses[0].count(500) <= 20
    inject(error_share=1.0)
    assert httpx.get(f"{url}/images", headers={"X-Auth-Token": token}).status_code == 500


def test_a_hang_lasts_and_ends(client: Connection, inject: Callable[..., None]) -> None:
    url, token = client.get_auth()
    inject(hang_share=1.0, hang_seconds=1.0)
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(url, headers={"X-Auth-Token": token}, timeout=0.3)
    assert httpx.get(url, headers={"X-Auth-Token": token}, timeout=10).status_code == 504


def test_slow_is_slow_both_ways(client: Connection, inject: Callable[..., None]) -> None:
    client.put_object("images", "o", bytes(100_000))
    inject(bytes_per_second=100_000)
    started_at = time.monotonic()
    client.get_object("images", "o")
    read = time.monotonic()
    client.put_object("images", "p", bytes(100_000), content_length=100_000)
    assert read - started_at > 0.9
    assert time.monotonic() - read > 0.9
    inject()
    assert client.head_object("images", "p")["content-length"] == "100000"


def test_an_upload_that_breaks_off_leaves_nothing(client: Connection, inject: Callable[..., None]) -> None:
    inject(cut_upload_bytes=1000)
    with pytest.raises(ClientException) as refused:
        client.put_object("images", "o", bytes(5000), content_length=5000)
    assert refused.value.http_status == 499
    client.put_object("images", "small", bytes(500), content_length=500)
    inject()
    assert names(client) == ["small"]


def test_an_answer_that_breaks_off_is_short(client: Connection, inject: Callable[..., None]) -> None:
    client.put_object("images", "o", bytes(500_000))
    url, token = client.get_auth()
    inject(cut_answer_bytes=100_000)
    with pytest.raises(httpx.RemoteProtocolError, match="100000 bytes, expected 500000"):
        httpx.get(f"{url}/images/o", headers={"X-Auth-Token": token})


def test_reads_are_counted(client: Connection, inject: Callable[..., None]) -> None:
    client.put_object("images", "o", bytes(5000))
    url = client.get_auth()[0]
    inject(count_reads=True)
    client.get_object("images", "o")
    client.get_object("images", "o", headers={"Range": "bytes=0-99"})
    root = url.split("/v1/")[0]
    path = f"{url.removeprefix(root)}/images/o"
    assert httpx.get(f"{root}/faults/reads").json()[path] == {"requests": 2, "bytes": 5100}
    inject(count_reads=True)
    assert httpx.get(f"{root}/faults/reads").json() == {}


def test_info_is_hidden(client: Connection, inject: Callable[..., None]) -> None:
    root = client.get_auth()[0].split("/v1/")[0]
    assert httpx.get(f"{root}/info").status_code == 200
    inject(hide_info=True)
    assert httpx.get(f"{root}/info").status_code == 404

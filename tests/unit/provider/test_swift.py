"""Swift's refusals, each with what to do; from a server that returns nothing else."""

import asyncio
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from harness.serving import serving
from provider.cancellation_token import CancellationToken
from provider.errors import ApiError, DeniedError, NotFoundError, RefusedCallError, UnreachableError
from provider.swift import (
    SwiftLogin,
    TempUrlKeys,
    delete_container,
    find_containers,
    head_container,
    list_objects,
    put_container,
)

OBJECTS = b'[{"name": "a", "bytes": 3}, {"name": "b", "bytes": 4}]'


class Storage(BaseHTTPRequestHandler):
    """v1 auth for user `u`; what a container answers, its name says."""

    requests: list[str]
    containers: tuple[str, ...] = ()

    def _answer(self) -> None:
        type(self).requests.append(f"{self.command} {self.path.partition('?')[0]}")
        if self.path.startswith("/auth"):
            good = self.headers["X-Auth-User"] == "u"
            port = self.connection.getsockname()[1]
            self._send(
                200 if good else 401,
                {"X-Storage-Url": f"http://127.0.0.1:{port}/v1/A", "X-Auth-Token": "t"},
            )
            return
        name = (self.path.partition("?")[0].split("/")[3:] or [""])[0]
        if self.command == "GET":
            listed = OBJECTS if name else json.dumps([{"name": name} for name in self.containers]).encode()
            self._send(200, {"Content-Type": "application/json"}, b"[]" if "marker" in self.path else listed)
            return
        count = {"X-Container-Object-Count": "2", "X-Container-Meta-Temp-Url-Key": "secret"}
        self._send({"gone": 404, "held": 409, "denied": 403, "odd": 418}.get(name, 204), count)

    do_GET = do_HEAD = do_PUT = do_DELETE = _answer  # noqa: N815

    def _send(self, status: int, headers: dict[str, str], body: bytes = b"") -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Be quiet."""


@pytest.fixture
def url() -> Iterator[str]:
    Storage.requests = []
    with serving(ThreadingHTTPServer(("127.0.0.1", 0), Storage)) as server:
        yield f"http://127.0.0.1:{server.server_port}/auth/v1.0"


def test_a_container_that_the_account_still_lists_is_looked_at(url: str) -> None:
    Storage.containers = ("gone", "own", "a", "b", "c")

    async def find(most: int) -> tuple[str, ...]:
        login = SwiftLogin(url, "u", "k")
        return await find_containers(login, CancellationToken(), except_for=("own",), most=most)

    assert asyncio.run(find(9)) == ("a", "b", "c")
    assert asyncio.run(find(2)) == ("a", "b")


def test_a_container_is_put_looked_at_listed_and_emptied(url: str) -> None:
    async def work() -> None:
        login, stop = SwiftLogin(url, "u", "k"), CancellationToken()
        container = await put_container(login, "c", TempUrlKeys("secret"), stop)
        assert (container.count, container.temp_url_keys) == (2, TempUrlKeys("secret"))
        assert container == await head_container(login, "c", stop)
        listed = await list_objects(login, "c", "", stop)
        assert (listed.names, listed.total) == (("a", "b"), 7)
        await delete_container(login, "c", stop, with_objects=True)

    asyncio.run(work())
    assert [request for request in Storage.requests if request.startswith("DELETE")] == [
        "DELETE /v1/A/c/a",
        "DELETE /v1/A/c/b",
        "DELETE /v1/A/c",
    ]


@pytest.mark.parametrize(
    ("user", "container", "kind", "message"),
    [
        ("u", "held", RefusedCallError, "set forceDestroy"),
        ("u", "denied", DeniedError, "Check username and key"),
        ("other", "c", DeniedError, "Check username and key"),
        ("u", "odd", ApiError, "HTTP 418"),
    ],
)
def test_refusals_are_reported_with_what_to_do(
    url: str, user: str, container: str, kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message):
        asyncio.run(
            delete_container(SwiftLogin(url, user, "k"), container, CancellationToken(), with_objects=False)
        )


def test_one_that_is_gone_is_deleted_and_cannot_be_looked_at(url: str) -> None:
    login = SwiftLogin(url, "u", "k")
    asyncio.run(delete_container(login, "gone", CancellationToken(), with_objects=False))
    with pytest.raises(NotFoundError):
        asyncio.run(head_container(login, "gone", CancellationToken()))


def test_a_storage_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("provider.swift.RETRIES", 0)
    with pytest.raises(UnreachableError, match=r"127\.0\.0\.1:9"):
        asyncio.run(
            head_container(SwiftLogin("http://127.0.0.1:9/auth/v1.0", "u", "k"), "c", CancellationToken())
        )

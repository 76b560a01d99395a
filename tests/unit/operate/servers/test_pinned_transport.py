"""The operator's requests lead to pinned origins, whatever a registry or a stranger writes into them."""

import ast
from contextlib import suppress

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dev.local.environment import CHECKOUT
from operate.servers.pinned_transport import ForeignOriginError, PinnedTransport, origin_of

HERE, STORAGE = "http://127.0.0.1:15000", "https://storage.example.com"
CREDENTIALS = ("operator", "a password")


def client(
    requests: list[httpx.Request], *, redirects: bool = False, answer: httpx.Response | None = None
) -> httpx.Client:
    """A client of the operator's, and what leaves the machine."""

    def send(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return answer if answer and len(requests) == 1 else httpx.Response(200)

    transport = PinnedTransport(httpx.MockTransport(send), [HERE], [STORAGE] if redirects else [])
    return httpx.Client(base_url=HERE, auth=CREDENTIALS, transport=transport, follow_redirects=redirects)


@pytest.mark.parametrize(
    "address",
    [
        "http://stranger.example.com/v2/",
        "HTTP://stranger.example.com/v2/",
        "https://127.0.0.1:15000/v2/",
        "http://127.0.0.1:15001/v2/",
        "http://127.0.0.1:15000@stranger.example.com/v2/",
        "http://[::1]:15000/v2/",
    ],
)
def test_credentials_go_to_the_pinned_origin_alone(address: str) -> None:
    requests: list[httpx.Request] = []
    with client(requests) as here, pytest.raises(ForeignOriginError, match="refused"):
        here.get(address)
    with client(requests, redirects=True) as here, pytest.raises(ForeignOriginError, match="refused"):
        here.get(address)
    assert requests == []


def test_the_pinned_origin_gets_credentials() -> None:
    requests: list[httpx.Request] = []
    with client(requests) as here:
        assert here.get("/v2/").status_code == 200
        assert here.get("http://127.0.0.1:15000/v2/x").status_code == 200
    assert ["Authorization" in request.headers for request in requests] == [True, True]


def test_a_redirect_into_the_storage_is_followed_without_credentials() -> None:
    requests: list[httpx.Request] = []
    moved = httpx.Response(307, headers={"Location": "https://storage.example.com/blob?temp_url_sig=1"})
    with client(requests, redirects=True, answer=moved) as here:
        assert here.get("/v2/x/blobs/y").status_code == 200
    assert [origin_of(request.url) for request in requests] == [HERE, "https://storage.example.com:443"]
    assert "Authorization" not in requests[1].headers


@pytest.mark.parametrize(
    "origin",
    ["http://storage.example.com", "https://storage.example.com:8443", "https://stranger.example.com"],
)
def test_a_redirect_to_anywhere_else_is_refused(origin: str) -> None:
    requests: list[httpx.Request] = []
    moved = httpx.Response(307, headers={"Location": f"{origin}/blob"})
    with (
        client(requests, redirects=True, answer=moved) as here,
        pytest.raises(ForeignOriginError, match="refused"),
    ):
        here.get("/v2/x/blobs/y")
    assert [origin_of(request.url) for request in requests] == [HERE]


def test_the_storage_never_gets_the_password() -> None:
    requests: list[httpx.Request] = []
    with client(requests, redirects=True) as here, pytest.raises(ForeignOriginError, match="refused"):
        here.get(f"{STORAGE}/blob")
    assert requests == []


@given(st.text(min_size=1, max_size=60))
def test_no_text_leads_elsewhere(text: str) -> None:
    requests: list[httpx.Request] = []
    refused = suppress(ForeignOriginError, httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError)
    with client(requests) as here, refused:
        here.get(text)
    assert all(origin_of(request.url) == HERE for request in requests)


def test_every_client_of_the_operator_is_pinned() -> None:
    """Nothing in operate/ speaks HTTP but by a client with this transport."""
    loose = [
        f"{file.relative_to(CHECKOUT)}:{call.lineno}"
        for file in sorted((CHECKOUT / "operate").rglob("*.py"))
        if "httpx" in (text := file.read_text())
        for call in calls_of_httpx(text)
        if ast.unparse(call.func) in SENDING and not is_pinned(call)
    ]
    assert loose == []


SENDING = {
    f"httpx.{name}"
    for name in (
        "Client",
        "AsyncClient",
        "request",
        "stream",
        "get",
        "head",
        "post",
        "put",
        "patch",
        "delete",
    )
}


def calls_of_httpx(text: str) -> list[ast.Call]:
    return [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]


def is_pinned(call: ast.Call) -> bool:
    """Whether a call names the transport, in its arguments or as what stands before it."""
    keywords = {word.arg: ast.unparse(word.value) for word in call.keywords}
    return "PinnedTransport(" in keywords.get("transport", "") or keywords.get("transport") == "transport"


@pytest.mark.parametrize("text", ["httpx.get(url)", "httpx.Client(base_url=url)"])
def test_a_client_that_is_not_pinned_is_found(text: str) -> None:
    (call,) = calls_of_httpx(text)
    assert ast.unparse(call.func) in SENDING
    assert not is_pinned(call)

"""Silent connections are held open, counted, and let go; a machine that allows too few files says so."""

import resource
import socket
from itertools import repeat

import pytest

from harness.clients.silent_connections import allow_files, silent_connections


def test_they_come_from_their_address_and_end_together() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=8) as server:
        with silent_connections(server.getsockname()[1], 3, repeat("127.0.9.1")) as opened:
            accepted = [server.accept() for _ in range(3)]
        assert [source for _, (source, _) in accepted] == ["127.0.9.1"] * 3
        assert [connection.fileno() for connection in opened] == [-1] * 3
        for connection, _ in accepted:
            with connection, pytest.raises(ConnectionResetError):
                connection.recv(1)


def test_those_that_are_refused_do_not_count() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with silent_connections(port, 3, repeat("127.0.9.1")) as opened:
        assert opened == []


@pytest.mark.parametrize(
    ("limits", "raised"),
    [
        ((1024, 20_000), [(9216, 20_000)]),
        ((1024, resource.RLIM_INFINITY), [(9216, resource.RLIM_INFINITY)]),
        ((9216, 9216), []),
        ((resource.RLIM_INFINITY, resource.RLIM_INFINITY), []),
    ],
)
def test_a_process_is_allowed_the_files_that_it_needs(
    monkeypatch: pytest.MonkeyPatch, limits: tuple[int, int], raised: list[tuple[int, int]]
) -> None:
    calls: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: limits)
    monkeypatch.setattr(resource, "setrlimit", lambda _, values: calls.append(values))
    allow_files(8192)
    assert calls == raised


def test_a_limit_of_too_few_files_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1024, 4096))
    with pytest.raises(OSError, match=r"RLIMIT_NOFILE allows 4096; run it again after `ulimit -n 9216`"):
        allow_files(8192)

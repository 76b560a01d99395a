"""No request hides in another one: one at most arrives at the registry, and none of a stranger."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from harness.clients.hostile_client import status_of
from harness.clients.hostile_kinds import HOSTILE, KINDS, SMUGGLED, Attack, HostileKind
from harness.proxies.guarded_front_door import ROOTS, GuardedDoor, guarded_door
from settings import DEFAULT_DOOR_LIMITS

SMUGGLING = [kind for kind in KINDS if kind.is_smuggling]


@pytest.fixture(scope="module", params=list(ROOTS))
def door(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedDoor]:
    folder: Path = tmp_path_factory.mktemp("door")
    with guarded_door(folder, request.param, DEFAULT_DOOR_LIMITS) as door:
        yield door


def arrived(door: GuardedDoor, kind: HostileKind, user: str) -> tuple[list[str], list[str]]:
    """Send one attack and an ordinary request behind it.

    Returns:
        What can be read in two ways, and the request lines that arrived before the ordinary one.
    """
    door.backend.clear()
    door.hostile.send(kind.build(Random(1), door.target(user)))  # noqa: S311 # the same each time
    assert door.client().status(f"{door.root}users/") == 200
    lines = [request.line for request in door.backend.requests]
    assert lines.pop() == f"GET {door.root}users/ HTTP/1.1"
    return list(door.backend.doubts), lines


def test_nothing_of_a_stranger_arrives(door: GuardedDoor) -> None:
    assert len(SMUGGLING) >= 40
    assert {kind.name: arrived(door, kind, "") for kind in SMUGGLING} == {
        kind.name: ([], []) for kind in SMUGGLING
    }


def test_one_request_of_a_user_arrives_at_most(door: GuardedDoor) -> None:
    strange = {}
    for kind in SMUGGLING:
        doubts, lines = arrived(door, kind, "bob")
        if doubts or len(lines) > 1 or any(HOSTILE not in line or SMUGGLED in line for line in lines):
            strange[kind.name] = doubts, lines
    assert strange == {}


def test_an_ordinary_upload_is_no_smuggling(door: GuardedDoor) -> None:
    door.backend.clear()
    target = door.target("bob")
    head = f"PUT {target.path} HTTP/1.1\r\nHost: door\r\nAuthorization: {target.authorization}"
    body = "Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n"
    assert status_of(door.hostile.send(Attack((f"{head}\r\n{body}".encode(),)))) == 200
    assert [request.body for request in door.backend.requests] == [b"body"]

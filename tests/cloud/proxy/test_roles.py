"""What a user may do at the door depends on the method; the registry hears of nothing else."""

from collections.abc import Iterator

import pytest

from components.access.door_credential import DoorCredential
from harness.proxies.guarded_front_door import PASSWORD, ROOTS, GuardedDoor, guarded_door
from settings import DEFAULT_DOOR_LIMITS

UPLOAD = "x/blobs/uploads/1"


@pytest.fixture(scope="module", params=list(ROOTS))
def door(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedDoor]:
    with guarded_door(tmp_path_factory.mktemp("door"), request.param, DEFAULT_DOOR_LIMITS) as door:
        yield door


def statuses(door: GuardedDoor, user: str, requests: list[tuple[str, str]]) -> list[int]:
    """What a user is answered, on one connection for each request."""
    client, answers = door.client(user), []
    for method, path in requests:
        connection = client.connect()
        connection.request(method, f"{door.root}{path}", headers=client.headers)
        response = connection.getresponse()
        body = response.read()
        assert response.status == 200 or b'"code":"DENIED"' in body
        assert response.status == 200 or b'"detail":[]' in body, "Docker repeats what has no detail"
        answers.append(response.status)
        connection.close()
    return answers


def test_roles_are_kept_by_method(door: GuardedDoor) -> None:
    requests = [("GET", "x"), ("HEAD", "x"), ("POST", "x"), ("PUT", "x"), ("PATCH", "x"), ("DELETE", "x")]
    door.backend.clear()
    answers = {
        user: statuses(door, user, [each for each in requests if each[0] != "HEAD"])
        for user in ("docker", "bob", "eve")
    }
    assert answers == {
        "docker": [200, 200, 200, 200, 200],
        "bob": [200, 200, 200, 200, 403],
        "eve": [200, 403, 403, 403, 403],
    }
    assert len(door.backend.requests) == 10


def test_a_writer_may_end_an_upload_and_delete_nothing_else(door: GuardedDoor) -> None:
    deletions = [
        ("DELETE", path)
        for path in (UPLOAD, f"{UPLOAD}/manifests/latest", "x/blobs/sha256:00", "x/manifests/uploads")
    ]
    allowed = 200 if door.generation == "modern" else 403
    assert statuses(door, "bob", deletions) == [allowed, 403, 403, 403]
    assert statuses(door, "eve", deletions[:1]) == [403]


def test_a_password_is_computed_once_and_stays_at_the_door(door: GuardedDoor) -> None:
    door.backend.clear()
    assert [door.client("eve").status(f"{door.root}x") for _ in range(3)] == [200, 200, 200]
    passed = {request.headers.get("authorization", "") for request in door.backend.requests}
    assert passed == {DoorCredential(PASSWORD).authorization if door.generation == "modern" else ""}


def test_a_stranger_learns_how_to_log_in(door: GuardedDoor) -> None:
    door.backend.clear()
    connection = door.stranger.connect()
    connection.request("GET", door.root)
    response = connection.getresponse()
    assert response.status == 401
    assert response.read() == (
        b'{"errors":[{"code":"UNAUTHORIZED","message":"authentication required","detail":[]}]}'
    )
    assert response.headers["WWW-Authenticate"] == 'Basic realm="registry"'
    assert response.headers["Docker-Distribution-Api-Version"] == "registry/2.0"
    connection.request("HEAD", door.root)
    assert connection.getresponse().status == 401
    connection.close()
    assert door.stranger.status("/" if door.generation == "modern" else "/v1/_ping") == 200
    assert door.backend.requests == []

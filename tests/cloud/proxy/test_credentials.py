"""No byte of a client's password arrives at a registry, by its front door or by its colour's own port."""

from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial

import pytest

from components.access.door_credential import USER, DoorCredential
from components.access.user_list import userlist
from components.proxy.access_rules import DoorUsers
from components.proxy.front_door_config import ColourBackend, FrontDoorShape, front_door_configuration
from harness.clients.registry_client import Client
from harness.ports import free_port
from harness.proxies.guarded_front_door import ROOTS, USERS
from harness.proxies.local_proxy import LocalProxy, await_true
from harness.proxies.proxied_registry import CERTIFICATE, PEM, SECRET
from harness.registries.recording_backend import RecordingBackend
from settings import DEFAULT_DOOR_LIMITS

PASSWORDS = {"red": "1" * 64, "black": "2" * 64}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class ColouredDoor:
    """A front door with two colours: red on its own server, black behind a door of its own.

    Attributes:
        generation: `modern` or `legacy`.
        ports: TCP ports of the front door (`front`) and of black's own door (`inner`).
        registries: what came to each colour.
        proxy: HAProxy with both doors.
    """

    generation: str
    ports: dict[str, int]
    registries: dict[str, RecordingBackend]
    proxy: LocalProxy

    def client(self, user: str, password: str = "", door: str = "front") -> Client:
        login = f"{user}:{password or USERS[user]}"
        return Client("127.0.0.1", self.ports[door], CERTIFICATE.authority, login)

    def switch(self, colour: str) -> None:
        """Make a colour live."""
        (self.proxy.folder / "live.map").write_text(f"{self.generation} {colour}\n")
        self.proxy.command(f"set map {self.proxy.folder}/live.map {self.generation} {colour}")


def shape_of(
    generation: str, name: str, port: int, backends: int | tuple[ColourBackend, ...]
) -> FrontDoorShape:
    """A door of a generation, as `pulumi up` describes it, but for its users."""
    legacy = generation == "legacy"
    return FrontDoorShape(
        name,
        "127.0.0.1",
        port,
        backends,
        health_path="/v1/_ping" if legacy else "/",
        prefixes=(ROOTS[generation],),
        open_paths=("/v1/_ping",) if legacy else ("/",),
        answers_open_paths=True,
        single_requests=legacy,
    )


def door_files(
    generation: str, registries: dict[str, RecordingBackend], ports: dict[str, int]
) -> dict[str, str]:
    """The files of the front door and of black's own."""
    sent = {colour: "" if generation == "legacy" else password for colour, password in PASSWORDS.items()}
    colours = (
        ColourBackend("red", registries["red"].port, password=sent["red"]),
        ColourBackend("black", ports["inner"], "127.0.0.1", "a-registry", password=PASSWORDS["black"]),
    )
    front = replace(
        shape_of(generation, generation, ports["front"], colours),
        users=DoorUsers(userlist(generation, USERS, SECRET), (("docker", "admin"), ("eve", "reader"))),
        limits=DEFAULT_DOOR_LIMITS,
    )
    inner = replace(
        shape_of(generation, "inner", ports["inner"], registries["black"].port),
        users=DoorUsers(userlist("inner", {USER: PASSWORDS["black"]}, SECRET), ((USER, "admin"),)),
        password=sent["black"],
    )
    return {
        f"front-{generation}.cfg": front_door_configuration(front),
        f"front-{generation}.pem": PEM,
        f"front-{generation}.ca": CERTIFICATE.authority,
        "front-inner.cfg": front_door_configuration(inner),
        "front-inner.pem": PEM,
    }


@pytest.fixture(scope="module", params=list(ROOTS))
def door(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ColouredDoor]:
    generation: str = request.param
    folder = tmp_path_factory.mktemp("door")
    registries = {colour: RecordingBackend() for colour in PASSWORDS}
    ports = {"front": free_port(), "inner": free_port()}
    (folder / "live.map").write_text(f"{generation} red\n")
    proxy = LocalProxy(folder)
    with ExitStack() as stack:
        for registry in registries.values():
            stack.enter_context(registry.serving())
        stack.enter_context(proxy.running(door_files(generation, registries, ports)))
        door = ColouredDoor(generation, ports, registries, proxy)
        path = f"{ROOTS[generation]}users/"
        for colour in PASSWORDS:
            door.switch(colour)
            await_true(lambda: door.client("docker").status(path) == 200, f"no {colour}", proxy.log)
        yield door


def leaks(password: str) -> tuple[str, ...]:
    """What of a password must not arrive, as text and as HTTP's Basic authentication has it."""
    encoded = (b64encode(f"{user}:{password}".encode()).decode() for user in (*USERS, USER))
    return (password, *encoded)


@pytest.mark.parametrize("colour", PASSWORDS)
def test_no_byte_of_a_clients_password_arrives(door: ColouredDoor, colour: str) -> None:
    registry = door.registries[colour]
    door.switch(colour)
    registry.clear()
    for user, password in USERS.items():
        client = door.client(user)
        # What a client sends besides, by mistake, is no business of the registry's either.
        more = {"Proxy-Authorization": client.headers["Authorization"], "Cookie": f"login={password}"}
        for method in METHODS:
            connection = client.connect()
            connection.request(method, f"{ROOTS[door.generation]}x", headers={**client.headers, **more})
            connection.getresponse().read()
            connection.close()
        assert door.client(user, f"{password}x").status(f"{ROOTS[door.generation]}x") == 401
    # Five methods of the admin, four of the writer, one of the reader.
    assert len(registry.requests) == 10
    assert registry.doubts == []
    arrived = str(registry.requests)
    assert not [word for password in USERS.values() for word in leaks(password) if word in arrived]
    logins = {request.headers.get("authorization", "") for request in registry.requests}
    own = DoorCredential(PASSWORDS[colour]).authorization
    assert logins == {own if door.generation == "modern" else ""}


@pytest.mark.parametrize("colour", PASSWORDS)
def test_a_registry_that_refuses_its_front_door_fails_and_no_client_is_sent_to_log_in(
    door: ColouredDoor, colour: str
) -> None:
    """A swap went live while all clients got 401, which no health of a colour counted."""
    registry, path = door.registries[colour], f"{ROOTS[door.generation]}x"
    door.switch(colour)
    failures = partial(door.proxy.counter, f"front-{door.generation}-{colour}", "hrsp_5xx", "BACKEND")
    before = int(failures())
    registry.answer = "401 Unauthorized"
    try:
        statuses = [door.client("docker").status(path), door.client("eve").status(path)]
    finally:
        registry.answer = "200 OK"
    # Nothing at legacy asks for a password but the door.
    legacy = door.generation == "legacy" and colour == "red"
    expected, failed = (401, 0) if legacy else (502, 2)
    assert statuses == [expected] * 2
    await_true(lambda: int(failures()) == before + failed, "it is not counted", door.proxy.log)
    assert door.client("docker").status(path) == 200


def test_a_colours_own_port_takes_the_front_doors_password_alone(door: ColouredDoor) -> None:
    path, registry = f"{ROOTS[door.generation]}x", door.registries["black"]
    registry.clear()
    refused = [
        *((user, password) for user, password in USERS.items()),
        (USER, PASSWORDS["red"]),
        ("docker", PASSWORDS["black"]),
    ]
    assert {door.client(*login, door="inner").status(path) for login in refused} == {401}
    assert registry.requests == []
    assert door.client(USER, PASSWORDS["black"], "inner").status(path) == 200
    assert door.client(USER, PASSWORDS["black"]).status(path) == 401
    assert len(registry.requests) == 1


def test_no_stranger_reaches_a_registry_by_its_colours_own_port(door: ColouredDoor) -> None:
    """Health is answered by the door itself, which alone asks the registry."""
    registry, path = door.registries["black"], "/v1/_ping" if door.generation == "legacy" else "/"
    stranger = Client("127.0.0.1", door.ports["inner"], CERTIFICATE.authority)
    connection = stranger.connect()
    connection.request("GET", path, headers={"X-Stranger": "was here"})
    response = connection.getresponse()
    assert (response.status, response.read()) == (200, b"true")
    connection.close()
    assert stranger.status(f"{ROOTS[door.generation]}x") == 401
    assert not [one for one in (*registry.requests, *registry.health_checks) if "x-stranger" in one.headers]


def test_no_password_is_logged(door: ColouredDoor) -> None:
    logged = "\n".join(door.proxy.finished_lines())
    words = [word for password in (*USERS.values(), *PASSWORDS.values()) for word in leaks(password)]
    assert not [word for word in words if word in logged]

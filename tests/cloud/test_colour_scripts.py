"""Operate's scripts on a real HAProxy with two colours: switch, fence, status; TLS to a door elsewhere."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from http.client import HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from components.certificate import Issuer, issue
from components.door_access import DoorUsers
from components.front_door_config import ColourBackend, FrontDoorShape, front_door_configuration
from components.user_list import userlist
from local.environment import CHECKOUT
from tests.cloud.door_load import Client, Load
from tests.cloud.local_door import LocalProxy, await_true
from tests.support.ports import free_port

# What the scripts use of socat, for a host without it; machines have it.
SOCAT = """\
#!{python}
import socket, sys
assert sys.argv[1:4] == ["-t", "5", "-"], sys.argv
with socket.socket(socket.AF_UNIX) as there:
    there.settimeout(5)
    there.connect(sys.argv[4].removeprefix("UNIX-CONNECT:"))
    there.sendall(sys.stdin.buffer.read())
    there.shutdown(socket.SHUT_WR)
    while part := there.recv(65536):
        sys.stdout.buffer.write(part)
"""
SECRET = "ab" * 32
SCRIPTS = CHECKOUT / "operate" / "scripts"
COLOURS = CHECKOUT / "components" / "scripts" / "door-colours.sh"
HEALTH = CHECKOUT / "components" / "scripts" / "door-health.sh"
CERTIFICATE = issue(Issuer(SECRET), "a-registry", ("127.0.0.1",))
USERS = {"docker": "a password"}


@contextmanager
def named_registry(colour: str) -> Iterator[int]:
    """A server that answers with its colour, and with the credentials that reached it; its port."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """A health check ends its connection as it likes."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = f"{colour} {self.headers.get('Authorization', '-')}".encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass(frozen=True)
class TwoColours:
    """Doors of both generations, each with two colours; black's modern registry behind a door of its own."""

    proxy: LocalProxy
    ports: dict[str, int]

    def with_socat(self) -> None:
        program = self.proxy.folder / "bin" / "socat"
        program.parent.mkdir(parents=True)
        program.write_text(SOCAT.format(python=sys.executable))
        program.chmod(0o755)

    def run(self, script: Path, *arguments: str, stdin_payload: str = "") -> subprocess.CompletedProcess[str]:
        folder = str(self.proxy.folder)
        return subprocess.run(
            ["bash", "-s", "--", *arguments],
            input=script.read_text() + stdin_payload,
            env={
                **os.environ,
                "PATH": f"{os.environ['PATH']}:{folder}/bin",
                "REGISTRY_DOOR": folder,
                "REGISTRY_DOOR_RUN": folder,
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def told(self, script: Path, *arguments: str, stdin_payload: str = "") -> str:
        done = self.run(script, *arguments, stdin_payload=stdin_payload)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def client(self, generation: str) -> Client:
        return Client("127.0.0.1", self.ports[generation], CERTIFICATE.authority, "docker:a password")

    def answer(self, generation: str) -> str:
        connection = self.client(generation).connect()
        connection.request("GET", "/v2/", headers=self.client(generation).headers)
        response = connection.getresponse()
        text = response.read().decode()
        connection.close()
        return text if response.status == 200 else str(response.status)

    @property
    def status(self) -> dict[str, dict[str, dict[str, object]]]:
        document: dict[str, dict[str, dict[str, object]]] = json.loads(self.told(SCRIPTS / "door-status.sh"))
        return document

    def state(self, backend: str) -> str:
        done = self.run(SCRIPTS / "door-status.sh")
        return str(json.loads(done.stdout)["backends"][backend]["status"]) if done.returncode == 0 else ""

    def await_state(self, state: str, *backends: str) -> None:
        await_true(
            lambda: all(self.state(name) == state for name in backends),
            f"{backends} are not {state}",
            self.proxy.log,
        )


def asked(client: Client, connection: HTTPSConnection) -> str:
    """One more request on a connection that is kept."""
    connection.request("GET", "/v2/", headers=client.headers)
    return connection.getresponse().read().decode()


def door(shape: FrontDoorShape, common_name: str = "a-registry") -> dict[str, str]:
    issued = issue(Issuer(SECRET), common_name, ("127.0.0.1",))
    return {
        f"front-{shape.name}.cfg": front_door_configuration(shape),
        f"front-{shape.name}.pem": f"{issued.certificate}{issued.private_key}",
        f"front-{shape.name}.ca": issued.authority,
    }


@contextmanager
def two_colours(folder: Path, inner_name: str) -> Iterator[TwoColours]:
    """Put up; the inner door's certificate has this common name."""
    with ExitStack() as stack:
        red, black, old_red, old_black = (
            stack.enter_context(named_registry(name)) for name in ("red", "black", "old-red", "old-black")
        )
        ports = {"modern": free_port(), "legacy": free_port(), "inner": free_port()}
        modern = (
            ColourBackend("red", red),
            ColourBackend("black", ports["inner"], "127.0.0.1", "black-modern-b"),
        )
        legacy = (ColourBackend("red", old_red), ColourBackend("black", old_black))
        legacy_users = DoorUsers(userlist("legacy", USERS, SECRET))
        files = {
            **door(FrontDoorShape("modern", "127.0.0.1", ports["modern"], modern)),
            **door(FrontDoorShape("legacy", "127.0.0.1", ports["legacy"], legacy, users=legacy_users)),
            **door(FrontDoorShape("inner", "127.0.0.1", ports["inner"], black), inner_name),
        }
        proxy = LocalProxy(folder)
        colours = TwoColours(proxy, ports)
        colours.with_socat()
        assert colours.told(COLOURS, "tell", "prod", "modern,legacy", "red", "red=1", "black=2") == "red"
        with proxy.running(files):
            yield colours


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoColours]:
    with two_colours(tmp_path_factory.mktemp("pair"), "black-modern-b") as colours:
        colours.await_state(
            "UP", "front-modern-red", "front-modern-black", "front-legacy-red", "front-legacy-black"
        )
        yield colours


SWITCH = SCRIPTS / "door-switch.sh"
FENCE = SCRIPTS / "door-fence.sh"


def test_both_generations_switch_at_once_and_again_is_as_once(pair: TwoColours) -> None:
    pair.told(SWITCH, "red", "1")
    assert pair.answer("modern").startswith("red Basic ")
    assert pair.answer("legacy") == "old-red -", "the password stays at the door"
    assert pair.told(SWITCH, "black", "2") == "red black"
    assert pair.answer("modern").startswith("black Basic ")
    assert pair.answer("legacy") == "old-black -"
    assert pair.told(SWITCH, "black", "2") == "black black"
    assert (pair.proxy.folder / "live.map").read_text() == "modern black\nlegacy black\n"


def test_nothing_fails_while_colours_change(pair: TwoColours) -> None:
    with Load(pair.client("modern")) as load, Load(pair.client("legacy"), workers=2) as peer_load:
        for number in range(4):
            load.await_more(20)
            pair.told(SWITCH, ("red", "black")[number % 2], "3")
        load.await_more(20)
    assert (load.failures, peer_load.failures) == ([], [])
    statu = pair.status["backends"]
    assert all(statu[f"front-modern-{colour}"]["requests"] > 20 for colour in ("red", "black"))  # type: ignore[operator]
    assert statu["front-modern-red"]["responses"]["5xx"] == 0  # type: ignore[index]


def test_a_process_that_a_reload_left_is_updated_as_well(pair: TwoColours) -> None:
    """An open connection to it gets the new colour with its next request, not the old one."""
    pair.told(SWITCH, "red", "4")
    client = pair.client("modern")
    connection = client.connect()

    def ask() -> str:
        return asked(client, connection)

    assert ask().startswith("red ")
    before = len(pair.status["workers"])
    os.kill(int((pair.proxy.folder / "pid").read_text()), 12)
    await_true(lambda: len(pair.status["workers"]) > before, "no further process", pair.proxy.log)
    pair.await_state("UP", "front-modern-black", "front-legacy-black")
    pair.told(SWITCH, "black", "5")
    assert ask().startswith("black ")
    connection.close()
    assert pair.answer("modern").startswith("black ")


def test_a_process_from_before_a_colour_came_serves_its_last_requests(tmp_path: Path) -> None:
    """It has no way to the new colour: the one from before is still there for it."""
    with named_registry("red") as red, named_registry("black") as black:
        colours = (ColourBackend("red", red), ColourBackend("black", black))
        both = FrontDoorShape("modern", "127.0.0.1", free_port(), colours)
        doors = TwoColours(LocalProxy(tmp_path / "doors"), {"modern": both.port})
        doors.with_socat()
        doors.told(COLOURS, "tell", "prod", "modern", "red", "red=1")
        with doors.proxy.running(door(replace(both, behind=colours[:1]))):
            client = doors.client("modern")
            connection = client.connect()

            def ask() -> str:
                return asked(client, connection)

            assert ask().startswith("red ")
            for name, content in door(both).items():
                (doors.proxy.folder / "current" / name).write_text(content)
            doors.told(COLOURS, "tell", "prod", "modern", "red", "red=1", "black=2")
            os.kill(int((doors.proxy.folder / "pid").read_text()), 12)
            doors.await_state("UP", "front-modern-black")
            assert doors.told(SWITCH, "black", "1") == "red black"
            assert ask().startswith("red ")
            connection.close()
            assert doors.answer("modern").startswith("black ")


def test_a_lower_token_does_not_act(pair: TwoColours) -> None:
    pair.told(SWITCH, "red", "70")
    done = pair.run(SWITCH, "black", "69")
    assert done.returncode == 3
    assert "token 69 is older than 70" in done.stderr
    assert pair.answer("modern").startswith("red ")
    assert pair.status["fence"] == 70  # type: ignore[comparison-overlap]


def test_a_token_that_is_remembered_fences_whoever_has_a_lower_one(pair: TwoColours) -> None:
    pair.told(SWITCH, "red", "71")
    for _ in range(2):
        pair.told(FENCE, "75")
        assert pair.status["fence"] == 75  # type: ignore[comparison-overlap]
    for script, arguments in ((FENCE, ("74",)), (SWITCH, ("black", "74"))):
        done = pair.run(script, *arguments)
        assert done.returncode == 3
        assert "token 74 is older than 75" in done.stderr
    assert pair.run(FENCE, "-1").returncode == 2
    assert pair.answer("modern").startswith("red ")
    assert pair.status["fence"] == 75  # type: ignore[comparison-overlap]


def test_two_switches_at_once_leave_file_and_doors_agreeing(pair: TwoColours) -> None:
    threads = [
        threading.Thread(target=pair.run, args=(SWITCH, colour, "76")) for colour in ("red", "black") * 5
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    live = str(pair.status["live"]["modern"])
    assert pair.answer("modern").startswith(f"{live} ")


def test_a_colour_that_is_not_there_or_down_does_not_go_live(pair: TwoColours) -> None:
    before = pair.status["live"]
    done = pair.run(SWITCH, "blue", "80")
    assert done.returncode == 4
    assert "the door has no modern registry of the colour blue" in done.stderr
    assert pair.status["live"] == before


@pytest.mark.parametrize("arguments", [(), ("black",), ("black", "x"), ("bl ack", "1"), ("$(id)", "1")])
def test_nonsense_is_no_switch(pair: TwoColours, arguments: tuple[str, ...]) -> None:
    before = pair.status["live"]
    assert pair.run(SWITCH, *arguments).returncode != 0
    assert pair.status["live"] == before


def test_syncing_colours_changes_no_live_colour(pair: TwoColours) -> None:
    pair.told(SWITCH, "black", "90")
    assert pair.told(COLOURS, "tell", "prod", "modern,legacy", "red", "red=3", "black=2") == "black"
    for colour_releases, message in (
        (("red=3",), "colour black, release 2, is live and would be taken away"),
        (("red=3", "black=4"), "colour black is live with release 2 and would get release 4"),
    ):
        done = pair.run(COLOURS, "tell", "prod", "modern,legacy", "red", *colour_releases)
        assert done.returncode == 1
        assert message in done.stderr
    assert pair.told(COLOURS, "tell", "prod", "modern,legacy", "red", "black=2") == "black"
    assert pair.told(COLOURS, "tell", "prod", "modern,legacy", "red", "red=1", "black=2") == "black"


FIRST = ("red=1:modern.aaaa:a@i", "black=2:modern.bbbb:a@i")
RECIPES = "red modern.memory 512\nred modern.image.name a\nblack modern.memory 640\n"


@pytest.mark.parametrize("action", ["check", "tell"])
def test_what_would_make_the_live_container_otherwise_is_refused(pair: TwoColours, action: str) -> None:
    """Before anything is touched, with what changes and the command that makes it live."""
    pair.told(SWITCH, "red", "900")
    assert pair.told(COLOURS, "tell", "prod", "modern,legacy", "red", *FIRST, stdin_payload=RECIPES) == "red"
    before = files(pair.proxy.folder)
    now = RECIPES.replace("red modern.memory 512", "red modern.memory 700")
    output = (action, "prod", "modern,legacy", "red", "red=1:modern.cccc:a@i", "black=2:modern.bbbb:a@i")
    done = pair.run(COLOURS, *output, stdin_payload=now)
    assert done.returncode == 1
    assert "colour red, release 1, is live" in done.stderr
    assert "(before: modern.memory 512; now: modern.memory 700)" in done.stderr
    assert "`operate swap prod --to RELEASE`" in done.stderr
    assert files(pair.proxy.folder) == before
    pair.told(SWITCH, "black", "900")
    assert pair.told(COLOURS, *output, stdin_payload=now) in ("black", "")


@pytest.mark.parametrize(
    "colours",
    [
        FIRST,
        # A generation may come and go.
        ("red=1:modern.aaaa+legacy.eeee:a@i", "black=2:modern.bbbb:a@i"),
        ("red=1:legacy.eeee:a@i", "black=2:modern.bbbb:a@i"),
        # Of a colour that is not live everything may change.
        ("red=1:modern.aaaa:a@i", "black=3:modern.dddd:a@i"),
        ("red=1:modern.aaaa:a@i",),
        # On another installation of the server, or where the operator says so, there is nothing to protect.
        ("red=1:modern.cccc:a@another", "black=2:modern.bbbb:a@i"),
        ("red=1:modern.cccc:a@i:replace", "black=2:modern.bbbb:a@i"),
    ],
)
def test_what_leaves_the_live_container_as_it_is_is_synced(pair: TwoColours, colours: Sequence[str]) -> None:
    pair.told(SWITCH, "red", "900")
    pair.told(COLOURS, "tell", "prod", "modern,legacy", "red", "red=1:x:a@forced", "black=2:modern.bbbb:a@i")
    pair.told(COLOURS, "tell", "prod", "modern,legacy", "red", *FIRST, stdin_payload=RECIPES)
    assert pair.told(COLOURS, "check", "prod", "modern,legacy", "red", *colours) == ""
    assert pair.told(COLOURS, "tell", "prod", "modern,legacy", "red", *colours) == "red"
    moved = pair.run(COLOURS, "check", "prod", "modern", "red", "red=1:modern.aaaa:b@another")
    assert "is live, and its container would be replaced" in moved.stderr
    lines = (pair.proxy.folder / "colours").read_text().splitlines()
    assert lines == [colour.replace("=", " ").replace(":", " ") for colour in colours]


def test_a_server_without_doors_refuses_nothing(tmp_path: Path) -> None:
    colours = TwoColours(LocalProxy(tmp_path / "none"), {})
    assert colours.told(COLOURS, "check", "prod", "modern", "red", "red=1:modern.aaaa:a@i") == ""
    (tmp_path / "none").mkdir(exist_ok=True)
    assert colours.told(COLOURS, "tell", "prod", "modern", "red", "red=1:modern.aaaa:a@i") == "red"


PUBLISHED = ("published", "{}", "prod", "legacy", "red")


def published(folder: Path, action: str, *colours: str, recipes: str = "") -> tuple[int, str, str]:
    """Run the script for a registry that Docker publishes itself."""
    words = [word.format(action) for word in PUBLISHED]
    done = subprocess.run(
        ["bash", "-s", "--", *words, *colours],
        input=COLOURS.read_text() + recipes,
        env={**os.environ, "REGISTRY_PUBLISHED": str(folder), "REGISTRY_DOOR": "/nowhere"},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    return done.returncode, done.stdout.strip(), done.stderr


@pytest.mark.parametrize("action", ["check", "tell"])
def test_a_registry_without_a_door_is_not_replaced_either(tmp_path: Path, action: str) -> None:
    """It has no other colour: a plain `pulumi up` refuses, and the operator may say so."""
    folder, recipes = tmp_path / "published", "red legacy.memory 512\n"
    known = "red=1:legacy.aaaa:a@i"
    assert published(folder, action, known)[0] == 0
    assert published(folder, "tell", known, recipes=recipes) == (0, "red", "")
    assert published(folder, action, known, recipes=recipes)[0] == 0
    for other in ("red=1:legacy.bbbb:a@i", "red=2:legacy.aaaa:a@i", "black=1:legacy.aaaa:a@i"):
        code, _, refusal = published(folder, action, other, recipes="red legacy.memory 640\n")
        assert code == 1
        assert "release 1 is published without a door, and its container would be replaced" in refusal
        assert f"SOFTLAYER_REGISTRY_REPLACE_LIVE={other.partition('=')[0]} pulumi up" in refusal
        assert (folder / "colours").read_text() == "red 1 legacy.aaaa a@i\n"
        assert published(folder, "check", f"{other}:replace")[0] == 0
    assert published(folder, "check", "red=1:legacy.bbbb:a@another")[0] == 0
    assert published(folder, "tell", "red=2:legacy.bbbb:a@i:replace")[0] == 0
    assert published(folder, action, "red=2:legacy.bbbb:a@i")[0] == 0


def files(folder: Path) -> dict[str, str]:
    """What the doors know of colours."""
    return {name: (folder / name).read_text() for name in ("colours", "recipes", "live.map", "fence")}


def test_a_door_with_another_name_is_not_believed(tmp_path: Path) -> None:
    with two_colours(tmp_path / "doors", "red-modern-b") as colours:
        colours.await_state("UP", "front-modern-red", "front-legacy-red", "front-legacy-black")
        colours.await_state("DOWN", "front-modern-black")
        done = colours.run(SWITCH, "black", "1")
        assert done.returncode == 4
        assert "has DOWN modern registry of the colour black" in done.stderr
        assert colours.told(HEALTH) == "", "an idle colour that is down harms nobody"
        assert colours.answer("modern").startswith("red ")
        assert colours.told(SWITCH, "black", "1", "anyway") == "red black"
        assert colours.answer("modern") == "503", "never to the other colour"
        assert "black, the live colour of the generation modern, is DOWN" in colours.run(HEALTH).stderr
    assert "HAProxy does not run" in colours.run(HEALTH).stderr


def test_reads_are_listed_though_there_are_many_more(tmp_path: Path) -> None:
    """Whoever has counted enough stops reading, and the journal's end is cut off."""
    (tmp_path / "live.map").write_text("modern red\n")
    journal = tmp_path / "journalctl"
    rest = '200 9 - - ---- 1/1/0/0/0 0/0 \\"GET /v2/%s HTTP/1.1\\"'
    line = f"1.2.3.4:5 [now] front-modern~ front-modern-red/red 0/0/0/1/1 {rest}"

    def reads() -> subprocess.CompletedProcess[str]:
        journal.chmod(0o755)
        return subprocess.run(
            ["bash", "-s", "--", "modern", "3"],
            input=(SCRIPTS / "colour-reads.sh").read_text(),
            env={**os.environ, "REGISTRY_DOOR": str(tmp_path), "PATH": f"{tmp_path}:{os.environ['PATH']}"},
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    journal.write_text(f'#!/bin/bash\nfor i in {{1..50000}}; do printf "{line}\\n" "$i"; done\n')
    done = reads()
    assert (done.returncode, done.stdout) == (0, "GET /v2/1\nGET /v2/2\nGET /v2/3\n"), done.stderr
    journal.write_text("#!/bin/bash\nexit 1\n")
    assert reads().returncode == 1

"""Operate's scripts on a real HAProxy with two colours: switch, fence, status; TLS to a door elsewhere."""

import os
import subprocess
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from components.access.door_credential import DoorCredential
from components.proxy.front_door_config import ColourBackend, FrontDoorShape
from harness.clients.registry_client import BackgroundLoad
from harness.ports import free_port
from harness.proxies.local_proxy import LocalProxy, await_true
from tests.cloud.colours.two_colours import (
    COLOURS,
    FENCE,
    HEALTH,
    SCRIPTS,
    SWITCH,
    TwoColours,
    door,
    named_registry,
    repeat_request,
    two_colours,
)


def test_both_generations_switch_at_once_and_again_is_as_once(pair: TwoColours) -> None:
    pair.checked_run(SWITCH, "red", "1")
    assert pair.answer("modern").startswith("red Basic ")
    assert pair.answer("legacy") == "old-red -", "the password stays at the door"
    assert pair.checked_run(SWITCH, "black", "2") == "red black"
    assert pair.answer("modern").startswith("black Basic ")
    assert pair.answer("legacy") == "old-black -"
    assert pair.checked_run(SWITCH, "black", "2") == "black black"
    assert (pair.proxy.folder / "live.map").read_text() == "modern black\nlegacy black\n"


def test_nothing_fails_while_colours_change(pair: TwoColours) -> None:
    with (
        BackgroundLoad(pair.client("modern")) as load,
        BackgroundLoad(pair.client("legacy"), workers=2) as peer_load,
    ):
        for number in range(4):
            load.await_more(20)
            pair.checked_run(SWITCH, ("red", "black")[number % 2], "3")
        load.await_more(20)
    assert (load.failures, peer_load.failures) == ([], [])
    backends = pair.status["backends"]
    assert all(backends[f"front-modern-{colour}"]["requests"] > 20 for colour in ("red", "black"))  # type: ignore[operator]
    assert backends["front-modern-red"]["responses"]["5xx"] == 0  # type: ignore[index]


def test_a_process_that_a_reload_left_is_updated_as_well(pair: TwoColours) -> None:
    """An open connection to it gets the new colour with its next request, not the old one."""
    pair.checked_run(SWITCH, "red", "4")
    client = pair.client("modern")
    connection = client.connect()

    def ask() -> str:
        return repeat_request(client, connection)

    assert ask().startswith("red ")
    before = len(pair.status["workers"])
    os.kill(int((pair.proxy.folder / "pid").read_text()), 12)
    await_true(lambda: len(pair.status["workers"]) > before, "no further process", pair.proxy.log)
    pair.await_state("UP", "front-modern-black", "front-legacy-black")
    pair.checked_run(SWITCH, "black", "5")
    assert ask().startswith("black ")
    connection.close()
    assert pair.answer("modern").startswith("black ")


@pytest.mark.parametrize(
    "former",
    [None, ColourBackend("black", 5001, password="of release 1")],
    ids=["no black yet", "black of another release"],
)
def test_a_process_from_before_a_colours_release_serves_its_last_requests(
    former: ColourBackend | None, tmp_path: Path
) -> None:
    """It has no way to the new release, or another's password; the colour from before is still there."""
    with named_registry("red") as red_port, named_registry("black") as black_port:
        red = ColourBackend("red", red_port, password="of red")
        black = ColourBackend("black", black_port, password="of release 2")
        before = (red, replace(former, port=black_port)) if former else (red,)
        both = FrontDoorShape("modern", "127.0.0.1", free_port(), (red, black))
        doors = TwoColours(LocalProxy(tmp_path / "doors"), {"modern": both.port})
        doors.with_socat()
        doors.checked_run(COLOURS, "sync", "prod", "modern", "red", "red=1")
        with doors.proxy.running(door(replace(both, backends=before))):
            doors.await_state("UP", *(f"front-modern-{colour.colour}" for colour in before))
            client = doors.client("modern")
            connection = client.connect()

            def ask() -> str:
                return repeat_request(client, connection)

            assert ask().startswith("red ")
            for name, content in door(both).items():
                (doors.proxy.folder / "current" / name).write_text(content)
            doors.checked_run(COLOURS, "sync", "prod", "modern", "red", "red=1", "black=2")
            os.kill(int((doors.proxy.folder / "pid").read_text()), 12)
            await_true(lambda: len(doors.status["workers"]) == 2, "no further process", doors.proxy.log)
            doors.await_state("UP", "front-modern-black")
            assert doors.checked_run(SWITCH, "black", "1") == "red black"
            assert doors.status["kept"] == 1  # type: ignore[comparison-overlap]
            assert ask().startswith("red ")
            assert doors.status["kept"] == 0, "it ends with its answer"  # type: ignore[comparison-overlap]
            connection.close()
            assert doors.answer("modern") == f"black {DoorCredential(black.password).authorization}"


@pytest.mark.parametrize("has_colours", [True, False], ids=["colours", "one registry"])
def test_a_transfer_in_a_process_that_a_reload_left_is_no_idle_connection(
    has_colours: bool, tmp_path: Path
) -> None:
    released = threading.Event()
    with named_registry("red", released) as port:
        backends = (ColourBackend("red", port),) if has_colours else port
        shape = FrontDoorShape("modern", "127.0.0.1", free_port(), backends)
        doors = TwoColours(LocalProxy(tmp_path / "doors"), {"modern": shape.port})
        doors.with_socat()
        doors.checked_run(COLOURS, "sync", "prod", "modern", "red", "red=1")
        with doors.proxy.running(door(shape)):
            client = doors.client("modern")
            transfer, idle = client.connect(), client.connect()
            assert repeat_request(client, idle).startswith("red ")
            transfer.request("GET", "/v2/held/blob", headers=client.headers)
            held = " srv=red " if has_colours else " srv=registry "
            await_true(
                lambda: held in doors.proxy.command("show sess"), "no transfer begins", doors.proxy.log
            )
            os.kill(int((doors.proxy.folder / "pid").read_text()), 12)
            await_true(lambda: bool(doors.status["kept"]), "no further process", doors.proxy.log)
            assert doors.status["kept"] == 1  # type: ignore[comparison-overlap]
            idle.close()
            released.set()
            assert transfer.getresponse().read().startswith(b"red ")
            transfer.close()


def test_a_lower_token_does_not_act(pair: TwoColours) -> None:
    pair.checked_run(SWITCH, "red", "70")
    done = pair.run(SWITCH, "black", "69")
    assert done.returncode == 3
    assert "token 69 is older than 70" in done.stderr
    assert pair.answer("modern").startswith("red ")
    assert pair.status["fence"] == 70  # type: ignore[comparison-overlap]


def test_a_token_that_is_remembered_fences_whoever_has_a_lower_one(pair: TwoColours) -> None:
    pair.checked_run(SWITCH, "red", "71")
    for _ in range(2):
        pair.checked_run(FENCE, "75")
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


def test_a_door_with_another_name_is_not_believed(tmp_path: Path) -> None:
    with two_colours(tmp_path / "doors", "red-modern-b") as colours:
        colours.await_state("UP", "front-modern-red", "front-legacy-red", "front-legacy-black")
        colours.await_state("DOWN", "front-modern-black")
        done = colours.run(SWITCH, "black", "1")
        assert done.returncode == 4
        assert "has DOWN modern registry of the colour black" in done.stderr
        assert colours.checked_run(HEALTH) == "", "an idle colour that is down harms nobody"
        assert colours.answer("modern").startswith("red ")
        assert colours.checked_run(SWITCH, "black", "1", "force") == "red black"
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

"""door-handover.sh on a real HAProxy: connections end with their answers, new ones wait."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPSConnection
from pathlib import Path

import pytest

from harness.waiting import until
from tests.cloud.colours.two_colours import SCRIPTS, TwoColours, two_colours

ADDRESS = "127.0.0.1"
RELOAD = "printf 'reload\\n' | socat -t 5 - \"UNIX-CONNECT:$REGISTRY_DOOR_RUN/master.sock\" >/dev/null"
NOTE = 'printf "%s\\n" "${0##*/} $*" >>"$REGISTRY_DOOR/called"'
# What changes the host itself, as it was called, a line each.
STUBS = {
    "systemctl": f'[ "$1" != reload ] || {RELOAD}',
    "systemd-run": NOTE,
    "iptables": f'{NOTE}\ncase "$*" in *-D*|*-F*) exit 1 ;; esac',
}


@dataclass(frozen=True)
class Handover:
    """A front door that clients leave."""

    doors: TwoColours

    def run(self, *arguments: str) -> str:
        """Run the script as `operate move` does."""
        folder = str(self.doors.proxy.folder)
        done = subprocess.run(
            ["bash", "-s", "--", arguments[0], ADDRESS, *arguments[1:]],
            input=(SCRIPTS / "door-handover.sh").read_text(),
            env={
                **os.environ,
                "PATH": f"{folder}/bin:{os.environ['PATH']}",
                "REGISTRY_DOOR": folder,
                "REGISTRY_DOOR_RUN": folder,
            },
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    @property
    def called(self) -> list[str]:
        return (self.doors.proxy.folder / "called").read_text().splitlines()

    @contextmanager
    def connection(self) -> Iterator[HTTPSConnection]:
        connection = self.doors.client("modern").connect()
        connection.auto_open = 0
        connection.connect()
        try:
            yield connection
        finally:
            connection.close()

    def keeps_open(self, connection: HTTPSConnection) -> bool:
        """Ask once more; whether the connection is to be kept afterwards."""
        connection.request("GET", "/v2/", headers=self.doors.client("modern").headers)
        answer = connection.getresponse()
        assert answer.status == 200
        answer.read()
        return not answer.will_close

    def keeps_new_ones_open(self) -> bool:
        with self.connection() as connection:
            return self.keeps_open(connection)


@pytest.fixture
def handover(tmp_path: Path) -> Iterator[Handover]:
    with two_colours(tmp_path / "doors", "black-modern-b") as doors:
        for name, text in STUBS.items():
            program = doors.proxy.folder / "bin" / name
            program.write_text(f"#!/bin/sh\n{text}\n")
            program.chmod(0o755)
        doors.await_state("UP", "front-modern-red")
        yield Handover(doors)


def test_connections_end_with_their_answers_until_they_are_released(handover: Handover) -> None:
    with handover.connection() as kept:
        assert handover.keeps_open(kept)
        assert int(handover.run("open")) >= 1
        handover.run("close")
        until(lambda: not handover.keeps_new_ones_open(), "new connections end with their answer", 10)
        assert int(handover.run("kept")) >= 1
        assert not handover.keeps_open(kept), "one from before is answered, and ends then"
    handover.run("close")
    assert not handover.keeps_new_ones_open()
    assert str(handover.doors.status["closing"]) == "True"
    handover.run("release")
    until(handover.keeps_new_ones_open, "connections are kept open again", 10)
    assert str(handover.doors.status["closing"]) == "False"


def test_a_closing_that_was_ended_before_haproxy_took_it_is_repeated(handover: Handover) -> None:
    """After a new start of the server the list of connections is lost as well."""
    folder = handover.doors.proxy.folder
    defaults = (folder / "current" / "00-global.cfg").read_text()
    (folder / "current" / "01-handover.cfg").write_text(defaults[defaults.index("\ndefaults") :])
    assert handover.keeps_new_ones_open()
    handover.run("close")
    until(lambda: not handover.keeps_new_ones_open(), "new connections end with their answer", 10)
    assert handover.run("kept").isdecimal()
    (folder / "handover-peers").unlink()
    handover.run("close")
    assert handover.run("kept").isdecimal()
    handover.run("release")
    until(handover.keeps_new_ones_open, "connections are kept open again", 10)


def test_the_way_back_of_a_hold_never_fails(handover: Handover) -> None:
    """A unit that has failed keeps its name, so that the next hold could not be arranged."""
    handover.run("hold", "60")
    scheduled = next(line for line in "\n".join(handover.called).split("systemd-run") if "on-active" in line)
    command = scheduled.partition("/bin/sh -c ")[2].partition("\niptables --wait 30 -t mangle -N")[0]
    folder = str(handover.doors.proxy.folder)
    program = Path(folder) / "bin" / "iptables"
    program.write_text("#!/bin/sh\nexit 1\n")
    path = f"{folder}/bin:{os.environ['PATH']}"
    assert subprocess.run(["sh", "-c", command], env={"PATH": path}, check=False).returncode == 0


def test_new_connections_wait_for_a_while_at_most(handover: Handover) -> None:
    handover.run("hold", "60")
    called = handover.called
    timer = next(number for number, line in enumerate(called) if line.startswith("systemd-run"))
    rule = next(number for number, line in enumerate(called) if "--syn -j DROP" in line)
    assert timer < rule, "the way back is arranged first"
    assert "--on-active=60" in called[timer]
    assert f"-d {ADDRESS} -p tcp" in called[rule]
    assert called[-1] == "iptables --wait 30 -t mangle -I PREROUTING 1 -j SOFTLAYER-REGISTRY-HOLD"

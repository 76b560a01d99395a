"""A run of door.sh that is ended, or whose HAProxy does not start: what is left, and the run after it."""

import subprocess
from pathlib import Path

import pytest

from components.remote.script_source import script_source
from tests.support.process.shell import stand_in

# Ends the script in the middle of the reload, as `timeout` or a lost connection does.
ENDED = """
if [ "$1" = reload ] && [ -e "$HOME/end" ]; then rm "$HOME/end"; kill -{signal} "$PPID"; sleep 0.2; fi
"""
# Reports whether HAProxy runs, and another worker after each reload.
SYSTEMCTL = """
echo "$1" >>"$HOME/called"
case $1 in
  is-active) [ -e "$HOME/active" ] ;;
  start) [ ! -e "$HOME/taken" ] && touch "$HOME/active" ;;
  reload) echo >>"$HOME/reloads" ;;
esac
"""
SOCAT = """cat >/dev/null; echo '# workers'; echo "$(wc -l <"$HOME/reloads") worker" """


@pytest.fixture
def server(tmp_path: Path) -> Path:
    """A server with HAProxy's stand-ins, and a folder for doors."""
    folder = tmp_path / "door"
    folder.mkdir()
    stand_in(folder, "start", "")
    (tmp_path / "reloads").touch()
    for name, body in {"systemctl": SYSTEMCTL, "socat": SOCAT, "haproxy": "", "journalctl": ""}.items():
        stand_in(tmp_path, name, body)
    return tmp_path


def write(server: Path, name: str, content: str) -> "subprocess.CompletedProcess[str]":
    """Run door.sh write as components.remote.script does."""
    source = script_source("door.sh").replace("/etc/registry-door", str(server / "door"))
    return subprocess.run(
        # As sshd starts it: whoever runs the tests under nohup has HUP ignored.
        ["env", "--default-signal=HUP", "bash", "-s", "--", "write", name],
        input=f"{source}{content}", text=True, capture_output=True, check=False, timeout=60,
        env={"PATH": f"{server}:/usr/bin:/bin", "HOME": str(server)},
    )  # fmt: skip


def served(server: Path) -> str:
    """What HAProxy would read at its next start."""
    return (server / "door/current/front.cfg").read_text()


def reloads(server: Path) -> int:
    return len((server / "reloads").read_text().splitlines())


def states(server: Path) -> int:
    return len(list((server / "door").glob("state.*")))


@pytest.mark.parametrize("signal", ["TERM", "HUP", "KILL"])
def test_a_run_that_is_ended_in_a_reload_leaves_a_configuration(server: Path, signal: str) -> None:
    """HAProxy starts from it after a reboot, and the next run has HAProxy read it."""
    assert write(server, "front", "old\n").stdout == "changed\n"
    (server / "end").touch()
    stand_in(server, "systemctl", f"{ENDED.format(signal=signal)}\n{SYSTEMCTL}")
    assert write(server, "front", "new\n").returncode != 0
    assert served(server) == "new\n"
    before = reloads(server)
    done = write(server, "front", "new\n")
    assert (done.returncode, done.stdout, done.stderr) == (0, "changed\n", "")
    assert (served(server), reloads(server), states(server)) == ("new\n", before + 1, 1)
    assert write(server, "front", "new\n").stdout == "unchanged\n"


def test_after_a_first_door_that_haproxy_does_not_take_the_next_one_is_written(server: Path) -> None:
    (server / "taken").touch()
    done = write(server, "front", "taken\n")
    assert done.returncode == 1
    assert "HAProxy did not take it" in done.stderr
    (server / "taken").unlink()
    done = write(server, "front", "free\n")
    assert (done.returncode, done.stdout, done.stderr) == (0, "changed\n", "")
    assert (served(server), states(server)) == ("free\n", 1)


def test_what_serves_already_is_not_read_again(server: Path) -> None:
    assert write(server, "front", "old\n").stdout == "changed\n"
    assert write(server, "front", "old\n").stdout == "unchanged\n"
    assert reloads(server) == 0
    assert write(server, "front", "new\n").stdout == "changed\n"
    assert (reloads(server), states(server)) == (1, 1)

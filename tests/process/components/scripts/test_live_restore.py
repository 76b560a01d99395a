"""Docker's live-restore is set without a restart, all else in daemon.json kept, and only where it can be."""

import json
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.remote.script_source import script_source
from tests.process.components.scripts.daemon_json import KEYS, LIBRARY, VALUES
from tests.support.campaign import examples
from tests.support.process.shell import stand_in

# What a daemon says of itself; `reload` has it read its file again.
DOCKER = """
case $1 in
info)
  echo " Storage Driver: overlay2"; echo " Server Version: $(cat "$HOME/engine")"
  echo " Swarm: $(cat "$HOME/swarm")"; echo " Docker Root Dir: $HOME"
  echo " Live Restore Enabled: $(cat "$HOME/enabled")" ;;
esac
"""
SYSTEMCTL = """
echo "$*" >>"$HOME/calls"
if [ "$1" = show ]; then echo MainPID=0; fi
if [ "$1" = reload ] && [ ! -e "$HOME/deaf" ] && grep -q '"live-restore": *true' "$HOME/daemon.json"; then
  echo true >"$HOME/enabled"
fi
"""


@pytest.fixture
def server(tmp_path: Path) -> Path:
    stand_in(tmp_path, "docker", DOCKER)
    stand_in(tmp_path, "dockerd", "")
    stand_in(tmp_path, "systemctl", SYSTEMCTL)
    for name, text in (("engine", "20.10.24"), ("swarm", "inactive"), ("enabled", "false")):
        (tmp_path / name).write_text(text)
    return tmp_path


def run(server: Path) -> "subprocess.CompletedProcess[str]":
    source = script_source("docker-engine.sh").replace("/etc/docker/daemon.json", str(server / "daemon.json"))
    source = source.replace("/run/systemd/system", str(server)).replace('"$tries" -lt 20', '"$tries" -lt 2')
    return subprocess.run(
        ["bash", "-s"],
        input=source, capture_output=True, text=True, check=False, timeout=60,
        env={"PATH": f"{server}:/usr/bin:/bin", "HOME": str(server)},
    )  # fmt: skip


def reloads(server: Path) -> int:
    return sum(call.startswith("reload") for call in (server / "calls").read_text().splitlines())


def test_it_is_set_once_and_nothing_is_restarted(server: Path) -> None:
    kept = {"log-level": "warn", "storage-driver": "overlay2", "storage-opts": []}
    (server / "daemon.json").write_text(json.dumps(kept, indent=2))
    (server / "daemon.json").chmod(0o600)
    for _ in range(2):
        done = run(server)
        assert (done.returncode, done.stdout, done.stderr) == (0, "20.10.24\n", "")
    assert json.loads((server / "daemon.json").read_text()) == {**kept, "live-restore": True}
    assert (server / "daemon.json").stat().st_mode & 0o777 == 0o600
    assert reloads(server) == 1
    assert "restart" not in (server / "calls").read_text()


def test_without_a_file_there_is_one_afterwards(server: Path) -> None:
    assert run(server).returncode == 0
    assert json.loads((server / "daemon.json").read_text()) == {"live-restore": True}


def test_a_file_that_the_daemon_has_not_read_is_read(server: Path) -> None:
    (server / "daemon.json").write_text('{"live-restore": true}')
    assert run(server).stderr == ""
    assert (server / "daemon.json").read_text() == '{"live-restore": true}'
    assert reloads(server) == 1


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("swarm", "active", "Docker is in swarm mode (active), which excludes live-restore"),
        ("swarm", "locked", "Docker is in swarm mode (locked)"),
        ("engine", "1.11.2", "Docker is older than 1.12"),
        ("daemon.json", '{"live-restore" : false, "x": 1}', "says so (live-restore: false)"),
    ],
)
def test_where_it_cannot_be_all_stays_as_it_is(server: Path, name: str, text: str, message: str) -> None:
    (server / name).write_text(text)
    done = run(server)
    assert done.returncode == 0
    assert "containers stop when Docker is restarted: " in done.stderr
    assert message in done.stderr
    assert reloads(server) == 0
    assert (server / name).read_text() == text
    assert name == "daemon.json" or not (server / "daemon.json").exists()


@pytest.mark.parametrize("text", ["[]", "{", "3"])
def test_a_file_that_is_no_object_is_not_touched(server: Path, text: str) -> None:
    (server / "daemon.json").write_text(text)
    done = run(server)
    assert done.returncode == 1
    assert "daemon.json is not a JSON object; correct it" in done.stderr
    assert (server / "daemon.json").read_text() == text


def test_a_daemon_that_does_not_take_it_is_an_error_with_the_way_out(server: Path) -> None:
    (server / "deaf").touch()
    done = run(server)
    assert done.returncode == 1
    assert '"live-restore": false there' in done.stderr


@settings(max_examples=examples(full=100, sample=20))
@given(st.dictionaries(KEYS, VALUES, max_size=4), st.sampled_from([None, 2, "\t"]))
def test_all_other_members_are_kept(
    tmp_path_factory: pytest.TempPathFactory, values: dict[str, object], indent: int | str | None
) -> None:
    file = tmp_path_factory.mktemp("json") / "daemon.json"
    file.write_text(json.dumps(values, indent=indent))
    command = 'set -euo pipefail; source "$1"; write_member live-restore true "$2"'
    done = subprocess.run(
        ["bash", "-c", command, "-", str(LIBRARY), str(file)], capture_output=True, check=False, timeout=20
    )
    assert done.returncode == 0
    assert json.loads(file.read_text()) == {**values, "live-restore": True}

"""The command line on a cloud without machines: its life, its errors, its secrets."""

import os
import signal
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloud import preflight
from dev.local.environment import CHECKOUT
from harness.cloud.machine_host import left_on_host
from harness.waiting import until
from tests.cloud.command_line.cloud_command import CloudCommand
from tests.support.cloud.ordering import public_key

_UP = ("up", "--no-machines", "--port", "0")


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[CloudCommand]:
    cloud = CloudCommand(tmp_path / "cloud")
    yield cloud
    cloud.must("reset")
    assert left_on_host(cloud.state_dir) == []


def test_up_answers_and_a_second_up_changes_nothing(cloud: CloudCommand) -> None:
    cloud.must(*_UP)
    first = cloud.described()
    assert cloud.client().call("Account", "getObject", mask="mask[id]")["id"]
    cloud.must(*_UP)
    assert cloud.described() == first
    status = cloud.status()
    assert status["up"] is True
    assert status["processes"] == {"api": first["pid"]}


def test_variables_are_those_of_a_shell_that_uses_the_account(cloud: CloudCommand) -> None:
    down = cloud.run("variables")
    assert (down.returncode, down.stdout) == (1, "")
    assert "is not up" in down.stderr
    cloud.must(*_UP)
    shell = 'eval "$1" && echo "$SL_USERNAME $SL_API_KEY $SL_ENDPOINT_URL"'
    printed = cloud.must("variables")
    done = subprocess.run(
        ["bash", "-c", shell, "bash", printed], capture_output=True, text=True, check=True, env={}
    )
    described = cloud.described()
    expected = (described[name] for name in ("username", "api_key", "endpoint_xmlrpc"))
    assert done.stdout.split() == list(expected)


def test_down_keeps_the_account_and_reset_does_not(cloud: CloudCommand) -> None:
    cloud.must(*_UP)
    before = cloud.described()
    key = cloud.client().call("Security_Ssh_Key", "createObject", {"label": "k", "key": public_key()})
    cloud.must("down")
    assert left_on_host(cloud.state_dir) == []
    assert not (cloud.state_dir / "cloud.json").exists()
    assert cloud.status()["up"] is False
    cloud.must("down")
    cloud.must(*_UP)
    after = cloud.described()
    assert (after["username"], after["api_key"]) == (before["username"], before["api_key"])
    assert [ssh_key["id"] for ssh_key in cloud.client().call("Account", "getSshKeys")] == [key["id"]]
    cloud.must("reset")
    assert not cloud.state_dir.exists()
    cloud.must("reset")


def test_a_killed_api_is_started_again(cloud: CloudCommand) -> None:
    cloud.must(*_UP)
    before = cloud.described()
    os.kill(before["pid"], signal.SIGKILL)
    until(lambda: not cloud.status()["up"], "the API to be gone")
    cloud.must(*_UP)
    assert cloud.described()["api_key"] == before["api_key"]
    assert cloud.status()["up"] is True


def test_other_options_start_the_api_anew(cloud: CloudCommand) -> None:
    cloud.must(*_UP)
    first = cloud.described()
    cloud.must(*_UP, "--speed", "realistic")
    second = cloud.described()
    assert (first["speed"], second["speed"]) == ("instant", "realistic")
    assert first["pid"] != second["pid"]


def test_two_ups_at_once_make_one_cloud(cloud: CloudCommand) -> None:
    outcomes: list[int] = []
    threads = [threading.Thread(target=lambda: outcomes.append(cloud.run(*_UP).returncode)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == [0, 0]
    assert list(cloud.status()["processes"]) == ["api"]


def test_an_interrupted_up_is_repaired_by_the_next(cloud: CloudCommand) -> None:
    words = [sys.executable, "-m", "cloud", _UP[0], "--state", str(cloud.state_dir), *_UP[1:]]
    with subprocess.Popen(words, cwd=CHECKOUT, stderr=subprocess.PIPE, text=True) as interrupted:
        assert interrupted.stderr is not None
        assert "API" in next(line for line in interrupted.stderr if "API" in line)
        interrupted.kill()
    cloud.must(*_UP)
    assert cloud.client().call("Account", "getObject", mask="mask[id]")["id"]
    assert list(cloud.status()["processes"]) == ["api"]


def test_the_api_key_is_in_private_files_and_nowhere_else(cloud: CloudCommand) -> None:
    cloud.must(*_UP)
    key = cloud.described()["api_key"]
    cloud.client().call("Account", "getObject", mask="mask[id]")
    holders = {path for path in cloud.state_dir.rglob("*") if path.is_file() and key in _text(path)}
    assert {path.name for path in holders} == {"cloud.json", "credentials.json"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in holders} == {0o600}
    process = Path("/proc") / str(cloud.described()["pid"])
    assert key not in _text(process / "cmdline")
    assert key not in _text(process / "environ")
    assert key not in cloud.must("status", "--json") + cloud.must("status")


def test_a_taken_port_is_one_line_with_the_remedy(cloud: CloudCommand) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        done = cloud.run("up", "--no-machines", "--port", str(port))
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(f"cloud: port {port} of 127.0.0.1 is not available")
    assert "--port" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_of_something_else_is_neither_used_nor_deleted(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("mine")
    for words in (_UP, ("reset",)):
        done = CloudCommand(tmp_path).run(*words)
        assert done.returncode == 1
        assert "local cloud's folder" in done.stderr
    assert (tmp_path / "precious").read_text() == "mine"


def test_an_unknown_speed_names_the_known_ones(tmp_path: Path) -> None:
    done = CloudCommand(tmp_path / "cloud").run(*_UP, "--speed", "warp")
    assert done.returncode == 2
    assert "realistic" in done.stderr


def test_no_disk_no_root_and_no_tool_are_errors_with_a_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as changed:
        changed.setattr(preflight, "REQUIRED_GB", 10**9)
        with pytest.raises(
            preflight.PreflightError, match=r"GB free, but at least .* are required; free disk space"
        ):
            preflight.check_host(tmp_path, machines=True)
    with monkeypatch.context() as changed:
        changed.setattr("os.geteuid", lambda: 1000)
        with pytest.raises(preflight.PreflightError, match=r"needs root.*sudo"):
            preflight.check_host(tmp_path, machines=True)
    with monkeypatch.context() as changed:
        changed.setenv("PATH", str(tmp_path))
        with pytest.raises(preflight.PreflightError, match=r"missing on this host; apt-get install"):
            preflight.check_host(tmp_path, machines=True)


def _text(path: Path) -> str:
    return path.read_bytes().decode(errors="replace")

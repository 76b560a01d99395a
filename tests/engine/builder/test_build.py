"""The builder with a stand-in for the Go compiler: a script, since the real one takes minutes."""

import os
import signal
import time
from pathlib import Path

import pytest

from dev.engine import bin_folder
from dev.engine.part import BUILT_FILES, PARTS
from tests.engine.builder.engine_machine import EngineMachine


@pytest.fixture
def machine(tmp_path: Path) -> EngineMachine:
    return EngineMachine(tmp_path)


def test_build_makes_a_complete_folder_once(machine: EngineMachine) -> None:
    status, output, _ = machine.run("build")
    assert status == 0
    folder = Path(output.removesuffix("\n"))
    assert sorted(path.name for path in folder.iterdir()) == sorted(BUILT_FILES)
    assert bin_folder.complete(folder, BUILT_FILES)
    assert machine.run("build") == (0, output, "")
    assert machine.run("path") == (0, output, "")
    assert sorted(machine.builds()) == sorted(part.folder for part in PARTS)


def test_path_without_a_build_reports_what_to_do(machine: EngineMachine) -> None:
    status, output, errors = machine.run("path")
    assert (status, output) == (1, "")
    assert errors == "engine: not built yet: run python3 -m dev.engine build\n"
    assert machine.builds() == []


def test_a_lost_part_alone_is_built_again(machine: EngineMachine) -> None:
    _, output, _ = machine.run("build")
    for path in [Path(output.strip()), *machine.cache.glob("engine/parts/pulumi-resource-docker-*")]:
        for file in path.iterdir():
            file.unlink()
        path.rmdir()
    assert machine.run("build")[:2] == (0, output)
    assert machine.builds()[len(PARTS) :] == ["docker"]


def test_clean_removes_all(machine: EngineMachine) -> None:
    machine.run("build")
    assert machine.run("clean")[0] == 0
    assert not (machine.cache / "engine").exists()
    assert machine.run("path")[0] == 1


def test_a_failed_build_is_one_line_and_the_next_run_goes_on(machine: EngineMachine) -> None:
    status, output, errors = machine.run("build", FAIL="main.go:1: some mistake")
    assert (status, output) == (1, "")
    last = errors.splitlines()[-1]
    assert "some mistake" in last
    assert ".log" in last
    assert "Traceback" not in errors
    assert machine.run("build")[0] == 0


def test_a_failing_download_is_tried_again(machine: EngineMachine) -> None:
    _, _, errors = machine.run("build", FAIL="read tcp: connection reset by peer")
    assert "trying again" in errors
    assert "GOPROXY" in errors.splitlines()[-1]
    assert machine.builds().count("pulumi") >= 2


def test_a_registry_that_does_not_build_is_one_line_too(machine: EngineMachine) -> None:
    process = machine.start("registry-base-3", module="dev.images", FAIL="main.go:1: some mistake")
    output, errors = process.communicate(timeout=60)
    assert (process.returncode, output) == (1, "")
    assert errors.splitlines()[-1].startswith("image registry-base-3: registry 3.1.1: the build failed")
    assert machine.builds() == ["registry"]


@pytest.mark.parametrize("kind", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_stopped_build_leaves_nothing_half_done_and_goes_on(
    machine: EngineMachine, kind: signal.Signals
) -> None:
    process = machine.start("build", HANG="yes")
    deadline = time.monotonic() + 30
    while len(machine.builds()) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.kill(process.pid, kind)
    output, errors = process.communicate(timeout=30) if kind != signal.SIGKILL else ("", "")
    process.wait()
    assert output == ""
    assert "Traceback" not in errors
    assert list(machine.cache.glob("engine/*/bin")) == []
    assert machine.run("build")[0] == 0


def test_two_builders_at_once_build_once(machine: EngineMachine) -> None:
    first, second = machine.start("build"), machine.start("build")
    outputs = {process.communicate(timeout=60)[0] for process in (first, second)}
    assert len(outputs) == 1
    assert len(machine.builds()) == len(PARTS)

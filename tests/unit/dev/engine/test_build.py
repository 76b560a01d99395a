"""The builder with a stand-in for the Go compiler: a script, since the real one takes minutes."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dev.engine import bin_folder, disk, go_build
from dev.engine.errors import EngineError
from dev.engine.part import FILES, PARTS, PULUMI
from dev.local.environment import CHECKOUT

_GO = """#!/bin/sh
set -e
if [ "$1" = env ]; then echo go1.99.0; exit 0; fi
if [ "$1" = list ]; then echo "$MODULE"; exit 0; fi
echo "$PWD" >> "$CALLS"
if [ -n "$FAIL" ]; then echo "$FAIL"; exit 1; fi
if [ -n "$HANG" ]; then exec sleep 15; fi
while [ "$1" != -o ]; do shift; done
printf '#!/bin/sh\\n' > "$2"
chmod 755 "$2"
"""


class Machine:
    """A PATH whose Go is the script, and an empty cache."""

    def __init__(self, folder: Path) -> None:
        self.cache = folder / "cache"
        self.calls = folder / "calls"
        self.calls.touch()
        module = folder / "module"
        for script in PULUMI.scripts:
            (module / script.path).parent.mkdir(parents=True, exist_ok=True)
            (module / script.path).write_text("#!/bin/sh\n")
        tools = folder / "tools"
        tools.mkdir()
        (tools / "go").write_text(_GO)
        (tools / "go").chmod(0o755)
        self.variables = {
            "PATH": f"{tools}:/usr/bin:/bin",
            "HOME": str(folder),
            "REGISTRY_CACHE": str(self.cache),
            "CALLS": str(self.calls),
            "MODULE": str(module),
        }

    def start(self, command: str, *, module: str = "dev.engine", **variables: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", module, command],
            cwd=CHECKOUT,
            env={**self.variables, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, command: str, **variables: str) -> tuple[int, str, str]:
        process = self.start(command, **variables)
        output, errors = process.communicate(timeout=60)
        return process.returncode, output, errors

    def builds(self) -> list[str]:
        return [Path(line).name for line in self.calls.read_text().splitlines()]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_build_makes_a_complete_folder_once(machine: Machine) -> None:
    status, output, _ = machine.run("build")
    assert status == 0
    folder = Path(output.removesuffix("\n"))
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)
    assert bin_folder.complete(folder)
    assert machine.run("build") == (0, output, "")
    assert machine.run("path") == (0, output, "")
    assert sorted(machine.builds()) == sorted(part.folder for part in PARTS)


def test_path_without_a_build_reports_what_to_do(machine: Machine) -> None:
    status, output, errors = machine.run("path")
    assert (status, output) == (1, "")
    assert errors == "engine: not built yet: run python3 -m dev.engine build\n"
    assert machine.builds() == []


def test_a_lost_part_alone_is_built_again(machine: Machine) -> None:
    _, output, _ = machine.run("build")
    for path in [Path(output.strip()), *machine.cache.glob("engine/parts/pulumi-resource-docker-*")]:
        for file in path.iterdir():
            file.unlink()
        path.rmdir()
    assert machine.run("build")[:2] == (0, output)
    assert machine.builds()[4:] == ["docker"]


def test_clean_removes_all(machine: Machine) -> None:
    machine.run("build")
    assert machine.run("clean")[0] == 0
    assert not (machine.cache / "engine").exists()
    assert machine.run("path")[0] == 1


def test_a_failed_build_is_one_line_and_the_next_run_goes_on(machine: Machine) -> None:
    status, output, errors = machine.run("build", FAIL="main.go:1: some mistake")
    assert (status, output) == (1, "")
    last = errors.splitlines()[-1]
    assert "some mistake" in last
    assert ".log" in last
    assert "Traceback" not in errors
    assert machine.run("build")[0] == 0


def test_a_failing_download_is_tried_again(machine: Machine) -> None:
    _, _, errors = machine.run("build", FAIL="read tcp: connection reset by peer")
    assert "trying again" in errors
    assert "GOPROXY" in errors.splitlines()[-1]
    assert machine.builds().count("pulumi") >= 2


def test_a_registry_that_does_not_build_is_one_line_too(machine: Machine) -> None:
    process = machine.start("registry-base-3", module="dev.images", FAIL="main.go:1: some mistake")
    output, errors = process.communicate(timeout=60)
    assert (process.returncode, output) == (1, "")
    assert errors.splitlines()[-1].startswith("image registry-base-3: registry 3.1.1: the build failed")
    assert machine.builds() == ["registry"]


@pytest.mark.parametrize("kind", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_stopped_build_leaves_nothing_half_done_and_goes_on(machine: Machine, kind: signal.Signals) -> None:
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


def test_two_builders_at_once_build_once(machine: Machine) -> None:
    first, second = machine.start("build"), machine.start("build")
    outputs = {process.communicate(timeout=60)[0] for process in (first, second)}
    assert len(outputs) == 1
    assert len(machine.builds()) == len(PARTS)


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ("x.go: no space left on device", "disk is full"),
        ("github.com/a/b@v1.2.3: reading https://proxy/x: 403 Forbidden", "refuses github.com/a/b@v1.2.3"),
        ("github.com/a/b@v1.2.3: reading https://proxy/x: 410 Gone", "GOPROXY"),
        ("verifying x: checksum mismatch", "do not trust"),
        ("dial tcp: lookup proxy: no such host", "check network"),
        ("compile: signal: killed", "memory"),
        ("a\nlast line", "last line"),
    ],
)
def test_each_kind_of_failure_has_its_remedy(output: str, message: str) -> None:
    explained = go_build.explain(PULUMI, output, Path("/log"))
    assert message in explained
    assert "\n" not in explained


def test_a_full_disk_is_refused_with_the_remedy(tmp_path: Path) -> None:
    disk.require(tmp_path, needed_gb=0)
    with pytest.raises(EngineError, match="REGISTRY_CACHE"):
        disk.require(tmp_path, needed_gb=10**9)

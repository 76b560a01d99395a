"""A command that is interrupted ends Pulumi in order, then itself, with one line and 130."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dev.local.environment import CHECKOUT

PULUMI = r"""#!/bin/sh
case "$*" in
version*) echo v3.259.0; exit ;;
*interactive\ config*) echo '{}'; exit ;;
esac
echo "$$" > "$FOLDER/started"
end() {
    echo interrupted >> "$FOLDER/signals"
    echo "^C received; cancelling"
    sleep 0.5
    exit 1
}
trap end INT
while :; do echo working; sleep 0.05; done
"""
"""Stands for `pulumi`, whose engine takes minutes; the real one is in tests/engine."""

PROGRAM = """
import runpy, sys
from pathlib import Path
from operate.cli import command_line, errors
from operate.stack.automation.pulumi_stack import PulumiStack
from operate.stack.automation.pulumi_workspace import StackPlace
from operate.swap.interfaces import SystemClock

@command_line.app.command()
def build(environment: str) -> None:
    with errors.report_errors(f"`operate rollback {environment}` undoes it"):
        stack = PulumiStack(StackPlace(environment, None, Path(sys.argv[0]).parent), SystemClock())
        CALL

sys.argv[0] = ARGUMENT
runpy.run_module("operate", run_name="__main__")
"""
CALLS = {
    "up": "stack.apply_settings({})",
    "preview": "stack.pending()",
    "outputs": "stack.server_names()",
    "in the background": (
        "from operate.stack.background import in_background; in_background(stack.server_names).result()"
    ),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "pulumi").write_text(PULUMI)
    (tmp_path / "bin" / "pulumi").chmod(0o755)
    (tmp_path / "Pulumi.yaml").write_text("name: softlayer-registry\nruntime: python\n")
    return tmp_path


def until_exists(file: Path, process: "subprocess.Popen[str]") -> None:
    end = time.monotonic() + 60
    while not (file.exists() and file.read_text()):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.parametrize("whole_group", [False, True])
@pytest.mark.parametrize("call", CALLS)
def test_an_interrupt_is_one_line_once_pulumi_has_ended(call: str, whole_group: bool, folder: Path) -> None:
    program = PROGRAM.replace("CALL", CALLS[call]).replace("ARGUMENT", repr(str(folder / "operate")))
    variables = {**os.environ, "PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "FOLDER": str(folder)}
    with subprocess.Popen(
        [sys.executable, "-c", program, "build", "prod"], cwd=CHECKOUT, env=variables, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    ) as process:  # fmt: skip
        until_exists(folder / "started", process)
        (os.killpg if whole_group else os.kill)(process.pid, signal.SIGINT)
        output, errors = process.communicate(timeout=60)
    assert (process.returncode, output) == (130, "")
    assert errors.startswith("operate: interrupted")
    assert errors.endswith("; the same command resumes from here, `operate rollback prod` undoes it\n")
    assert errors.count("\n") == 1
    assert ("`pulumi up`" in errors) == (call == "up")
    assert (folder / "signals").read_text() == "interrupted\n", "Pulumi gets an interrupt once"
    with pytest.raises(ProcessLookupError):
        os.kill(int((folder / "started").read_text()), 0)

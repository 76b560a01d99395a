"""A command that a signal ends ends Pulumi in order, then itself, with one line and a code of its own."""

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
*stack\ export*) [ "$CALL" != up ] || { echo '{"version": 3, "deployment": {}}'; exit; } ;;
esac
echo "$$" > "$FOLDER/started"
end() {
    echo interrupted >> "$FOLDER/signals"
    echo "^C received; cancelling"
    sleep "${FINISHES:-0.2}"
    exit 1
}
trap end INT
while :; do echo working; sleep 0.05; done
"""
"""Stands for `pulumi`, whose engine takes minutes; `up` reads the state before."""

PROGRAM = """
import runpy, sys
from pathlib import Path
from operate.cli import command_line, errors
from operate.lock.write_guard import UnavailableLock
from operate.stack.automation.pulumi_stack import PulumiStack
from operate.stack.automation.pulumi_workspace import StackPlace
from operate.clock import SystemClock

@command_line.app.command()
def build(environment: str) -> None:
    with errors.report_errors(f"`operate rollback {environment}` undoes it"):
        stack = PulumiStack(StackPlace(environment, None, Path(sys.argv[0]).parent), SystemClock())
        with stack.locked(UnavailableLock()):
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


ENDS = {
    signal.SIGINT: (130, "interrupted"),
    signal.SIGTERM: (143, "ended by SIGTERM"),
    signal.SIGHUP: (129, "ended by SIGHUP"),
}


def end_by(
    folder: Path,
    call: str,
    *numbers: signal.Signals,
    whole_group: bool = False,
    ignored: str = "()",
    finishes: float = 0.2,
) -> tuple[int, str, str]:
    """Run a command until its Pulumi works, send it signals; returns its exit code, output and errors."""
    ignore = (
        "import signal\nsignal.signal(signal.SIGHUP, signal.SIG_DFL)\n"  # which `nohup` has ignored
        f"for number in {ignored}: signal.signal(number, signal.SIG_IGN)\n"
    )
    program = PROGRAM.replace("CALL", CALLS[call]).replace("ARGUMENT", repr(str(folder / "operate")))
    path = f"{folder / 'bin'}:{os.environ['PATH']}"
    variables = {**os.environ, "PATH": path, "FOLDER": str(folder), "CALL": call, "FINISHES": str(finishes)}
    with subprocess.Popen(
        [sys.executable, "-c", ignore + program, "build", "prod"], cwd=CHECKOUT, env=variables, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    ) as process:  # fmt: skip
        try:
            until_exists(folder / "started", process)
            for number in numbers:
                (os.killpg if whole_group else os.kill)(process.pid, number)
            output, errors = process.communicate(timeout=60)
        finally:
            # Pulumi has a process group of its own.
            if process.poll() is None:
                process.kill()
                os.kill(int((folder / "started").read_text()), signal.SIGKILL)
    return process.returncode, output, errors


@pytest.mark.parametrize("whole_group", [False, True])
@pytest.mark.parametrize(
    ("call", "number"),
    [*((call, signal.SIGINT) for call in CALLS), ("up", signal.SIGTERM), ("up", signal.SIGHUP)],
)
def test_a_signal_is_one_line_once_pulumi_has_ended(
    call: str, number: signal.Signals, whole_group: bool, folder: Path
) -> None:
    code, output, errors = end_by(folder, call, number, whole_group=whole_group)
    assert (code, output) == (ENDS[number][0], ""), errors
    assert errors.startswith(f"operate: {ENDS[number][1]}")
    assert errors.endswith("; the same command resumes from here, `operate rollback prod` undoes it\n")
    assert errors.count("\n") == 1
    assert ("`pulumi up`" in errors) == (call == "up")
    assert (folder / "signals").read_text() == "interrupted\n", "Pulumi gets an interrupt once"
    with pytest.raises(ProcessLookupError):
        os.kill(int((folder / "started").read_text()), 0)


def test_whoever_waits_for_pulumi_learns_what_ends_it_at_once(folder: Path) -> None:
    code, _, errors = end_by(folder, "up", signal.SIGTERM, finishes=4.0)
    assert code == ENDS[signal.SIGTERM][0]
    waiting, ended = errors.splitlines()
    assert waiting.endswith(
        "Pulumi finishes the resources that it works on, which may take minutes; a second signal ends it at"
        " once"
    )
    assert ended.startswith("operate: ended by SIGTERM")


def test_a_signal_that_is_ignored_stays_so(folder: Path) -> None:
    """As `nohup` has it: the command outlives its terminal."""
    code, _, _ = end_by(folder, "up", signal.SIGHUP, signal.SIGTERM, ignored="(signal.SIGHUP,)")
    assert code == ENDS[signal.SIGTERM][0]

"""A Pulumi that outlived its run is waited for: which one it is, for how long, and what ends it."""

import os
import signal
import subprocess
import threading
from pathlib import Path

import pytest

from dev.local.stack.orphan import await_orphans
from harness.waiting import until


def test_what_is_waited_for_is_named_with_what_ends_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program = tmp_path / "pulumi"
    program.symlink_to("/bin/sleep")
    variables = {**os.environ, "PULUMI_BACKEND_URL": f"file://{tmp_path}"}
    orphan = subprocess.Popen([program, "600"], env=variables)
    waiting = threading.Thread(target=await_orphans, args=(tmp_path, 0.05), daemon=True)
    try:
        waiting.start()
        lines = ""

        def is_reported() -> bool:
            nonlocal lines
            lines += capsys.readouterr().err
            return "still at work after" in lines

        until(is_reported, "it is said that it is still at work")
        assert f"pulumi 600, process {orphan.pid}" in lines
        assert f"`kill -INT {orphan.pid}` has it begin no other one" in lines
    finally:
        orphan.send_signal(signal.SIGINT)
        orphan.wait()
    waiting.join(20)
    assert not waiting.is_alive()


def test_without_an_orphan_nothing_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    await_orphans(tmp_path)
    assert capsys.readouterr() == ("", "")

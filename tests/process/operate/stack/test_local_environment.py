"""A command of `make shell` runs with the engine and the backend of the local stack."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from dev.local.environment import Environment

OWN = {"PATH": "/engine", "PULUMI_BACKEND_URL": "file:///backend", "SL_USERNAME": "local"}


@pytest.mark.parametrize(
    ("words", "code", "output"),
    [
        (["sh", "-c", 'echo "$PULUMI_STACK $SL_USERNAME"; exit 7'], 7, "local local\n"),
        (["--", "echo", "--state"], 0, "--state\n"),
        (["no-such-program"], 1, ""),
    ],
)
def test_a_command_runs_as_in_the_shell(words: list[str], code: int, output: str, tmp_path: Path) -> None:
    environment = Environment(tmp_path)
    environment.variables_file.write_text(json.dumps(OWN))
    shell = [sys.executable, "-m", "dev.local", "shell", "--state", str(tmp_path), *words]
    completed = subprocess.run(shell, capture_output=True, text=True, check=False)
    assert (completed.returncode, completed.stdout) == (code, output)
    assert not code or output or completed.stderr.startswith("local: no-such-program: cannot be run (")

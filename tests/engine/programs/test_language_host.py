"""The Python of a program is the one that its Pulumi.yaml names, whichever python3 is on PATH."""

import os
import subprocess
from pathlib import Path

import pytest

from dev.local.environment import CHECKOUT

PROJECT = """
name: own-python
runtime: {name: python, options: {toolchain: pip, virtualenv: .venv}}
"""
PROGRAM = """
import sys
import pulumi
pulumi.export("prefix", sys.prefix)
"""


@pytest.fixture
def variables(bin_folder: Path, backend: Path) -> dict[str, str]:
    """A newcomer's: the engine on PATH, and a python3 without Pulumi's packages."""
    assert backend.exists()
    path = os.pathsep.join([str(bin_folder), "/usr/bin", "/bin"])
    result = subprocess.run(
        ["python3", "-c", "import pulumi"], env={"PATH": path}, capture_output=True, check=False
    )
    assert result.returncode != 0, "this machine's own Python has Pulumi's packages"
    return {**os.environ, "PATH": path}


def up(project: Path, variables: dict[str, str]) -> str:
    """Bring up a stack of the project and return its output `prefix`."""
    for words in (["stack", "init", "own"], ["up", "--yes", "--skip-preview"]):
        done = subprocess.run(
            ["pulumi", *words, "--non-interactive"],
            cwd=project, env=variables, capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
    done = subprocess.run(
        ["pulumi", "stack", "output", "prefix"],
        cwd=project, env=variables, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    return done.stdout.strip()


@pytest.mark.parametrize("main", ["", "program"])
def test_the_program_runs_with_the_virtual_environment_of_its_project(
    main: str, variables: dict[str, str], tmp_path: Path
) -> None:
    project = tmp_path / "project"
    (project / main).mkdir(parents=True)
    (project / "Pulumi.yaml").write_text(PROJECT + (f"main: {main}\n" if main else ""))
    (project / main / "__main__.py").write_text(PROGRAM)
    (project / ".venv").symlink_to((CHECKOUT / ".venv").resolve())
    assert Path(up(project, variables)).resolve() == (CHECKOUT / ".venv").resolve()


def test_a_missing_executable_of_the_virtual_environment_is_named(
    variables: dict[str, str], tmp_path: Path
) -> None:
    project = tmp_path / "project"
    (project / ".venv" / "empty").mkdir(parents=True)
    (project / "Pulumi.yaml").write_text(PROJECT)
    (project / "__main__.py").write_text(PROGRAM)
    with pytest.raises(AssertionError, match=r"The 'virtualenv' option in Pulumi.yaml"):
        up(project, variables)

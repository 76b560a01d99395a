"""The commands that messages propose can be copied, also where `operate` is not on PATH."""

import os
import subprocess
from pathlib import Path

import pytest
import typer

from dev.local.environment import CHECKOUT
from operate.cli.command_line import app
from operate.program_name import COMMANDS, name_program, started_program


def test_every_command_is_known() -> None:
    assert sorted(typer.main.get_command(app).commands) == list(COMMANDS)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("run `operate doctor prod`", "run `bin/operate doctor prod`"),
        ("operate rollback prod undoes it", "bin/operate rollback prod undoes it"),
        (
            "Usage: operate [OPTIONS]; try 'operate --help'",
            "Usage: bin/operate [OPTIONS]; try 'bin/operate --help'",
        ),
        ("`bin/operate status prod` and /x/operate status prod", None),
        ("operate: status is not known", None),
        ("written by a newer version of operate", None),
    ],
)
def test_commands_name_what_was_started(text: str, named: str | None) -> None:
    assert name_program(text, "bin/operate") == (named or text)


def test_what_is_on_the_path_is_named_by_its_name(tmp_path: Path) -> None:
    started = {"OPERATE_PROGRAM": "/my folder/operate", "PATH": str(tmp_path)}
    assert started_program(started) == "'/my folder/operate'"
    (tmp_path / "operate").write_text("#!/bin/sh\n")
    (tmp_path / "operate").chmod(0o755)
    assert started_program(started) == "operate"
    assert started_program({"PATH": ""}) == "operate"


def refusal(*program: str, path: str = "/usr/bin:/bin") -> str:
    """What the program says of a stack without Pulumi."""
    done = subprocess.run(
        [*program, "rotate", "root", "prod", "--overlap", "5"],
        cwd=CHECKOUT, env={**os.environ, "PATH": path}, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    return f"{done.stdout}{done.stderr}"


def test_the_program_that_was_started_is_named() -> None:
    """`operate doctor prod` was proposed, and was not found."""
    assert "bin/operate rotate root" in refusal("bin/operate")
    assert "bin/operate rotate root" not in refusal("bin/operate", path=f"{CHECKOUT / 'bin'}:/usr/bin:/bin")

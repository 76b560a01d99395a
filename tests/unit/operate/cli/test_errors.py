"""How commands end: one line, in whose commands the stack has its name."""

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from operate.cli.command_line import app as operate
from operate.cli.errors import report_errors
from operate.cli.parameters import Environment
from operate.error import OperateError

app = typer.Typer()


@app.command()
def fail(environment: Environment = "") -> None:
    """Fail with a message of a part that does not know the stack's name."""
    with report_errors():
        raise OperateError("repository x does not exist; `operate images ENV` lists the repositories")


@pytest.mark.parametrize(("words", "name"), [(["prod"], "prod"), ([], "ENV")])
def test_a_command_of_a_message_has_the_stacks_name(words: list[str], name: str) -> None:
    output = CliRunner().invoke(app, words).output
    assert output == f"operate: repository x does not exist; `operate images {name}` lists the repositories\n"


def test_nothing_is_written_into_a_folder_that_nobody_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(operate, ["observe", "prod"])
    assert result.exit_code == 2
    assert "--into" in result.output
    assert list(tmp_path.iterdir()) == []

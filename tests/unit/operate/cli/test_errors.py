"""How commands end: one line, in whose commands the stack has its name."""

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from operate.cli.command_line import app as operate
from operate.cli.errors import report_errors
from operate.cli.parameters import Environment
from operate.doors.door_status import FencedError
from operate.error import NotStartedError, OperateError
from operate.lock.lock import HeldError, LostLockError

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


UNDO = "`operate rollback ENV` undoes it"


@pytest.mark.parametrize(
    ("error", "has_hint"),
    [
        (OperateError("dal05-b does not answer"), True),
        (OperateError("it failed; run the command again, or `operate rollback ENV`"), False),
        (NotStartedError("the stack file has a mistake"), False),
        (HeldError("another operator is at work"), False),
        (LostLockError("lock 7 is lost"), False),
        (FencedError("a later operator has the front doors"), False),
    ],
)
def test_a_failure_halfway_names_what_undoes_it_once(
    error: OperateError, capsys: pytest.CaptureFixture[str], *, has_hint: bool
) -> None:
    """What another operator does since must not be undone, and what was refused has changed nothing."""
    with pytest.raises(typer.Exit), report_errors(lambda: UNDO):
        raise error
    written = capsys.readouterr().err.replace(" prod`", " ENV`")
    assert written == f"operate: {error}{f'; {UNDO}' if has_hint else ''}\n"


def test_nothing_is_written_into_a_folder_that_nobody_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(operate, ["observe", "prod"])
    assert result.exit_code == 2
    assert "--into" in result.output
    assert list(tmp_path.iterdir()) == []

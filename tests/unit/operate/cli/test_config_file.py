"""A stack file that is named and does not exist is a mistake, whatever the command would do without it."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from operate.cli.command_line import app
from operate.cli.parameters import CONFIG_FILE_VARIABLE

COMMANDS = (
    "status prod", "doctor prod", "history prod", "images prod", "login prod", "logout prod",
    "swap prod --to 2", "rollback prod", "recover prod", "rotate root prod",
)  # fmt: skip


@pytest.mark.parametrize("by_variable", [False, True], ids=["option", "variable"])
@pytest.mark.parametrize("line", COMMANDS)
def test_a_file_that_does_not_exist_is_refused(line: str, by_variable: bool, tmp_path: Path) -> None:
    file = str(tmp_path / "Pulumi.prod.yaml")
    words = line.split() if by_variable else [*line.split(), "--config-file", file]
    result = CliRunner().invoke(app, words, env={CONFIG_FILE_VARIABLE: file if by_variable else ""})
    assert result.exit_code == 2
    text = "".join(result.stderr.replace("│", "").split())
    assert f"thereisnofile{file}".replace(" ", "") in text
    assert "stacks/Pulumi.ENV.yaml" in text

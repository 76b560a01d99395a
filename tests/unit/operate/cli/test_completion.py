"""The shell's completion, by the protocol that Typer has for each shell."""

import os
import subprocess

import pytest

from dev.local.environment import CHECKOUT

PROGRAM = str(CHECKOUT / "bin" / "operate")
LINES = {
    "bash": {"COMP_WORDS": "operate {words}", "COMP_CWORD": "{position}"},
    "zsh": {"_TYPER_COMPLETE_ARGS": "operate {words}"},
    "fish": {"_TYPER_COMPLETE_ARGS": "operate {words}", "_TYPER_COMPLETE_FISH_ACTION": "get-args"},
}


def complete(shell: str, words: str) -> str:
    """Return what is offered for a line whose last word is not finished."""
    values = {"words": words, "position": str(len(words.split(" ")))}
    line = {name: value.format_map(values) for name, value in LINES[shell].items()}
    variables = {**os.environ, **line, "_OPERATE_COMPLETE": f"complete_{shell}"}
    return subprocess.run([PROGRAM], env=variables, capture_output=True, text=True, check=False).stdout


@pytest.mark.parametrize("shell", LINES)
def test_commands_and_stacks_are_completed(shell: str) -> None:
    assert "rollback" in complete(shell, "rollb")
    stacks = complete(shell, "swap loc")
    assert "local" in stacks
    assert "single" not in stacks


@pytest.mark.parametrize("shell", LINES)
def test_each_shell_gets_its_script(shell: str) -> None:
    variables = {**os.environ, "_OPERATE_COMPLETE": f"source_{shell}"}
    script = subprocess.run([PROGRAM], env=variables, capture_output=True, text=True, check=True).stdout
    assert f"complete_{shell}" in script

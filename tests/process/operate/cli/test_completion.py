"""The shell's completion, by the protocol that Typer has for each shell."""

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from dev.local.environment import CHECKOUT

# Two dozen starts of `operate`, and nothing that they share.
pytestmark = pytest.mark.expected_seconds(8)
PROGRAM = str(CHECKOUT / "bin" / "operate")
LINES = {
    "bash": {"COMP_WORDS": "operate {words}", "COMP_CWORD": "{position}"},
    "zsh": {"_TYPER_COMPLETE_ARGS": "operate {words}"},
    "fish": {"_TYPER_COMPLETE_ARGS": "operate {words}", "_TYPER_COMPLETE_FISH_ACTION": "get-args"},
}


def complete(shell: str, words: str, further: Mapping[str, str] | None = None) -> str:
    """Return what is offered for a line whose last word is not finished."""
    values = {"words": words, "position": str(len(words.split(" ")))}
    line = {name: value.format_map(values) for name, value in LINES[shell].items()}
    variables = {**os.environ, **line, **(further or {}), "_OPERATE_COMPLETE": f"complete_{shell}"}
    return subprocess.run([PROGRAM], env=variables, capture_output=True, text=True, check=False).stdout


@pytest.mark.parametrize("shell", LINES)
def test_commands_and_stacks_are_completed(shell: str) -> None:
    assert "rollback" in complete(shell, "rollb")
    stacks = complete(shell, "swap loc")
    assert "local" in stacks
    assert "single" not in stacks


@pytest.mark.parametrize(
    ("shell", "lines"),
    [
        ("bash", ("ssh prod da", "move prod --to dal05-r", "status prod --without dal")),
        ("zsh", ("ssh prod da",)),
        ("fish", ("ssh prod da",)),
    ],
)
def test_servers_are_completed_from_the_stack_file(shell: str, lines: Sequence[str], tmp_path: Path) -> None:
    """`operate ssh local da<TAB>` offered nothing."""
    file = tmp_path / "stack.yaml"
    servers = [{"name": "registry", "datacenter": "dal05"}, {"name": "build", "datacenter": "ams01"}]
    file.write_text(json.dumps({"config": {"softlayer-registry:servers": servers}}))
    variables = {"OPERATE_CONFIG_FILE": str(file)}
    for words in lines:
        offered = complete(shell, words, variables)
        assert "dal05-registry" in offered
        assert "ams01" not in offered
    assert "dal05-registry" in complete(shell, "move prod --to ", variables), "nothing of it is written yet"
    if shell == "bash":
        assert "build" in complete(shell, "route prod --to bu", variables)
        assert "dal05-registry" in complete(shell, "rotate host-key prod --server ", variables)
    file.write_text("[")
    assert complete(shell, "ssh prod da", variables).strip() in ("", "_files"), "zsh offers files then"


@pytest.mark.parametrize("shell", LINES)
def test_each_shell_gets_its_script(shell: str) -> None:
    variables = {**os.environ, "_OPERATE_COMPLETE": f"source_{shell}"}
    script = subprocess.run([PROGRAM], env=variables, capture_output=True, text=True, check=True).stdout
    assert f"complete_{shell}" in script


@pytest.mark.parametrize("shell", LINES)
def test_what_the_installation_writes_is_in_the_reference(shell: str, tmp_path: Path) -> None:
    """So that it can be removed: neither Typer nor the shells have a command for that."""
    variables = {**os.environ, "HOME": str(tmp_path), "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    command = [PROGRAM, "--install-completion", shell]
    subprocess.run(command, env=variables, capture_output=True, text=True, check=True)
    page = " ".join((CHECKOUT / "docs" / "reference" / "commands.md").read_text().split())
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert files
    for file in files:
        assert f"`~/{file.relative_to(tmp_path)}`" in page
        if file.name in (".bashrc", ".zshrc"):
            lines = [line for line in file.read_text().splitlines() if line and str(tmp_path) not in line]
            assert [line for line in lines if f"`{line}`" not in page] == []

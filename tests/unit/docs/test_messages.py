"""Every command in a message can be copied: it names the stack, or ENV, which `operate` fills in."""

from pathlib import Path

import pytest

from dev.local.environment import CHECKOUT
from tests.unit.docs.message_commands import commands_without_stack, messages, shell_messages

PACKAGES = ("operate", "components", "pulumi_softlayer", "provider", "settings", "messages")
DOCUMENTS = (CHECKOUT / "settings" / "table", CHECKOUT / "operate" / "cli" / "__main__.py")
"""What documents are written from."""


def sources(suffix: str) -> list[Path]:
    files = [file for package in PACKAGES for file in (CHECKOUT / package).rglob(f"*{suffix}")]
    return sorted(file for file in files if not {file, *file.parents} & {*DOCUMENTS})


def texts_of(file: Path) -> list[str]:
    return [shell_messages(file)] if file.suffix == ".sh" else list(messages(file.read_text()))


def test_commands_of_messages_name_their_stack() -> None:
    mistakes = [
        f"{file.relative_to(CHECKOUT)}: operate {command}"
        for suffix in (".py", ".sh")
        for file in sources(suffix)
        for text in texts_of(file)
        for command in commands_without_stack(text)
    ]
    assert mistakes == []


@pytest.mark.parametrize(
    ("text", "mistakes"),
    [
        ("`operate swap --to 2` resumes it", ["swap --to 2"]),
        ("`operate swap ENV --to 2` resumes it", []),
        ("`operate swap {} --to {}` resumes it", []),
        ("see `bin/operate status`", ["status"]),
        ("`operate rotate {}` resumes it", ["rotate {}"]),
        ("`operate rotate {} ENV --abort`, `operate rotate WHAT ENV`", []),
        ("`operate {}` resumes it", []),
        ("`operate --help` lists them", []),
        ("`operate rollback", ["rollback"]),
    ],
)
def test_a_command_without_its_stack_is_a_mistake(text: str, mistakes: list[str]) -> None:
    assert commands_without_stack(text) == mistakes


def test_docstrings_and_help_are_no_messages() -> None:
    source = '"""`operate swap`"""\nx = option(help="as `operate swap`")\ny = f"`operate swap {x}`" "z"\n'
    assert list(messages(source)) == ["`operate swap {}`z"]

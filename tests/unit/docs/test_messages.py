"""Every command in a message can be copied: it names the stack, or ENV, which `operate` fills in."""

import re
from pathlib import Path

import pytest

from dev.local.environment import CHECKOUT
from messages.stack_name import name_stack
from tests.unit.docs.message_commands import MENTION, commands_without_stack, messages, shell_messages

PACKAGES = ("operate", "components", "pulumi_softlayer", "provider", "settings", "messages")
DOCUMENTS = (CHECKOUT / "settings" / "table", CHECKOUT / "operate" / "cli" / "__main__.py")
"""What documents are written from."""
_PULUMI = re.compile("pulumi ")
_PULUMI_COMMAND = re.compile(
    r"`pulumi (?:up|preview|refresh|config|cancel|stack out)[^`]*`|run pulumi up[^;,.`]*"
)
_LEAST = 30
"""Such commands in messages (choice); there were 78."""


def sources(suffix: str) -> list[Path]:
    files = [file for package in PACKAGES for file in (CHECKOUT / package).rglob(f"*{suffix}")]
    return sorted(file for file in files if not {file, *file.parents} & {*DOCUMENTS})


def texts_of(file: Path, mention: re.Pattern[str] = MENTION) -> list[str]:
    return [shell_messages(file)] if file.suffix == ".sh" else list(messages(file.read_text(), mention))


def test_commands_of_messages_name_their_stack() -> None:
    mistakes = [
        f"{file.relative_to(CHECKOUT)}: operate {command}"
        for suffix in (".py", ".sh")
        for file in sources(suffix)
        for text in texts_of(file)
        for command in commands_without_stack(text)
    ]
    assert mistakes == []


def test_commands_of_pulumi_in_messages_get_the_stack() -> None:
    commands = [
        command
        for suffix in (".py", ".sh")
        for file in sources(suffix)
        for text in texts_of(file, _PULUMI)
        for command in _PULUMI_COMMAND.findall(name_stack(text, "prod"))
    ]
    assert len(commands) > _LEAST
    assert [command for command in commands if "--stack" not in command] == []


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

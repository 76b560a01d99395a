"""The runbooks of docs/runbooks, as those read them who follow them: step by step, command by command."""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from dev.local.environment import CHECKOUT

FOLDER = CHECKOUT / "docs" / "runbooks"
_ASSIGNMENT = r"[A-Z][A-Z0-9_]*=\S*"
_COMMAND = re.compile(
    rf"(?:{_ASSIGNMENT} +)*"
    # The short name alone, such as `operate rollback`, only mentions the command; with ENV it is to be run.
    r"(?:operate [a-z-]+(?: [a-z-]+)? ENV\b"
    r"|(?:bin/operate|pulumi|systemctl|openssl|journalctl|ssh-keygen|slcli|docker|ssh) )"
)
_STEP = re.compile(r"(?P<number>[0-9]+)\. ")
_PLACEHOLDER = re.compile(r"\b[A-Z]{2,}\b")


@dataclass(frozen=True)
class Step:
    """A step of a runbook.

    Attributes:
        name: Number of the step, behind the section's title and a slash where there is one; 0 is a block of
            commands.
        text: Whole text of the step.
    """

    name: str
    text: str

    @property
    def commands(self) -> list[str]:
        """The commands that it names."""
        if self.name.rpartition("/")[2] == "0":
            texts = [line.strip() for line in self.text.splitlines()]
        else:
            texts = [" ".join(text.split()) for text in re.findall(r"`([^`]+)`", self.text)]
        return [text for text in texts if _COMMAND.match(text)]


def steps(runbook: str) -> Mapping[str, Step]:
    """Return the steps of a runbook by their names, those in front of all sections first."""
    lines_by_step: dict[str, list[str]] = {}
    section, current = "", ""
    for line in (FOLDER / f"{runbook}.md").read_text().splitlines():
        if line.startswith("## "):
            section, current = f"{line.removeprefix('## ')}/", ""
        elif match := _STEP.match(line):
            current = f"{section}{match['number']}"
        elif not line.strip() or line.startswith(("#", "|")):
            current = ""
        elif line.startswith("    ") and not current:
            current = f"{section}0"
        if current:
            lines_by_step.setdefault(current, []).append(line)
    return {name: Step(name, "\n".join(lines)) for name, lines in lines_by_step.items()}


def command(runbook: str, step: str, position: int = 0, **words: str) -> str:
    """Return a command of a step with its placeholders filled in.

    Args:
        runbook: Name of the file.
        step: Name of the step.
        position: Position of the command in the step.
        words: Words by placeholder, such as `ENV`.

    Raises:
        KeyError: There is no such step, or a placeholder is left.
        IndexError: The step has no such command.
    """
    text = steps(runbook)[step].commands[position]
    return _PLACEHOLDER.sub(lambda match: words[match[0]], text)


@dataclass(frozen=True)
class CommandLine:
    """A command, taken apart as a shell does.

    Attributes:
        variables: Variables of the process environment, which are in front of it.
        program: Program without its folder: `operate` for `bin/operate`.
        words: Words after the program.
    """

    variables: Mapping[str, str]
    program: str
    words: tuple[str, ...]

    @property
    def unattended(self) -> tuple[str, ...]:
        """Options with which a command runs without questions."""
        return _UNATTENDED.get((self.program, self.words[0]), ())


_UNATTENDED: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("pulumi", "up"): ("--yes", "--skip-preview"),
    ("operate", "recover"): ("--yes",),
    ("operate", "adopt"): ("--yes",),
}


def split_command(text: str) -> CommandLine:
    """Return a command in its parts."""
    words = shlex.split(text)
    variables: dict[str, str] = {}
    while re.fullmatch(_ASSIGNMENT, words[0]):
        name, _, variables[name] = words.pop(0).partition("=")
    return CommandLine(variables, words[0].removeprefix("bin/"), tuple(words[1:]))


def command_line(runbook: str, step: str, position: int = 0, **words: str) -> CommandLine:
    """Return a command of a step in its parts, its placeholders filled in; arguments as of `command`."""
    return split_command(command(runbook, step, position, **words))

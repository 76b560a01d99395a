"""The runbooks of docs/runbooks, as those read them who follow them: step by step, command by command."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "runbooks"
_COMMAND = re.compile(r"(python -m operate|pulumi|systemctl|openssl|journalctl|ssh-keygen) ")
_STEP = re.compile(r"(?P<number>[0-9]+)\. ")
_PLACEHOLDER = re.compile(r"\b[A-Z]{3,}\b")


@dataclass(frozen=True)
class Step:
    """A step of a runbook.

    Attributes:
        name: its number, behind the section's title and a slash where there is one; 0 is a block of commands.
        text: whole.
    """

    name: str
    text: str

    @property
    def commands(self) -> list[str]:
        """The commands that it names."""
        if self.name.endswith("0"):
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
        runbook: name of the file.
        step: name of the step.
        position: of the command in the step.
        words: by placeholder, such as `ENV`.

    Raises:
        KeyError: there is no such step, or a placeholder is left.
        IndexError: the step has no such command.
    """
    text = steps(runbook)[step].commands[position]
    return _PLACEHOLDER.sub(lambda match: words[match[0]], text)

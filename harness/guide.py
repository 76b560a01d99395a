"""The commands of docs/guides and the README, as those read them who follow them: step by step, line by line.

A command stands in a block that begins with ```` ```sh ````, one a line; nothing else stands in such a block.
"""

import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dev.local.environment import CHECKOUT

FOLDER = CHECKOUT / "docs" / "guides"
README = CHECKOUT / "README.md"
_SECTION = re.compile(r"## (?:(?P<number>[0-9]+)\. )?(?P<title>.*)")
_COMMENT = re.compile(r"\s+# .*")
_PLACEHOLDER = re.compile(r"\b[A-Z]{2,}\b")


def guide_file(name: str) -> Path:
    """Return the file of a guide; `README` is the project's own."""
    return README if name == "README" else FOLDER / f"{name}.md"


def guide_commands(name: str) -> Mapping[str, list[str]]:
    """Return the commands of a guide by step, comments and line breaks taken out.

    Args:
        name: Name of the guide, or `README`.

    Returns:
        By the number of the section, or by its title where it has no number.
    """
    return commands_of(guide_file(name).read_text())


def commands_of(text: str) -> dict[str, list[str]]:
    """Return the commands in a document's text, by step."""
    commands_by_step: dict[str, list[str]] = {}
    step, is_command = "", False
    for line in text.replace("\\\n", " ").splitlines():
        if section := _SECTION.fullmatch(line):
            step = section["number"] or section["title"]
        elif line.startswith("```"):
            is_command = line == "```sh"
        elif is_command and line.strip():
            commands_by_step.setdefault(step, []).append(" ".join(_COMMENT.sub("", line).split()))
    return commands_by_step


def guide_command(name: str, step: str, position: int = 0, **words: str) -> str:
    """Return a command of a step with words replaced.

    Args:
        name: Name of the guide.
        step: Number or title of the section.
        position: Position of the command in the step.
        words: What stands in place of a word: of a placeholder, such as `ADDRESS`, or of a stack's name.

    Raises:
        KeyError: There is no such step, a word is not in the command, or a placeholder is left.
        IndexError: The step has no such command.
    """
    text = guide_commands(name)[step][position]
    for word, replacement in words.items():
        if word not in re.findall(r"\w+", text):
            raise KeyError(word)
        text = replacement.join(re.split(rf"\b{word}\b", text))
    for placeholder in _PLACEHOLDER.findall(guide_commands(name)[step][position]):
        if placeholder not in words:
            raise KeyError(placeholder)
    return text


@dataclass(frozen=True)
class GuideReader:
    """Somebody who follows guides on a stack, by copying their commands into a shell.

    Attributes:
        variables: Variables of that shell.
        stack: The name that takes the place of the guides' `prod`; "" leaves it.
    """

    variables: Mapping[str, str]
    stack: str = ""

    def follow(
        self, guide: str, step: str, *options: str, position: int = 0, **words: str
    ) -> "subprocess.CompletedProcess[str]":
        """Run a command of a guide in the checkout; see `guide_command`.

        Args:
            guide: Name of the guide.
            step: Number of the step.
            options: Added to the command, such as those with which it asks nobody.
            position: Position of the command in the step.
            words: Words that take the place of others.
        """
        text = guide_command(guide, step, position, **words)
        if self.stack:
            text = re.sub(r"\bprod\b", self.stack, text)
        return subprocess.run(
            ["bash", "-c", f'{text} "$@"' if options else text, "bash", *options],
            cwd=CHECKOUT, env=dict(self.variables), stdin=subprocess.DEVNULL, capture_output=True,
            text=True, timeout=900, check=False,
        )  # fmt: skip

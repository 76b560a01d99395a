"""Checks a stack file's text by the settings' reader, and writes it where none is yet."""

import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

from operate.error import NotStartedError, OperateError, WrongOptionsError
from operate.init.answers import Answers, Bucket, cos_endpoint
from operate.init.stack_text import stack_file_text
from operate.stack.config.settings_check import judge_stack_file
from operate.stack.config.stack_file import STACK_NAME

_EXAMPLE = Answers("registry.example.com", bucket=Bucket("images", "us-south", cos_endpoint("us-south")))


def check_environment(environment: str, file: Path) -> None:
    """Refuse a name that no stack can have, and one whose file exists.

    Raises:
        WrongOptionsError: No stack can have the name.
        NotStartedError: The file exists.
    """
    if not STACK_NAME.fullmatch(environment):
        raise WrongOptionsError(
            f"environment {environment!r}: must be 1 to 100 letters, digits and . _ -, such as prod"
        )
    if file.exists():
        raise NotStartedError(f"{file} exists, and is never overwritten; edit it, or take another name")


def setting_problems(key: str, settings: Mapping[str, object]) -> list[str]:
    """Return what the settings' reader finds wrong with one setting of a new stack file.

    Args:
        key: Key of the setting that is judged.
        settings: Settings of the file, others as well where they matter; examples take the place of the rest.

    Returns:
        Mistakes without the key.

    Raises:
        OperateError: The reader does not run.
    """
    mistake = re.compile(rf"{re.escape(key)}(?:\[\d+\])?: (?P<problem>.*)", re.DOTALL)
    matches = map(mistake.fullmatch, _judge(stack_file_text("new", _EXAMPLE), settings))
    return [match["problem"] for match in matches if match]


def check_text(text: str) -> None:
    """Judge a text as the program does.

    Raises:
        WrongOptionsError: The settings' reader finds mistakes; the message has all of them.
    """
    if problems := _judge(text):
        raise WrongOptionsError(f"nothing was written: {'; '.join(problems)}")


def _judge(text: str, changes: Mapping[str, object] | None = None) -> tuple[str, ...]:
    with tempfile.TemporaryDirectory(prefix="operate-init-") as folder:
        file = Path(folder) / "stack.yaml"
        file.write_text(text)
        return judge_stack_file(file, "--without-secrets", "--without-key", changes=changes).problems


def write_new(file: Path, text: str) -> None:
    """Write a file that does not exist yet; never over one that does, also where two do it at once.

    Raises:
        OperateError: The file's folder cannot be written.
        NotStartedError: The file exists.
    """
    try:
        with file.open("x") as stream:
            stream.write(text)
    except FileExistsError:
        raise NotStartedError(
            f"{file} exists, and is never overwritten; edit it, or take another name"
        ) from None
    except OSError as error:
        raise OperateError(f"{file}: cannot be written ({error.strerror})") from None

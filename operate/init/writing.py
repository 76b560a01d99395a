"""Checks a stack file's text by the settings' reader, and writes it where none is yet."""

import re
import tempfile
from pathlib import Path

from operate.error import NotStartedError, OperateError, WrongOptionsError
from operate.stack.settings_check import judge_stack_file

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")
"""What Pulumi takes for a stack (pkg/backend, read in 3.259)."""


def check_environment(environment: str, file: Path) -> None:
    """Refuse a name that no stack can have, and one whose file exists.

    Raises:
        WrongOptionsError: No stack can have the name.
        NotStartedError: The file exists.
    """
    if not _NAME.fullmatch(environment):
        raise WrongOptionsError(
            f"environment {environment!r}: must be 1 to 100 letters, digits and . _ -, such as prod"
        )
    if file.exists():
        raise NotStartedError(f"{file} exists, and is never overwritten; edit it, or take another name")


def check_text(text: str) -> None:
    """Judge a text as the program does.

    Raises:
        WrongOptionsError: The settings' reader finds mistakes; the message has all of them.
    """
    with tempfile.TemporaryDirectory(prefix="operate-init-") as folder:
        file = Path(folder) / "stack.yaml"
        file.write_text(text)
        problems = judge_stack_file(file, "--without-secrets", "--without-key").problems
    if problems:
        raise WrongOptionsError(f"nothing was written: {'; '.join(problems)}")


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

"""Asks the settings' reader what is wrong with a stack file, by its command: before Pulumi and without it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from messages.count import format_count
from operate.error import NotStartedError, OperateError
from operate.stack.local_environment import LOCAL_DOWN, is_local_down
from operate.stack.python_command import CommandError, CommandTimeoutError, run_command

_SECONDS = 60.0
"""For which the reader may take (choice)."""


class InvalidStackFileError(NotStartedError):
    """A stack file has mistakes, so that nothing was begun; the message has a line for each."""


@dataclass(frozen=True)
class Judgement:
    """What the reader finds in a stack file.

    Attributes:
        problems: Mistakes, each as `KEY: what is wrong and what to do`.
        unread: Settings that only Pulumi can read; with any, just the names of settings were judged.
    """

    problems: tuple[str, ...]
    unread: tuple[str, ...] = ()


def judge_stack_file(
    file: Path, *options: str, changes: Mapping[str, object] | None = None, seconds: float = _SECONDS
) -> Judgement:
    """Return what the reader finds in a stack file.

    Args:
        file: The stack's file.
        options: Options of `python -m settings.check`.
        changes: Settings with which it is judged as well; None takes one out.
        seconds: Seconds for which the reader may take.

    Raises:
        OperateError: The file cannot be read, or the reader does not run.
    """
    words = ("-m", "settings.check", *options, "--changes", str(file.resolve()))
    try:
        answer = run_command(words, changes or {}, seconds)
    except CommandTimeoutError as error:
        raise OperateError(f"{file}: the settings' reader: {error}") from None
    except CommandError as error:  # it names the file
        raise OperateError(str(error)) from None
    return Judgement(tuple(answer["problems"]), tuple(answer["unread"]))


def require_valid(environment: str, file: Path, changes: Mapping[str, object] | None = None) -> None:
    """Refuse a stack file with mistakes, before anything is begun that needs it.

    A file that does not exist is left to Pulumi, which knows whether there is such a stack.

    Args:
        environment: The stack's name.
        file: The stack's file.
        changes: Settings that the command is about to write.

    Raises:
        InvalidStackFileError: The file has mistakes, or is no stack file; the message names all of them.
        NotStartedError: The stack is the local one, which is down, so that its file is an example.
        OperateError: The reader does not run.
    """
    if is_local_down(environment):
        raise NotStartedError(f"environment {environment}: {LOCAL_DOWN}")
    if not file.exists():
        return
    problems = judge_stack_file(file, changes=changes).problems
    if not problems:
        return
    lines = "".join(f"\n  {problem}" for problem in problems)
    written = ""
    if changes:
        in_file = judge_stack_file(file).problems
        added = [problem for problem in problems if problem not in in_file]
        if len(added) == len(problems):
            raise InvalidStackFileError(
                f"environment {environment}: {format_count(len(added), 'mistake')} in what this command would"
                f" write to {file}, so nothing was begun. The file itself has none. Correct the command's"
                f" options, or the settings that the lines name, then run it again:{lines}"
            )
        if added:
            written = f", {len(added)} of them by what this command would write to it"
    raise InvalidStackFileError(
        f"environment {environment}: {file} has {format_count(len(problems), 'mistake')}{written}, so nothing"
        f" was begun. Correct it, then run the command again; `operate doctor {environment}` shows what is"
        f" left:{lines}"
    )


def require_writable(environment: str, file: Path) -> None:
    """Refuse to write into a stack file with mistakes: what is left of one that was cut must not look whole.

    The operator's key is not judged, which no written setting is about.

    Args:
        environment: The stack's name.
        file: The stack's file.

    Raises:
        OperateError: The file has mistakes; the message names all of them in one line.
    """
    problems = judge_stack_file(file, "--without-key").problems
    if problems:
        raise OperateError(
            f"environment {environment}: {file} has {format_count(len(problems), 'mistake')}, so nothing is"
            f" written to it until it is corrected: {'; '.join(problems)}"
        )

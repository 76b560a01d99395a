"""How commands end where they cannot do what was requested: one line and an exit code."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import typer

from messages.ending_signal import EndingSignal
from messages.progress import PROGRESS
from operate.cli.parameters import named_stack
from operate.error import EXIT_FAILED, OperateError


@contextmanager
def report_errors(undo: str | Callable[[], str] = "") -> Iterator[None]:
    """Print an error, mostly one line, on standard error and exit with the code of its kind.

    Args:
        undo: Command that undoes one that was interrupted or has failed halfway, such as "`operate rollback
            prod` undoes it", or what returns that once it has; "" where nothing was begun.
    """
    PROGRESS.forget_interrupted_step()
    try:
        yield
    except OperateError as error:
        sys.stderr.write(f"operate: {_name_stack(f'{error}{_undo_of_failure(error, undo)}')}\n")
        raise typer.Exit(error.exit_code) from error
    except KeyboardInterrupt as interrupt:
        ending = interrupt if isinstance(interrupt, EndingSignal) else EndingSignal()
        step = f" in `{PROGRESS.interrupted_step}`" if PROGRESS.interrupted_step else ""
        undo_hint = _undo_hint(undo)
        further = f", {_name_stack(undo_hint)}" if undo_hint else ""
        # A terminal that has ended takes no line.
        with suppress(OSError):
            sys.stderr.write(
                f"operate: {ending.description}{step}; the same command resumes from here{further}\n"
            )
        raise typer.Exit(ending.exit_code) from interrupt


def _undo_hint(undo: str | Callable[[], str]) -> str:
    return undo if isinstance(undo, str) else undo()


def _undo_of_failure(error: OperateError, undo: str | Callable[[], str]) -> str:
    """Return what undoes an operation that has failed halfway; "" where its error says so, or nothing may.

    What was refused has changed nothing, and what another operator has taken over is not to be undone.
    """
    if error.exit_code != EXIT_FAILED or error.is_superseded:
        return ""
    hint = _undo_hint(undo)
    command = hint.partition("`")[2].partition("`")[0]
    return f"; {hint}" if hint and command not in str(error) else ""


def _name_stack(text: str) -> str:
    from messages.stack_name import name_stack  # `operate --help` does not wait for it

    return name_stack(text, named_stack())

"""How commands end where they cannot do what was requested: one line and an exit code."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import typer

from messages.ending_signal import EndingSignal
from messages.progress import PROGRESS
from operate.cli.parameters import named_stack
from operate.error import OperateError


@contextmanager
def report_errors(undo: str | Callable[[], str] = "") -> Iterator[None]:
    """Print an error, mostly one line, on standard error and exit with the code of its kind.

    Args:
        undo: Command that undoes an interrupted one, such as "`operate rollback prod` undoes it", or what
            returns that once there is an interrupt.
    """
    PROGRESS.forget_interrupted_step()
    try:
        yield
    except OperateError as error:
        sys.stderr.write(f"operate: {_name_stack(str(error))}\n")
        raise typer.Exit(error.exit_code) from error
    except KeyboardInterrupt as interrupt:
        ending = interrupt if isinstance(interrupt, EndingSignal) else EndingSignal()
        step = f" in `{PROGRESS.interrupted_step}`" if PROGRESS.interrupted_step else ""
        undo_hint = undo if isinstance(undo, str) else undo()
        further = f", {_name_stack(undo_hint)}" if undo_hint else ""
        # A terminal that has ended takes no line.
        with suppress(OSError):
            sys.stderr.write(
                f"operate: {ending.description}{step}; the same command resumes from here{further}\n"
            )
        raise typer.Exit(ending.exit_code) from interrupt


def _name_stack(text: str) -> str:
    from messages.stack_name import name_stack  # `operate --help` does not wait for it

    return name_stack(text, named_stack())

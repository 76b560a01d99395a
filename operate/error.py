"""Errors that end a command with one line for the operator."""

EXIT_FAILED, EXIT_WRONG_OPTIONS, EXIT_REFUSED, EXIT_LOCKED = 1, 2, 3, 4
"""Exit codes: something failed; options are wrong or missing, as Typer has it; nothing was changed, or a
release was rolled back by itself; another operator is at work."""


class OperateError(Exception):
    """Something cannot be done; the message is one line: what, where, why, and what to do.

    Where there are several mistakes, a line for each follows.

    Attributes:
        exit_code: Exit code of a command that it ends.
        is_superseded: Whether another operator acts since, so that this one must not undo anything.
    """

    exit_code = EXIT_FAILED
    is_superseded = False


class NotStartedError(OperateError):
    """A command refuses before it changes anything."""

    exit_code = EXIT_REFUSED


class WrongOptionsError(NotStartedError):
    """A command refuses what its options say, or lacks some."""

    exit_code = EXIT_WRONG_OPTIONS


class LostError(OperateError):
    """A system that all depends on cannot be reached, or refuses the credentials: nothing can continue."""


class RefusedError(OperateError):
    """A release must not go live, or not stay live; what was switched must be switched back."""

    exit_code = EXIT_REFUSED

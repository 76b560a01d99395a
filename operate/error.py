"""What ends a command with one line for the operator: errors, and signals."""

import signal

EXIT_FAILED, EXIT_REFUSED, EXIT_LOCKED = 1, 3, 4
"""Exit codes: something failed; nothing was changed, or a release was rolled back by itself; another operator
is at work."""


class OperateError(Exception):
    """Something cannot be done; the message is one line: what, where, why, and what to do.

    Where there are several mistakes, a line for each follows.

    Attributes:
        exit_code: Exit code of a command that it ends.
    """

    exit_code = EXIT_FAILED


class NotStartedError(OperateError):
    """A command refuses before it changes anything."""

    exit_code = EXIT_REFUSED


class LostError(OperateError):
    """A system that all depends on cannot be reached, or refuses the credentials: nothing can continue."""


class EndingSignal(KeyboardInterrupt):
    """A signal ends the command: an interrupt (Ctrl-C), a request to end, or the end of its terminal.

    Args:
        signal_number: Which.
    """

    def __init__(self, signal_number: signal.Signals = signal.SIGINT) -> None:
        super().__init__(signal_number)
        self._signal = signal_number

    @property
    def exit_code(self) -> int:
        """Exit code of a command that it ends, as shells have it."""
        return 128 + self._signal

    @property
    def description(self) -> str:
        """For people: how the command ended."""
        return "interrupted" if self._signal is signal.SIGINT else f"ended by {self._signal.name}"

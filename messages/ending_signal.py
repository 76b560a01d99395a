"""What a signal that ends a command is for the command: an interrupt with a name and an exit code."""

import signal


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

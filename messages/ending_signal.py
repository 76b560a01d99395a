"""What a signal that ends a command is for the command: an interrupt with a name and an exit code."""

import signal
from collections.abc import Callable
from types import FrameType


class EndingSignal(KeyboardInterrupt):
    """A signal ends the command: an interrupt (Ctrl-C), a request to end, or the end of its terminal.

    Args:
        signal_number: Number of the signal.
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


def on_ending_signals(act: Callable[[], None]) -> None:
    """Let each signal that ends this process act first, and then raise `EndingSignal`.

    SIGTERM and SIGHUP stay ignored where whoever started the program has it so, as `nohup` does.

    Args:
        act: Called before, in the handler.
    """

    def end(signal_number: int, _: FrameType | None) -> None:
        act()
        raise EndingSignal(signal.Signals(signal_number))

    signal.signal(signal.SIGINT, end)
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, end)

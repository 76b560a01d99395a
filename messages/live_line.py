"""One line of a terminal that is written over and over, below all others; by rich."""

from collections.abc import Callable
from typing import TextIO

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text


def can_be_live(stream: TextIO) -> bool:
    """Return whether a line of a stream can be written over: not of a file, nor of a dumb terminal.

    Rich reads TERM, and TTY_INTERACTIVE where an operator decides it.
    """
    return Console(file=stream).is_interactive


class LiveLine:
    """A line that is written over until it is closed; then it is gone. NO_COLOR leaves out its colour.

    Args:
        stream: The terminal.
        describe: Returns the text of the line at present.
    """

    def __init__(self, stream: TextIO, describe: Callable[[], str]) -> None:
        self._console, self._describe = Console(file=stream), describe
        self._spinner = Spinner("line", style="green")
        self._live = Live(
            get_renderable=self._render,
            console=self._console,
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._live.start(refresh=True)

    def refresh(self) -> None:
        """Write the line again."""
        self._live.refresh()

    def write(self, line: str) -> None:
        """Write another line above it, which stays."""
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)

    def close(self) -> None:
        """Take the line away."""
        self._live.stop()

    def _render(self) -> Spinner:
        text = Text(self._describe(), no_wrap=True)
        # Two columns are the spinner's; a line that wraps could not be written over as one.
        text.truncate(max(1, self._console.width - 3), overflow="crop")
        self._spinner.update(text=text)
        return self._spinner

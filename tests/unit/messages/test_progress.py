"""What a program waits for: a live line on a pseudo terminal, a few lines a step elsewhere."""

import io
import os
import pty
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from messages.progress import LINE_SECONDS, REPEAT_SECONDS, Progress, muted

_CLEAR_LINE = "\x1b[2K"
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_SOON = 0.01


class Terminal:
    """A pseudo terminal of 80 columns; what is written to it is kept."""

    def __init__(self) -> None:
        master, slave = pty.openpty()
        os.set_blocking(master, True)
        self.stream = os.fdopen(slave, "w", buffering=1)
        self._written = bytearray()
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, args=(master,))
        self._reader.start()

    def _read(self, master: int) -> None:
        with os.fdopen(master, "rb", buffering=0) as screen:
            try:
                while piece := screen.read(4096):
                    with self._changed:
                        self._written += piece
                        self._changed.notify_all()
            except OSError:
                return  # Linux reports the end of a terminal as an error

    def wait_for(self, text: str) -> str:
        """Wait until a text is written; returns all that is."""
        with self._changed:
            assert self._changed.wait_for(lambda: text in self._written.decode(), 20), self._written.decode()
            return self._written.decode()

    def close(self) -> str:
        """Close it; returns all that was written."""
        self.stream.close()
        self._reader.join()
        return self._written.decode()


@contextmanager
def opened_terminal() -> Iterator[Terminal]:
    terminal = Terminal()
    try:
        yield terminal
    finally:
        if not terminal.stream.closed:
            terminal.close()


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    monkeypatch.setenv("TERM", "xterm-256color")
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_INTERACTIVE", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    with opened_terminal() as opened:
        yield opened


def lines_of(
    act: Callable[[Progress, io.StringIO], None],
    line_seconds: float = _SOON,
    repeat_seconds: float = REPEAT_SECONDS,
) -> list[str]:
    """Return the lines without a terminal, each without its seconds."""
    stream = io.StringIO()
    act(Progress(stream, line_seconds, repeat_seconds=repeat_seconds), stream)
    return [line.split(" s  ")[1] for line in stream.getvalue().splitlines()]


def await_text(stream: io.StringIO, text: str) -> None:
    """Wait until a text is written by the thread that shows progress."""
    reached = threading.Event()
    for _ in range(2000):
        if text in stream.getvalue():
            return
        reached.wait(0.01)
    raise AssertionError(stream.getvalue())


def test_without_a_terminal_a_long_step_is_one_line() -> None:
    def act(progress: Progress, stream: io.StringIO) -> None:
        with progress.step("build"), progress.step("pulumi up"):
            await_text(stream, "pulumi up")
            threading.Event().wait(0.5)
        progress.report("build ok")

    assert lines_of(act) == ["build: pulumi up ...", "build ok"]


def test_a_part_that_is_named_as_its_whole_is_named_once() -> None:
    def act(progress: Progress, stream: io.StringIO) -> None:
        with progress.step("retire"), progress.step("retire"), progress.step("pulumi up"):
            await_text(stream, "pulumi up")

    assert lines_of(act) == ["retire: pulumi up ..."]


def test_many_quick_parts_of_a_long_step_are_one_line() -> None:
    """A command of many quick parts would be silent for all of its time."""

    def act(progress: Progress, stream: io.StringIO) -> None:
        deadline = time.monotonic() + 20
        with progress.step("status"):
            while time.monotonic() < deadline and "..." not in stream.getvalue():
                with progress.step("part"):
                    time.sleep(0.01)
            for _ in range(50):
                with progress.step("part"):
                    time.sleep(0.01)

    assert lines_of(act, line_seconds=1) == ["status ..."], "one of many reads says nothing"


def test_what_a_whole_waits_for_is_named_with_it() -> None:
    """Such as Pulumi's own lock, a moment after the build began."""

    def act(progress: Progress, stream: io.StringIO) -> None:
        with progress.step("build"):
            time.sleep(0.5)
            with progress.step("waits for another"):
                await_text(stream, "...")

    assert lines_of(act, line_seconds=1.7) == ["build: waits for another ..."]


def test_a_step_that_goes_on_is_named_at_growing_intervals() -> None:
    """Minutes without a line look like a command that hangs."""

    def act(progress: Progress, stream: io.StringIO) -> None:
        with progress.step("image"), progress.step("apt-get") as rename:
            await_text(stream, "apt-get ...\n")
            rename("dpkg")
            await_text(stream, "(4 s)")
            threading.Event().wait(1)

    lines = lines_of(act, repeat_seconds=1.4)
    assert lines == ["image: apt-get ...", "image: dpkg ... (1 s)", "image: dpkg ... (4 s)"]
    assert LINE_SECONDS * 3 == REPEAT_SECONDS


def test_a_whole_of_many_quick_parts_is_named_again_and_not_beside_a_long_part() -> None:
    def act(progress: Progress, stream: io.StringIO) -> None:
        deadline = time.monotonic() + 20
        with progress.step("shadow"):
            while time.monotonic() < deadline and "(2 s)" not in stream.getvalue():
                with progress.step("part"):
                    time.sleep(0.01)
            with progress.step("a long part"):
                await_text(stream, "a long part ...\n")
                threading.Event().wait(0.5)

    lines = lines_of(act, line_seconds=1, repeat_seconds=2.2)
    assert lines == ["shadow ...", "shadow ... (2 s)", "shadow: a long part ..."]


def test_a_step_may_be_named_sooner() -> None:
    def act(progress: Progress, stream: io.StringIO) -> None:
        with progress.step("status"), progress.step("the account", _SOON):
            await_text(stream, "...")

    assert lines_of(act, line_seconds=1000) == ["status: the account ..."]


def test_without_a_terminal_a_quick_step_is_none() -> None:
    def act(progress: Progress, stream: io.StringIO) -> None:
        with progress.step("build"):
            progress.report("built")

    assert lines_of(act, line_seconds=60) == ["built"]


def test_what_follows_in_the_same_step_has_a_line_of_its_own() -> None:
    def act(progress: Progress, stream: io.StringIO) -> None:
        with progress.step("restore") as show:
            with progress.step("pulumi preview"):
                await_text(stream, "preview")
            show("restore, second half")
            with progress.step("pulumi up"):
                await_text(stream, "pulumi up")

    assert lines_of(act) == ["restore: pulumi preview ...", "restore, second half: pulumi up ..."]


def test_steps_of_several_threads_are_reported_each() -> None:
    def act(progress: Progress, stream: io.StringIO) -> None:
        def work() -> None:
            with progress.step("cloud"):
                await_text(stream, "engine")
                await_text(stream, "cloud")

        with progress.step("engine"):
            thread = threading.Thread(target=work)
            thread.start()
            thread.join()

    assert sorted(lines_of(act)) == ["cloud ...", "engine ..."]


def test_muted_steps_are_not_shown() -> None:
    def act(progress: Progress, stream: io.StringIO) -> None:
        with muted(), progress.step("hidden"):
            assert not progress.has_live_line
        with progress.step("shown"):
            await_text(stream, "shown")

    assert lines_of(act) == ["shown ..."]


def test_on_a_terminal_a_live_line_shows_step_and_seconds_and_goes(terminal: Terminal) -> None:
    progress = Progress(terminal.stream, live_seconds=_SOON)
    with progress.step("build"), progress.step("pulumi up"):
        assert progress.has_live_line
        terminal.wait_for("build: pulumi up (")
        progress.report("preview ok")
        terminal.wait_for("preview ok")
    assert not progress.has_live_line
    written = terminal.close()
    shown = written.index("build: pulumi up")
    assert _CLEAR_LINE in written[shown:], "the line is taken away"
    assert re.search(r"build: pulumi up \(\d+ s\)", written)
    assert re.search(r" \d+\.\d s  preview ok\r\n", written)
    assert "\x1b[?25h" in written[shown:], "the cursor is back"


def test_a_line_that_is_too_long_stays_one(terminal: Terminal) -> None:
    progress = Progress(terminal.stream, live_seconds=_SOON)
    with progress.step("a" * 300):
        written = terminal.wait_for("aaaa")
    assert "a" * 81 not in written
    assert "\x1b[1A" not in written.partition("aaaa")[2].partition("aaaa")[0], "one line is written over"


def test_no_color_leaves_out_colours(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    progress = Progress(terminal.stream, live_seconds=_SOON)
    with progress.step("first"):
        assert _COLOUR.search(terminal.wait_for("first ("))
    monkeypatch.setenv("NO_COLOR", "1")
    with opened_terminal() as plain:
        progress = Progress(plain.stream, live_seconds=_SOON)
        with progress.step("second"):
            plain.wait_for("second (")
        assert not _COLOUR.search(plain.close())


def test_a_dumb_terminal_gets_lines(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    progress = Progress(terminal.stream, line_seconds=_SOON, live_seconds=_SOON)
    with progress.step("build"):
        assert not progress.has_live_line
        terminal.wait_for("build ...")
    assert "\x1b" not in terminal.close()


def test_a_failure_takes_the_line_away(terminal: Terminal) -> None:
    progress = Progress(terminal.stream, live_seconds=_SOON)

    def fail() -> None:
        with progress.step("build"):
            terminal.wait_for("build (")
            raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        fail()
    progress.report("after")
    assert terminal.close().rstrip().endswith("after")


def test_standard_error_is_where_it_is_now(monkeypatch: pytest.MonkeyPatch) -> None:
    progress, stream = Progress(), io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    progress.report("here")
    assert stream.getvalue().endswith(" s  here\n")

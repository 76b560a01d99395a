"""What commands of the local environment write stands above a live line, and is theirs elsewhere."""

import os
import pty
import re
import sys
import threading

import pytest

from dev.local.environment import CommandFailedError
from dev.local.process import run
from dev.local.progress import announced, measured

_WRITES = "import sys; print('result'); print('detail', file=sys.stderr); sys.exit(int(sys.argv[1]))"
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def command(code: int = 0) -> list[str]:
    return [sys.executable, "-c", _WRITES, str(code)]


class Screen:
    """A pseudo terminal that takes the place of standard error."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._master, slave = pty.openpty()
        self.stream = os.fdopen(slave, "w", buffering=1)
        monkeypatch.setattr(sys, "stderr", self.stream)
        monkeypatch.setenv("TERM", "xterm")
        self._output = b""
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        try:
            while piece := os.read(self._master, 4096):
                self._output += piece
        except OSError:
            return  # Linux reports the end of a terminal as an error

    def close(self) -> list[str]:
        """Close it; returns its lines without what moves the cursor."""
        self.stream.close()
        self._reader.join()
        os.close(self._master)
        return _CONTROL.sub("", self._output.decode()).splitlines()


def test_above_a_live_line_stands_what_a_command_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen(monkeypatch)
    with measured("engine"):
        assert run(command(), capture=True) == "result"
        assert run(command()) == ""
    lines = screen.close()
    assert [line for line in lines if line in ("result", "detail")].count("detail") == 2
    assert lines.count("result") == 1
    assert lines[-1].split(" s  ")[1].startswith("engine: ")


def test_elsewhere_a_command_writes_by_itself(capfd: pytest.CaptureFixture[str]) -> None:
    with measured("engine"):
        assert run(command(), capture=True) == "result"
        assert run(command()) == ""
    written = capfd.readouterr()
    assert written.out == "result\n"
    assert written.err.count("detail\n") == 2
    assert written.err.splitlines()[-1].split(" s  ")[1].startswith("engine: ")


def test_a_command_that_has_the_terminal_keeps_it(capfd: pytest.CaptureFixture[str]) -> None:
    with announced("tests/unit"):
        run(command())
    lines = capfd.readouterr().err.splitlines()
    texts = [line.split(" s  ")[-1].split(":")[0] for line in lines]
    assert texts == ["tests/unit ...", "detail", "tests/unit"]


def test_a_failure_is_reported() -> None:
    with pytest.raises(CommandFailedError, match="ended with 3"):
        run(command(3))

"""What commands of the local environment write stands above a live line, and is theirs elsewhere."""

import os
import pty
import re
import sys
import threading
from contextlib import nullcontext
from pathlib import Path

import pytest

from dev.local.environment import CommandFailedError
from dev.local.process import follow, run
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
    streams = capfd.readouterr()
    assert streams.out == "result\n"
    assert streams.err.count("detail\n") == 2
    assert streams.err.splitlines()[-1].split(" s  ")[1].startswith("engine: ")


def test_a_command_that_has_the_terminal_keeps_it(capfd: pytest.CaptureFixture[str]) -> None:
    with announced("tests/unit"):
        run(command())
    lines = capfd.readouterr().err.splitlines()
    texts = [line.split(" s  ")[-1].split(":")[0] for line in lines]
    assert texts == ["tests/unit ...", "detail", "tests/unit"]


def test_a_failure_is_reported() -> None:
    with pytest.raises(CommandFailedError, match="ended with 3"):
        run(command(3))


@pytest.mark.parametrize("code", [0, 7])
def test_a_command_is_followed_by_its_log(code: int, tmp_path: Path) -> None:
    lines: list[str] = []
    log = tmp_path / "log"
    log.write_text("of the run before, which was longer than this one\n")
    with nullcontext() if code == 0 else pytest.raises(CommandFailedError, match="ended with 7"):
        follow(command(code), log, lines.append, os.environ)
    assert sorted(lines) == ["detail", "result"]
    assert sorted(log.read_text().splitlines()) == ["detail", "result"]


def test_lines_are_taken_as_they_come_and_a_last_one_without_end_too(tmp_path: Path) -> None:
    go, lines = tmp_path / "go", []
    writes = (
        "import sys, time; from pathlib import Path; print('one', flush=True)\n"
        f"while not Path({str(go)!r}).exists(): time.sleep(0.01)\n"
        "sys.stdout.write('two')"
    )

    def take(line: str) -> None:
        lines.append(line)
        go.touch()

    follow([sys.executable, "-c", writes], tmp_path / "log", take, os.environ)
    assert lines == ["one", "two"]

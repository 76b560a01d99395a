"""Child processes with an end: a time limit, and none left behind when the builder is stopped."""

import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from dev.engine.errors import EngineError

_running: set[subprocess.Popen[str]] = set()
_guard = threading.Lock()
_stopping = threading.Event()


def run(
    command: Sequence[str],
    *,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    timeout: float | None = None,
) -> tuple[int, str]:
    """Run a command in a process group of its own.

    Args:
        command: The program and its arguments.
        folder: Folder in which the command runs.
        environment: Whole environment of the command; this process's when None.
        timeout: Seconds after which its group is killed.

    Returns:
        The exit status (124 after the time limit, as timeout(1) has it) and what it wrote to both streams.

    Raises:
        EngineError: The program cannot be started, or the builder is being stopped.
    """
    with _guard:
        if _stopping.is_set():
            raise EngineError("stopped; run it again to go on")
        try:
            child = subprocess.Popen(
                command,
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                start_new_session=True,
            )
        except OSError as error:
            raise EngineError(f"cannot start {command[0]}: {error.strerror}") from error
        _running.add(child)
    try:
        output, _ = child.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        _kill(child)
        output, _ = child.communicate()
        return 124, output
    finally:
        with _guard:
            _running.discard(child)
    return child.returncode, output


def stop_all() -> None:
    """Kill every child with its group, and let no new one start."""
    _stopping.set()
    with _guard:
        for child in _running:
            _kill(child)


def _kill(child: subprocess.Popen[str]) -> None:
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        return

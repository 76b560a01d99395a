"""Runs the commands that the local environment is made of.

Each has a process group of its own, so that it gets a signal once, from this process, whether that was sent
to this process alone or to all of a terminal. It gets an interrupt, whichever signal this process got, and
the time to end in order.
"""

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TextIO

from dev.local.environment import CHECKOUT, CommandFailedError
from messages.ending_signal import on_ending_signals
from messages.progress import PROGRESS

_FOLLOW_SECONDS = 0.1
"""Seconds between two reads of a log that is followed (choice)."""

_running: set["subprocess.Popen[str]"] = set()


def pass_signals_on() -> None:
    """Let what runs end in order with this process; a program calls it first."""
    on_ending_signals(_interrupt)


def run(
    command: Sequence[str],
    *,
    variables: Mapping[str, str] | None = None,
    capture: bool = False,
) -> str:
    """Run a command in the checkout and return what it printed, if `capture`, else the empty string.

    Where a live line is shown, what the command writes is put above it.

    Args:
        command: The program and its arguments.
        variables: Environment of the command; this process's where None.
        capture: Whether to return its standard output instead of showing it.

    Raises:
        CommandFailedError: The command failed; its own messages are on standard error.
    """
    is_relayed = PROGRESS.has_live_line
    with subprocess.Popen(
        command,
        cwd=CHECKOUT,
        env=variables,
        stdout=subprocess.PIPE if capture or is_relayed else None,
        stderr=subprocess.PIPE if is_relayed else None,
        stdin=subprocess.DEVNULL,
        text=True,
        errors="replace",
        process_group=0,
    ) as child:
        _running.add(child)
        try:
            printed = _read(child, capture=capture)
        except KeyboardInterrupt:
            child.wait()
            raise
        finally:
            _running.discard(child)
    _check(command, child.returncode)
    return printed.strip()


def follow(
    command: Sequence[str], log: Path, take_line: Callable[[str], None], variables: Mapping[str, str]
) -> None:
    """Run a command in the checkout with its output in a log, and take each line of that as it comes.

    The log is a file, so that the command goes on where this process is killed.

    Args:
        command: The program and its arguments.
        log: File for its standard output and standard error; overwritten.
        take_line: Receives each line.
        variables: Environment of the command.

    Raises:
        CommandFailedError: The command failed; `take_line` has received its messages.
    """
    has_ended = threading.Event()
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with (
        os.fdopen(descriptor, "w") as output,
        log.open(errors="replace") as content,
        subprocess.Popen(
            command, cwd=CHECKOUT, env=variables, stdin=subprocess.DEVNULL, stdout=output,
            stderr=subprocess.STDOUT, text=True, process_group=0,
        ) as child,
    ):  # fmt: skip
        _running.add(child)
        reader = threading.Thread(target=_read_lines, args=(_follow(content, has_ended), take_line))
        reader.start()
        try:
            child.wait()
        finally:
            child.wait()
            _running.discard(child)
            has_ended.set()
            reader.join()
    _check(command, child.returncode)


def _follow(log: TextIO, has_ended: threading.Event) -> Iterator[str]:
    """Yield the lines of a file until whoever writes it has ended."""
    rest, is_last = "", False
    while not is_last:
        is_last = has_ended.wait(_FOLLOW_SECONDS)
        *lines, rest = (rest + log.read()).split("\n")
        yield from lines
    if rest:
        yield rest


def _check(command: Sequence[str], code: int) -> None:
    if code != 0:
        raise CommandFailedError(f"{' '.join(command[:4])} ended with {code}")


def _read(child: "subprocess.Popen[str]", *, capture: bool) -> str:
    """Wait for the end of a command; return its standard output if `capture`, and relay all else there is."""
    printed: list[str] = []
    take = printed.append if capture else _relay
    readers = [
        threading.Thread(target=_read_lines, args=(stream, act), daemon=True)
        for stream, act in ((child.stdout, take), (child.stderr, _relay))
        if stream is not None
    ]
    for reader in readers:
        reader.start()
    child.wait()
    for reader in readers:
        reader.join()
    return "".join(printed)


def _read_lines(lines: Iterable[str], act: Callable[[str], None]) -> None:
    for line in lines:
        act(line)


def _relay(line: str) -> None:
    PROGRESS.write_line(line.rstrip("\n"))


def _interrupt() -> None:
    for child in tuple(_running):
        child.send_signal(signal.SIGINT)

"""A signal that ends a command ends what runs in order: Pulumi first, then the command.

It is an interrupt (Ctrl-C, SIGINT), a request to end (SIGTERM, as `kill`, `timeout` and a service manager
send it) or the end of the terminal (SIGHUP). Pulumi runs in a process group of its own, so that it gets each
signal once, from this process, whether that was sent to this process alone or to all of a terminal; it gets
an interrupt, whichever this process got. After the first one it finishes the resources it is at, after the
second one it stops at once. Where this process is killed, the kernel interrupts Pulumi in its place, which
ends with the resources that it is at, whichever command comes next. Where Pulumi is killed, its plugins end.
The Automation API runs in another thread and notices nothing: interrupted in the midst of its work, it would
close pipes that are read, and print tracebacks.
"""

import errno
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from messages.ending_signal import on_ending_signals
from operate.stack.background import await_end, in_background, result_of

T = TypeVar("T")
_running: set["subprocess.Popen[bytes]"] = set()
_interrupted = threading.Event()
_RUN_BESIDE = Path(__file__).with_name("run_beside.py")
_PATIENCE = 3.0
"""Seconds after which somebody wonders what a command that was ended waits for (choice)."""


def pass_interrupts_on() -> None:
    """Let what runs get the interrupts of this process; a program calls it first."""
    on_ending_signals(_interrupt)


def uninterrupted(work: Callable[[], T]) -> T:
    """Do work in another thread; an interrupt is raised once the work has ended.

    Args:
        work: Work that is done.

    Raises:
        KeyboardInterrupt: An interrupt came, whatever came of the work.
    """
    future = in_background(work)
    try:
        return result_of(future)
    except KeyboardInterrupt:
        await_end([future])
        raise


@contextmanager
def interruptible(
    words: Sequence[str], folder: str, variables: Mapping[str, str], output: int, errors: int
) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a program that gets the interrupts of this process, in a process group of its own.

    It is interrupted as well where this process is killed, or this thread, which must wait for it, has ended.

    Args:
        words: Program and arguments.
        folder: Folder in which it runs.
        variables: Environment of the program.
        output: Descriptor of a file, for its standard output. A pipe would end a program that writes to it
            once this process is killed.
        errors: The same for its standard error.

    Raises:
        OSError: The program cannot be started.
    """
    if shutil.which(words[0], path=variables.get("PATH")) is None:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), words[0])
    with subprocess.Popen(
        [sys.executable, "-I", "-S", _RUN_BESIDE, str(os.getpid()), *words],
        cwd=folder, env=variables, process_group=0, stdin=subprocess.DEVNULL, stdout=output, stderr=errors,
    ) as process:  # fmt: skip
        _running.add(process)
        # The interrupt came before there was a program to take it.
        if _interrupted.is_set():
            process.send_signal(signal.SIGINT)
        try:
            yield process
        finally:
            _running.discard(process)


def _interrupt() -> None:
    if not _interrupted.is_set():
        notice = threading.Timer(_PATIENCE, _explain_wait)
        notice.daemon = True
        notice.start()
    _interrupted.set()
    for process in tuple(_running):
        process.send_signal(signal.SIGINT)


def _explain_wait() -> None:
    # A terminal that has ended takes no line.
    with suppress(OSError):
        if _running:
            sys.stderr.write(
                "operate: Pulumi finishes the resources that it works on, which may take minutes; a second"
                " signal ends it at once\n"
            )

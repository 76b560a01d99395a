"""Runs a program that gets one interrupt where the process that wants it is killed; `interrupts` starts it.

    python -I -S run_beside.py PARENT PROGRAM [ARGUMENT...]

It passes interrupts on, and ends with the program's exit code. The kernel tells it of the end of its parent,
whose number is PARENT, and it interrupts the program. It stands between them because the kernel sends that
signal for each thread of a parent that ends: Pulumi would get several from a process with threads, and stops
at once after the second one. Where the program is killed, what that has started ends as well: plugins of
Pulumi notice nothing for minutes, in which the next command could meet them. It imports little, since it runs
before each call of Pulumi.
"""

import ctypes
import os
import signal
import sys
import time

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
"""linux/prctl.h: the signal that the kernel sends when the parent ends; to be the parent of orphans below."""
_GRACE = 2.0
"""Seconds for which orphans may end by themselves (choice): those that read from the program do at once."""


def _with_parent(number: signal.Signals) -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, number)


def main(parent: int, words: list[str]) -> int:
    """Run the program; its exit code, or 128 and the number of the signal that ended it."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)
    # The first signal of the parent's end waits until there is a program to take it.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    _with_parent(signal.SIGTERM)
    # It may have ended before the kernel was asked.
    if os.getppid() != parent:
        return 1
    number = os.fork()
    if number == 0:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
        _with_parent(signal.SIGINT)
        os.execvp(words[0], words)  # noqa: S606 # the program that the command runs, without a shell

    def interrupt(*_: object) -> None:
        try:  # noqa: SIM105 # contextlib takes its time to load
            os.kill(number, signal.SIGINT)
        except ProcessLookupError:
            pass  # it has ended

    def interrupt_once(*_: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        interrupt()

    signal.signal(signal.SIGINT, interrupt)
    signal.signal(signal.SIGTERM, interrupt_once)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    code = os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])
    if code < 0:
        _end_orphans()
    return code if code >= 0 else 128 - code


def _end_orphans() -> None:
    """Wait for what a killed program has left, and kill what does not end by itself."""
    deadline = time.monotonic() + _GRACE
    while True:
        try:
            ended, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return  # none is left
        if ended:
            continue
        if time.monotonic() > deadline:
            for number in _children():
                os.kill(number, signal.SIGKILL)
        time.sleep(0.02)


def _children() -> list[int]:
    """Return the processes whose parent this is."""
    from pathlib import Path  # takes its time to load

    number = os.getpid()
    return [int(child) for child in Path(f"/proc/{number}/task/{number}/children").read_text().split()]


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))

"""Runs a program that gets one interrupt where the process that wants it is killed; `interrupts` starts it.

    python -I -S run_beside.py PARENT PROGRAM [ARGUMENT...]

It passes interrupts on, and ends with the program's exit code. The kernel kills it with its parent, whose
number is PARENT, and interrupts the program with it. It stands between them because the kernel sends that
signal for each thread of a parent that ends: Pulumi would get several from a process with threads, and stops
at once after the second one. It imports little, since it runs before each call of Pulumi.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
"""linux/prctl.h: the signal that the kernel sends when the parent ends."""


def _with_parent(number: signal.Signals) -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, number)


def main(parent: int, words: list[str]) -> int:
    """Run the program; its exit code, or 128 and the number of the signal that ended it."""
    _with_parent(signal.SIGKILL)
    # It may have ended before the kernel was asked.
    if os.getppid() != parent:
        return 1
    number = os.fork()
    if number == 0:
        _with_parent(signal.SIGINT)
        os.execvp(words[0], words)  # noqa: S606 # the program that the command runs, without a shell
    signal.signal(signal.SIGINT, lambda *_: os.kill(number, signal.SIGINT))
    code = os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))

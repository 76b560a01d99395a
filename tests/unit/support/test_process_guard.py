"""A test of a tier without processes is refused each way of starting one, and is named with its tier."""

import asyncio
import ctypes.util
import os
import pty
import subprocess
from collections.abc import Callable
from contextlib import suppress
from threading import Thread

import pytest

from tests.support.process.guard import ProcessRefusedError, refuse_processes

NODE = "tests/unit/support/test_process_guard.py::test_a"


def fork(how: Callable[[], object]) -> None:
    """Fork; where that is not refused, the child ends instead of running tests."""
    if how() in (0, (0, -1)):
        os._exit(0)


def start_and_go_on() -> None:
    with suppress(BaseException):
        subprocess.run(["true"], check=True)


def start_in_a_thread() -> None:
    thread = Thread(target=start_and_go_on)
    thread.start()
    thread.join()


async def start_asynchronously() -> None:
    await asyncio.create_subprocess_exec("true")


STARTS: dict[str, Callable[[], object]] = {
    "subprocess": lambda: subprocess.run(["true"], check=True),
    "asyncio": lambda: asyncio.run(start_asynchronously()),
    "os.system": lambda: os.system("true"),  # noqa: S605 - refused
    "os.popen": lambda: os.popen("true"),  # noqa: S605 - refused
    "os.posix_spawn": lambda: os.posix_spawn("/bin/true", ["true"], {}),
    "os.execv": lambda: os.execv("/absent/true", ["true"]),  # noqa: S606 - refused
    "os.fork": lambda: fork(os.fork),
    "pty.fork": lambda: fork(pty.fork),
    "a failure that is caught": start_and_go_on,
    "a thread": start_in_a_thread,
}


@pytest.mark.parametrize("start", STARTS.values(), ids=STARTS)
def test_a_process_is_refused_with_the_tier_that_it_belongs_to(start: Callable[[], object]) -> None:
    with pytest.raises(ProcessRefusedError) as refused, refuse_processes(NODE):
        start()
    assert str(refused.value).startswith(f"{NODE} starts a process (")
    assert "same name in tests/process" in str(refused.value)


def test_a_library_that_asks_the_machine_about_itself_is_no_fault_of_the_test() -> None:
    """Trio asks while it is imported, which may be in any test of a client of HTTP."""
    with refuse_processes(NODE):
        assert ctypes.util.find_library("c")


def test_without_a_process_nothing_is_refused() -> None:
    with refuse_processes(NODE):
        assert os.getpid()

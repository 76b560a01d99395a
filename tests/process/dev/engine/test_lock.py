import io
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from dev.engine import lock
from dev.local.environment import CHECKOUT
from harness.waiting import until
from messages.progress import Progress

_HOLDER = """
import sys, time
from pathlib import Path
from dev.engine import lock
with lock.hold(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(tmp_path / "lock")],
        stdout=subprocess.PIPE,
        text=True,
        cwd=CHECKOUT,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_builder_waits_and_a_killed_one_frees_the_lock(
    tmp_path: Path, holder: subprocess.Popen[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(lock, "step", Progress(stream, line_seconds=0.01).step)
    entered = threading.Event()

    def second() -> None:
        with lock.hold(tmp_path / "lock"):
            entered.set()

    thread = threading.Thread(target=second)
    thread.start()
    until(lambda: f"the build of process {holder.pid} ..." in stream.getvalue(), "it says for whom it waits")
    assert not entered.is_set()
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    assert holder.stdout is not None
    holder.stdout.close()
    assert entered.wait(10)
    thread.join()


def test_the_lock_names_who_has_it(tmp_path: Path) -> None:
    with lock.hold(tmp_path / "new" / "lock"):
        assert (tmp_path / "new" / "lock").read_text() == str(os.getpid())
    with lock.hold(tmp_path / "new" / "lock"):
        assert (tmp_path / "new" / "lock").read_text() == str(os.getpid())

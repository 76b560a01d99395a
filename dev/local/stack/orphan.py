"""A Pulumi that outlived the run which started it."""

import time
from pathlib import Path

import psutil

from dev.local.progress import measured
from messages.progress import LINE_SECONDS, report

_NAME = "pulumi"


def _at_work(backend: Path) -> list[psutil.Process]:
    """Return every `pulumi` that works on a backend."""
    processes, url = [], f"file://{backend}"
    for process in psutil.process_iter(["name"]):
        try:
            ours = process.info["name"] == _NAME and process.environ().get("PULUMI_BACKEND_URL") == url
        except psutil.Error:  # it ended, or is somebody else's
            continue
        if ours:
            processes.append(process)
    return processes


def await_orphans(backend: Path, seconds: float = LINE_SECONDS) -> None:
    """Wait until no `pulumi` works on a backend, so that its state and its lock are nobody's.

    Args:
        backend: Folder of the state.
        seconds: Seconds between two reports of what is waited for.
    """
    orphans = _at_work(backend)
    if not orphans:
        return
    numbers = " ".join(str(process.pid) for process in orphans)
    report(
        f"a run that was killed has left its Pulumi at work ({', '.join(map(_describe, orphans))}), which"
        f" ends with the resources that it works on; `kill -INT {numbers}` has it begin no other one, and a"
        " second time ends it at once"
    )
    started_at = time.monotonic()
    with measured("waiting for the Pulumi of a run that was killed"):
        while orphans:
            _, orphans = psutil.wait_procs(orphans, timeout=seconds)
            if orphans:
                names = ", ".join(map(_describe, orphans))
                report(f"{names}: still at work after {time.monotonic() - started_at:.0f} s")


def _describe(process: psutil.Process) -> str:
    """Return what a process is, for people."""
    try:
        words = [word for word in process.cmdline()[1:2] if not word.startswith("-")]
    except psutil.Error:  # it has ended meanwhile
        words = []
    return f"{' '.join([_NAME, *words])}, process {process.pid}"

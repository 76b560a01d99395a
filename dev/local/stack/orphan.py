"""A Pulumi that outlived the run which started it."""

from pathlib import Path

import psutil

from dev.local.progress import measured

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


def await_orphans(backend: Path) -> None:
    """Wait until no `pulumi` works on a backend, so that its state and its lock are nobody's."""
    if orphans := _at_work(backend):
        with measured("waiting for the Pulumi of a run that was killed"):
            psutil.wait_procs(orphans)

"""The supervisor of a registry's container of either generation, which passes on what its processes log."""

from pathlib import Path

from components.registry.container.shape import ContainerFile

_PROCESSES = "/usr/local/bin/registry-processes"
_SOURCE = Path(__file__).resolve().parents[1] / "images" / "registry-processes"

SUPERVISOR = ("/bin/sh", _PROCESSES)
"""What the container runs; lines of shell follow, one for each process."""
SUPERVISOR_FILE = ContainerFile(_PROCESSES, _SOURCE.read_text(), "0555")
REQUIRE_LOG = "if [ -e /tmp/log-blocked ]; then echo 'Docker does not take the log'; exit 1; fi"
"""Command of a shell that fails while the supervisor drops what is logged."""

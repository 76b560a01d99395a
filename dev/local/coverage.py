"""The branch coverage of every package by all tiers but the last one; pyproject.toml holds the bar."""

import os
import sys
import tempfile
from pathlib import Path

from dev.local.process import run
from dev.local.progress import announced
from dev.local.tiers import pytest_command

# What is measured is slower: no process that is killed before it reports, and no test of how soon one starts.
_UNMEASURED = (
    "tests/provider/orders/test_kill_during_create.py",
    "tests/provider/servers/test_virtual_guest.py::test_the_plugin_starts_as_quickly_as_its_libraries_allow",
)


_TIERS = ("unit", "program", "provider", "engine", "cloud")
_WORKERS = 2


def measure_coverage() -> None:
    """Measure the branch coverage of every package, the processes that tests start included.

    Raises:
        LocalError: a test failed, or the coverage is under the bar; the report names the lines.
    """
    coverage_py = [sys.executable, "-m", "coverage"]
    tests = [*(f"tests/{tier}" for tier in _TIERS), *(f"--deselect={test}" for test in _UNMEASURED)]
    with tempfile.TemporaryDirectory(prefix="coverage-") as folder:
        variables = {**os.environ, "COVERAGE_FILE": str(Path(folder) / "data")}
        with announced(f"the tiers {', '.join(_TIERS)}, measured"):
            run([*coverage_py, "run", *pytest_command(_WORKERS, "-q", *tests)[1:]], variables=variables)
        with announced("coverage of every package"):
            run([*coverage_py, "combine", "--quiet"], variables=variables)
            run([*coverage_py, "report"], variables=variables)

"""The branch coverage of every package by all tiers but the last one; pyproject.toml holds the bar."""

import os
import sys
import tempfile
from pathlib import Path

from dev.local.environment import CommandFailedError, LocalError
from dev.local.process import run
from dev.local.progress import announced
from dev.local.testing.tiers import TIERS, pytest_command

# What is measured is slower and loads more: no process that is killed before it reports, no test of how soon
# one starts or of what it loads.
_UNMEASURED = (
    "tests/provider/orders/test_kill_during_create.py",
    "tests/provider/servers/test_virtual_guest.py::test_the_plugin_starts_as_quickly_as_its_libraries_allow",
    "tests/process/operate/cli/test_loaded_modules.py",
)
_UNMEASURED_TIER = "e2e"


def measure_coverage() -> None:
    """Measure the branch coverage of every package, the processes that tests start included.

    A tier with a failed test is measured as well, as far as it came, and the next one runs.

    Raises:
        LocalError: A test failed, or the coverage is under the bar; the report names the lines.
    """
    coverage_py = [sys.executable, "-m", "coverage"]
    left_out = [f"--deselect={test}" for test in _UNMEASURED]
    with tempfile.TemporaryDirectory(prefix="coverage-", ignore_cleanup_errors=True) as folder:
        variables = {**os.environ, "COVERAGE_FILE": str(Path(folder) / "data")}
        failed = []
        # Each in processes of its own, as `make test` has it: Swift patches threads in those of the cloud.
        for tier in (name for name in TIERS if name != _UNMEASURED_TIER):
            tests = pytest_command(TIERS[tier].workers, "-q", f"tests/{tier}", *left_out)
            try:
                with announced(f"tests/{tier}, measured"):
                    run([*coverage_py, "run", *tests[1:]], variables=variables)
            except CommandFailedError:
                failed.append(tier)
            run([*coverage_py, "combine", "--append"], variables=variables)
        with announced("coverage of every package"):
            run([*coverage_py, "report"], variables=variables)
    if failed:
        raise LocalError(f"tests failed: {', '.join(failed)}; the coverage is that of what ran")

"""The branch coverage of the provider by its tests; pyproject.toml holds the bar."""

import os
import sys
import tempfile
from pathlib import Path

from dev.local.process import run
from dev.local.progress import announced

# What is measured is slower: no process that is killed before it reports, and no test of how soon one starts.
_UNMEASURED = (
    "tests/provider/orders/test_kill_during_create.py",
    "tests/provider/servers/test_virtual_guest.py::test_the_plugin_starts_as_quickly_as_its_libraries_allow",
)


def measure_coverage() -> None:
    """Measure the provider's branch coverage, its plugin processes included.

    Raises:
        LocalError: a test failed, or the coverage is under the bar; the report names the lines.
    """
    coverage_py = [sys.executable, "-m", "coverage"]
    tests = ["tests/unit", "tests/program", "tests/provider", *(f"--deselect={test}" for test in _UNMEASURED)]
    with tempfile.TemporaryDirectory(prefix="coverage-") as folder:
        variables = {**os.environ, "COVERAGE_FILE": str(Path(folder) / "data")}
        with announced("tests/unit, tests/program and tests/provider, measured"):
            run(
                [*coverage_py, "run", "-m", "pytest", "-q", "-n", "2", "--dist", "loadgroup", *tests],
                variables=variables,
            )
        with announced("coverage of provider/"):
            run([*coverage_py, "combine", "--quiet"], variables=variables)
            run([*coverage_py, "report"], variables=variables)

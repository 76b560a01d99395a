"""Every check and every test, the fast ones first; each as a developer would call it."""

import os
import sys
import tempfile
from pathlib import Path

from local.environment import CHECKOUT
from local.process import run
from local.progress import step

_TOOLS = Path(sys.executable).parent

# Tier -> workers: what mostly waits, for transactions and machines, runs two files at a time.
_TIERS = {"unit": 1, "provider": 2, "cloud": 2, "engine": 1, "e2e": 2}

# What is measured needs fewer stories than what is proven, and is slower: no process that is killed before it
# tells, and no test of how soon one starts.
_MEASURED_STORIES = "8"
_UNMEASURED = (
    "tests/provider/test_kill_during_create.py",
    "tests/provider/test_virtual_guest.py::test_the_plugin_starts_within_a_second_and_tells_its_schema",
)


def _shell_scripts() -> list[str]:
    folders = ("local", "components", "images", "operate", "policy", "provider", "tests", ".ci")
    files = (file for folder in folders for file in sorted((CHECKOUT / folder).rglob("*")) if file.is_file())
    return [
        str(file.relative_to(CHECKOUT))
        for file in files
        if file.read_bytes()[:20].startswith(b"#!/usr/bin/env bash")
    ]


def check() -> None:
    """Run the linters and the type checker.

    Raises:
        LocalError: one of them found something.
    """
    commands = {
        "ruff check": [str(_TOOLS / "ruff"), "check", "."],
        "ruff format": [str(_TOOLS / "ruff"), "format", "--check", "."],
        "mypy": [str(_TOOLS / "mypy")],
        "import-linter": [str(_TOOLS / "lint-imports"), "--no-cache"],
        "shellcheck": ["shellcheck", *_shell_scripts()],
    }
    for name, command in commands.items():
        with step(name):
            run(command)


def test() -> None:
    """Run the checks, then the tests by tier.

    Raises:
        LocalError: a check or a tier failed.
    """
    check()
    for tier, workers in _TIERS.items():
        with step(f"tests/{tier}"):
            side_by_side = ["-n", str(workers), "--dist", "loadfile"] if workers > 1 else []
            run([sys.executable, "-m", "pytest", "--durations=5", *side_by_side, f"tests/{tier}"])


def coverage() -> None:
    """Measure the provider's branch coverage, its plugin processes included; pyproject.toml holds the bar.

    Raises:
        LocalError: a test failed, or the coverage is under the bar; the report names the lines.
    """
    coverage_py = [sys.executable, "-m", "coverage"]
    tests = ["tests/unit", "tests/provider", *(f"--deselect={test}" for test in _UNMEASURED)]
    with tempfile.TemporaryDirectory(prefix="coverage-") as folder:
        variables = {
            **os.environ,
            "COVERAGE_FILE": str(Path(folder) / "data"),
            "ORDER_RUNS": _MEASURED_STORIES,
        }
        with step("tests/unit and tests/provider, measured"):
            run(
                [*coverage_py, "run", "-m", "pytest", "-q", "-n", "2", "--dist", "loadfile", *tests],
                variables=variables,
            )
        with step("coverage of provider/"):
            run([*coverage_py, "combine", "--quiet"], variables=variables)
            run([*coverage_py, "report"], variables=variables)

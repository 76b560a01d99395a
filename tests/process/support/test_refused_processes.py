"""The conftest of the unit tier fails tests that start a process, by a real pytest."""

import re
import subprocess
import sys
from pathlib import Path

from dev.local.environment import CHECKOUT

MODULE = """\
import subprocess
from contextlib import suppress
import pytest

@pytest.fixture
def set_up():
    subprocess.run(["true"])

@pytest.fixture
def torn_down():
    yield
    subprocess.run(["true"])

def test_starts(): subprocess.run(["true"])
def test_goes_on():
    with suppress(BaseException):
        subprocess.run(["true"])
def test_needs_a_start(set_up): pass
def test_ends_with_a_start(torn_down): pass
def test_starts_none(): pass
"""


def test_each_phase_of_a_unit_test_is_refused_a_process(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text((CHECKOUT / "tests" / "unit" / "conftest.py").read_text())
    (tmp_path / "test_module.py").write_text(MODULE)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-rA", "-p", "no:cacheprovider"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(CHECKOUT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert sorted(re.findall(r"^([A-Z]+) test_module\.py::(\w+)", done.stdout, re.MULTILINE)) == [
        ("ERROR", "test_ends_with_a_start"),
        ("ERROR", "test_needs_a_start"),
        ("FAILED", "test_goes_on"),
        ("FAILED", "test_starts"),
        ("PASSED", "test_ends_with_a_start"),
        ("PASSED", "test_starts_none"),
    ]
    assert "test_module.py::test_starts starts a process (subprocess.Popen ['true'])" in done.stdout
    assert "module of the same name in tests/process" in done.stdout

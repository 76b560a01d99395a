"""How tests are dealt out to workers, by a real pytest-xdist."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from dev.local.environment import CHECKOUT
from dev.local.testing.tiers import pytest_command

CONFTEST = """\
import pytest
from tests.support.schedule import pytest_collection_modifyitems

def pytest_configure(config):
    config.addinivalue_line("markers", "expected_seconds(seconds)")

@pytest.fixture(scope="module")
def server():
    return 1

@pytest.fixture(scope="session")
def cloud():
    return 1
"""
QUICK_MODULE = str(Path("tests", "unit", "test_e.py"))
MODULES = {
    "test_a.py": "def test_quick(cloud): pass\ndef test_alone(): pass\n",
    "test_b.py": "def test_first(server): pass\ndef test_free(): pass\ndef test_second(server): pass\n",
    "test_c.py": (
        "import pytest\npytestmark = pytest.mark.expected_seconds(60)\n"
        "def test_long(server): pass\ndef test_longer(server): pass\n"
    ),
    "test_d.py": "import pytest\n@pytest.mark.expected_seconds(90)\ndef test_longest(): pass\n",
    QUICK_MODULE: (
        "import pytest\ndef test_decision(): pass\n"
        "@pytest.mark.expected_seconds(20)\ndef test_processes(): pass\n"
    ),
}

AUTOUSE_OF_A_MODULE = re.compile(
    r"@pytest\.fixture\((?=[^)]*scope=\"(module|class|package)\")[^)]*autouse=True"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "conftest.py").write_text(CONFTEST)
    for name, text in MODULES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def run(folder: Path, *words: str) -> list[str]:
    """Run a command there; the lines that it prints."""
    variables = {
        "PYTHONPATH": str(CHECKOUT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_PLUGINS": "xdist.plugin",
    }  # fmt: skip
    return subprocess.run(
        words, cwd=folder, env=variables, capture_output=True, text=True, check=True
    ).stdout.splitlines()


def test_the_longest_start_first(folder: Path) -> None:
    lines = run(folder, sys.executable, "-m", "pytest", "--collect-only", "-q")
    names = [line.partition("::")[2] for line in lines if "::" in line]
    assert names == [
        "test_longest", "test_long", "test_longer", "test_processes",
        "test_quick", "test_alone", "test_first", "test_free", "test_second", "test_decision",
    ]  # fmt: skip


def test_what_shares_a_module_fixture_goes_to_one_worker(folder: Path) -> None:
    lines = run(folder, *pytest_command(2, "-v"))
    passed = [match.groups() for line in lines if (match := re.search(r"(gw\d).*PASSED .*::(\S+)", line))]
    workers = {name: worker for worker, name in passed}
    assert len(workers) == 10
    assert workers["test_first@test_b.py"] == workers["test_second@test_b.py"]
    assert workers["test_long@test_c.py"] == workers["test_longer@test_c.py"]
    assert {"test_quick", "test_alone", "test_free", "test_longest"} <= workers.keys()
    # A module of the unit tier goes as a whole, but for what is known to take long.
    assert {f"test_decision@{QUICK_MODULE}", "test_processes"} <= workers.keys()


def test_no_fixture_ties_a_whole_module_unasked() -> None:
    """A fixture of a module that its tests do not name would keep all of them on one worker.

    Those of whole stacks share one in any case.
    """
    modules = (CHECKOUT / "tests").rglob("test_*.py")
    judged = [file for file in modules if "e2e" not in file.relative_to(CHECKOUT).parts]
    assert [str(file) for file in judged if AUTOUSE_OF_A_MODULE.search(file.read_text())] == []

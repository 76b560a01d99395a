"""How tests are dealt out to workers, as a real pytest collects them."""

import subprocess
import sys
from pathlib import Path

from local.environment import CHECKOUT

CONFTEST = """\
import pytest
from tests.support.schedule import EXPECTED_SECONDS, deal_out

def pytest_configure(config):
    config.addinivalue_line("markers", f"{EXPECTED_SECONDS}(seconds)")
    config.addinivalue_line("markers", "xdist_group(name)")

@pytest.fixture(scope="module")
def server():
    return 1

@pytest.fixture(scope="session")
def cloud():
    return 1

def pytest_collection_modifyitems(items):
    deal_out(items)

def pytest_collection_finish(session):
    for item in session.items:
        group = item.get_closest_marker("xdist_group")
        print("item", item.name, group.args[0] if group else "-")
"""
MODULES = {
    "test_a.py": "def test_quick(cloud): pass\ndef test_alone(): pass\n",
    "test_b.py": "def test_first(server): pass\ndef test_free(): pass\ndef test_second(server): pass\n",
    "test_c.py": (
        "import pytest\npytestmark = pytest.mark.expected_seconds(60)\n"
        "def test_long(server): pass\ndef test_longer(server): pass\n"
    ),
    "test_d.py": "import pytest\n@pytest.mark.expected_seconds(90)\ndef test_longest(): pass\n",
}


def test_what_shares_a_module_fixture_stays_together_and_the_longest_start_first(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(CONFTEST)
    for name, text in MODULES.items():
        (tmp_path / name).write_text(text)
    collected = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", "."],
        cwd=tmp_path, env={"PYTHONPATH": str(CHECKOUT)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    items = [line.split()[1:] for line in collected.stdout.splitlines() if line.startswith("item ")]
    assert items == [
        ["test_longest", "-"],
        ["test_long", "test_c.py"],
        ["test_longer", "test_c.py"],
        ["test_quick", "-"],
        ["test_alone", "-"],
        ["test_first", "test_b.py"],
        ["test_free", "-"],
        ["test_second", "test_b.py"],
    ]

"""A stack's outputs by one call of `pulumi`, without the Automation API."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from dev.local.environment import CHECKOUT
from operate.clock import SystemClock
from operate.doctor.probes.stack import StackProbes
from operate.stack.automation.lazy_stack import LazyStack
from operate.stack.automation.outputs import outputs
from operate.stack.automation.stack_output import read_outputs
from operate.stack.facts import Facts
from operate.stack.facts_cache import FactsCache, facts_cache
from operate.stack.operator_key import VARIABLE
from tests.process.operate.stack.automation.scripted_pulumi import make_pulumi
from tests.unit.operate.stack.operate_output import OUTPUT

_READ = """
import sys
from operate.stack.automation.outputs import outputs
assert outputs("prod")["user"] == "docker"
print(*sorted(name for name in sys.modules if name.partition(".")[0] in ("pulumi", "grpc")))
"""


@pytest.fixture
def words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stack with the outputs of a registry."""
    file = tmp_path / "outputs.json"
    file.write_text(json.dumps({"user": "docker", "operate": OUTPUT}))
    return make_pulumi(tmp_path, monkeypatch, f"cat {file}")


def read_facts(folder: Path) -> Facts:
    cache = FactsCache(folder / "cache", "prod", lambda: folder / "outputs.json")
    facts = LazyStack("prod", None, cache, SystemClock(), ()).read_facts()
    assert cache.read() == facts, "what was read is kept"
    return facts


def test_one_call_reads_facts_and_outputs(words: Path, tmp_path: Path) -> None:
    assert [door.name for door in read_facts(tmp_path).doors] == ["dal05-a"]
    assert outputs("prod")["user"] == "docker"
    command = "stack output --json --show-secrets --non-interactive --stack prod"
    assert words.read_text().splitlines() == [command, command]


@pytest.mark.usefixtures("words")
def test_whoever_reads_the_outputs_remembers_the_facts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An adoption of a lost state needs them; `login`, `images` and `doctor` read outputs as well."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv(VARIABLE, str(tmp_path / "outputs.json"))
    outputs("prod")
    assert [door.name for door in remembered_facts().doors] == ["dal05-a"]
    facts_cache("prod").delete()
    probes = StackProbes("prod")
    probes.outputs()
    probes.close()
    assert [door.name for door in remembered_facts().doors] == ["dal05-a"]


def remembered_facts() -> Facts:
    facts = facts_cache("prod").read_deployed()
    assert facts is not None
    return facts


@pytest.mark.usefixtures("words")
def test_the_automation_api_is_not_loaded_for_it() -> None:
    completed = subprocess.run(
        [sys.executable, "-c", _READ], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    assert completed.stdout.split() == []


@pytest.mark.parametrize("script", ["exit 255", "echo no JSON", "echo '[]'"])
def test_whatever_else_is_left_to_the_api(
    script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_pulumi(tmp_path, monkeypatch, script)
    assert read_outputs("prod") is None

"""A swap and its rollback by `operate`, on a live stack."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from local.environment import CHECKOUT, STACK
from tests.e2e.conftest import Registry


@dataclass(frozen=True)
class Operator:
    """Somebody who swaps colours; the stack's file is a copy, since a swap writes to it."""

    registry: Registry
    stack_file: Path

    def operate(self, command: str, *words: str) -> "subprocess.CompletedProcess[str]":
        """Call `python -m operate COMMAND STACK WORDS`."""
        process = self.begin(command, *words)
        told, _ = process.communicate(timeout=400)
        return subprocess.CompletedProcess(process.args, process.returncode, told)

    def begin(self, command: str, *words: str) -> "subprocess.Popen[str]":
        """The same, and go on while it runs."""
        variables = {**self.registry.variables, "OPERATE_CONFIG_FILE": str(self.stack_file)}
        return subprocess.Popen(
            [sys.executable, "-m", "operate", command, STACK, *words],
            cwd=CHECKOUT, env=variables, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip

    def up(self) -> "subprocess.CompletedProcess[str]":
        """Bring the stack to what its file says now."""
        config = yaml.safe_load(self.stack_file.read_text())["config"]
        return self.registry.pulumi("up", "--yes", "--skip-preview", config=config)

    def live(self) -> str:
        """The colour that clients come to."""
        told = self.registry.ssh("dal05-a", "cat /etc/registry-door/live.map").stdout.split()
        return dict(zip(told[::2], told[1::2], strict=True))["modern"]


@pytest.fixture(scope="module")
def operator(registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    stack_file = tmp_path_factory.mktemp("swap") / "Pulumi.local.yaml"
    shutil.copy(registry.environment.stack_file, stack_file)
    made = Operator(registry, stack_file)
    try:
        yield made
    finally:
        if made.live() != "red":
            made.operate("rollback")
        restored = registry.pulumi("up", "--yes", "--skip-preview")
    assert restored.returncode == 0, restored.stdout


def test_a_swap_and_its_rollback(operator: Operator) -> None:
    assert operator.live() == "red"
    done = operator.operate(
        "swap", "--to", "2", "--set", "memory=640", "--bake", "0.1", "--why", "more memory"
    )
    assert done.returncode == 0, done.stdout
    for step in ("lock", "preview", "build", "gate", "shadow", "switch", "drain", "bake", "settle"):
        assert f"{step} ok" in done.stdout
    assert operator.live() == "black"
    agreed = operator.up()
    assert agreed.returncode == 0, agreed.stdout
    assert operator.live() == "black"

    back = operator.operate("rollback", "--why", "a test")
    assert back.returncode == 0, back.stdout
    assert operator.live() == "red"
    history = operator.operate("history").stdout
    assert "rollback to red 1: rolled back; why: a test" in history
    assert "swap red 1 -> black 2: live; why: more memory" in history
    agreed = operator.up()
    assert agreed.returncode == 0, agreed.stdout
    assert operator.live() == "red"


def test_a_release_that_never_gets_well_does_not_go_live(operator: Operator) -> None:
    """Its image does not exist: it is never built, and the live colour serves on."""
    done = operator.operate("swap", "--to", "3", "--set", "baseImage=absent:0", "--why", "bad")
    assert done.returncode != 0
    assert operator.live() == "red"
    back = operator.operate("rollback")
    assert back.returncode == 0, back.stdout
    assert operator.live() == "red"

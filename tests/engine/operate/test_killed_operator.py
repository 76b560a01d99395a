"""A command that is killed takes its Pulumi along, in order: by a real engine."""

import json
import os
import subprocess
import sys
from pathlib import Path

import psutil

from dev.local.environment import CHECKOUT
from harness.waiting import until

STACK = """
import time
from pathlib import Path

import pulumi
from pulumi import dynamic

FOLDER = Path(FOLDER_TEXT)


class Slow(dynamic.ResourceProvider):
    def create(self, inputs):
        (FOLDER / f"{inputs['name']}-began").touch()
        time.sleep(6)
        (FOLDER / f"{inputs['name']}-ended").touch()
        return dynamic.CreateResult(inputs["name"], {})


class Thing(dynamic.Resource):
    def __init__(self, name, opts=None):
        super().__init__(Slow(), name, {"name": name}, opts)


first = Thing("first")
Thing("second", pulumi.ResourceOptions(depends_on=[first]))
"""
OPERATOR = """
import sys
from pathlib import Path
from operate.lock.write_guard import UnavailableLock
from operate.stack.automation.pulumi_stack import PulumiStack
from operate.stack.automation.pulumi_workspace import StackPlace
from operate.clock import SystemClock

stack = PulumiStack(StackPlace("prod", None, Path(sys.argv[1])), SystemClock(), installed=lambda _: ())
with stack.locked(UnavailableLock()):
    stack.restore()
"""


def is_engine(process: psutil.Process) -> bool:
    return process.name() == "pulumi"


def test_what_a_killed_command_leaves_at_work_ends_with_what_it_is_at(backend: Path, tmp_path: Path) -> None:
    folder = tmp_path / "program"
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: softlayer-registry\nruntime: python\nstackConfigDir: stacks\n")
    (folder / "__main__.py").write_text(STACK.replace("FOLDER_TEXT", repr(str(folder))))
    (folder / "stacks").mkdir()
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    variables = {**os.environ, "PATH": path}
    subprocess.run(
        ["pulumi", "stack", "init", "prod"], cwd=folder, env=variables, check=True, capture_output=True
    )
    with subprocess.Popen(
        [sys.executable, "-c", OPERATOR, str(folder)], cwd=CHECKOUT, env=variables, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as operator:  # fmt: skip
        until(lambda: (folder / "first-began").exists() or operator.poll(), "the first resource is made", 90)
        assert operator.poll() is None, operator.communicate()
        (engine,) = (
            each for each in psutil.Process(operator.pid).children(recursive=True) if is_engine(each)
        )
        operator.kill()
    assert not psutil.wait_procs([engine], timeout=60)[1], "its engine has ended"
    assert (folder / "first-ended").exists(), "with what it was at"
    assert not (folder / "second-began").exists(), "and nothing more"
    (state,) = (backend / ".pulumi" / "stacks").rglob("prod.json")
    latest = json.loads(state.read_text())["checkpoint"]["latest"]
    names = [resource["urn"].rpartition("::")[2] for resource in latest["resources"]]
    assert "first" in names, "the state has it"
    assert not latest.get("pending_operations")
    assert not list((backend / ".pulumi" / "locks").rglob("*.json")), "no lock is left"

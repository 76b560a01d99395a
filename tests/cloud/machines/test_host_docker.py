"""A Docker of the host's own keeps its bridge when a dockerd of the project starts beside it."""

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from dev.local.environment import CHECKOUT

pytestmark = pytest.mark.expected_seconds(5)

# In a network namespace of its own, since this machine's `docker0` may be in use.
_SCENARIO = """\
import subprocess, sys
from pathlib import Path

folder = Path(sys.argv[1])

def links():
    return subprocess.run(["ip", "-brief", "link"], capture_output=True, text=True, check=True).stdout

subprocess.run(["ip", "link", "add", "docker0", "type", "bridge"], check=True)
subprocess.run(["ip", "address", "add", "172.17.0.1/16", "dev", "docker0"], check=True)
{daemon}
print(links())
"""
_CLOUD = """
from cloud.machines.engine import Engine
from cloud.machines.layout import Layout
from cloud.machines.network.host_network import bridges
from cloud.processes import Processes

layout = Layout(folder)
processes = Processes(layout.identifier, layout.logs)
try:
    for _ in range(2):
        assert Engine(layout, processes).up()
        processes.stop("dockerd")
    # So `lower_network` deletes it.
    assert layout.default_bridge in bridges(layout), bridges(layout)
finally:
    Engine(layout, processes).down()
"""
_HARNESS = """
from harness.docker_daemon import docker_daemon

before = links()
for _ in range(2):
    with docker_daemon(folder):
        pass
assert len(links().splitlines()) == len(before.splitlines()), links()
"""


@pytest.mark.parametrize("daemon", [_CLOUD, _HARNESS], ids=["cloud", "harness"])
def test_a_dockerd_leaves_the_default_bridge_of_the_host(daemon: str) -> None:
    with tempfile.TemporaryDirectory(prefix="d-") as folder:
        program = [sys.executable, "-c", _SCENARIO.format(daemon=daemon), str(Path(folder).resolve())]
        process = subprocess.run(
            ["unshare", "--net", *program], cwd=CHECKOUT, capture_output=True, text=True, check=False
        )
    assert process.returncode == 0, process.stderr
    assert "docker0" in process.stdout, process.stdout

"""One registry for all end-to-end tests, brought up by the command that the README names."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dev.local.environment import CHECKOUT, Environment
from harness.cloud.machine_host import left_on_host
from harness.stack.account import billed
from harness.stack.live_stack import NOTHING, LiveRegistry, local


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveRegistry]:
    """A verified registry on two machines."""
    state = tmp_path_factory.mktemp("e2e") / "state"
    environment = Environment(state, cloud_port=0)
    try:
        done = local("up", state=state)
        assert done.returncode == 0, done.stdout
        engine = subprocess.run(
            [sys.executable, "-m", "dev.engine", "build"],
            cwd=CHECKOUT,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        ).stdout.splitlines()[-1]
        registry = LiveRegistry(environment, done.stdout, environment.variables(Path(engine)))
        yield registry
        destroyed = registry.pulumi("destroy", "--yes", "--skip-preview")
        assert destroyed.returncode == 0, destroyed.stdout
        assert {name: len(entries) for name, entries in billed(environment).items()} == NOTHING
    finally:
        ended = local("down", "--force", state=state)
    assert ended.returncode == 0, ended.stdout
    assert not state.exists()
    assert left_on_host(environment.cloud) == []

"""A whole stack on the local cloud for a bench: its own, or one that is up already."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dev.local.environment import CHECKOUT, Environment
from harness.stack.live_stack import LiveRegistry, local


@contextmanager
def registry_up(state: Path | None) -> Iterator[LiveRegistry]:
    """Bring a registry up, and down at the end.

    Args:
        state: Folder of an environment that is up and stays so; None makes one.

    Raises:
        RuntimeError: It did not come up.
    """
    with tempfile.TemporaryDirectory(prefix="bt") as folder:
        environment = Environment(state or Path(folder) / "state", cloud_port=0)
        try:
            if state is None:
                done = local("up", state=environment.state)
                if done.returncode != 0:
                    raise RuntimeError(f"the stack did not come up: {done.stdout[-2000:]}")
            built = subprocess.run(
                [sys.executable, "-m", "dev.engine", "build"],
                cwd=CHECKOUT, stdout=subprocess.PIPE, text=True, check=True,
            )  # fmt: skip
            yield LiveRegistry(environment, "", environment.variables(Path(built.stdout.splitlines()[-1])))
        finally:
            if state is None:
                local("down", "--force", state=environment.state)

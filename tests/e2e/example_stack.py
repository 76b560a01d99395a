"""A stack of a test's own, beside the one of all tests."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from local.environment import CHECKOUT
from tests.cloud.door_load import Client
from tests.e2e.conftest import Registry


class ExampleStack:
    """A stack of its own, in a backend of its own, on the cloud of the tests' registry.

    Attributes:
        file: its settings.
        variables: the process environment for Pulumi.
        seconds: for which one call of Pulumi may take.
    """

    def __init__(self, registry: Registry, folder: Path, text: str, seconds: float = 300) -> None:
        self.seconds = seconds
        self.file = folder / "Pulumi.example.yaml"
        self.file.write_text(text)
        backend, project = folder / "backend", folder / "project"
        backend.mkdir()
        self.variables = {**registry.variables, "PULUMI_BACKEND_URL": f"file://{backend}"}
        (project / "stacks").mkdir(parents=True)
        (project / "Pulumi.yaml").write_bytes((CHECKOUT / "Pulumi.yaml").read_bytes())
        made = self._pulumi("stack", "init", "example", "--cwd", str(project))
        assert made.returncode == 0, made.stdout

    def _pulumi(self, *words: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            ["pulumi", *words, "--non-interactive"],
            cwd=CHECKOUT, env={**self.variables, **variables}, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=self.seconds, check=False,
        )  # fmt: skip

    def act(self, *words: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        """Preview, put up or destroy it, with further variables of the process environment."""
        return self._pulumi(*words, "--stack", "example", "--config-file", str(self.file), **variables)

    def operate(self, command: str, *words: str) -> "subprocess.CompletedProcess[str]":
        """Call `python -m operate COMMAND STACK WORDS`; what it remembers is in the test's folder."""
        own = {"XDG_STATE_HOME": str(self.file.parent / "home"), "OPERATE_CONFIG_FILE": str(self.file)}
        return subprocess.run(
            [sys.executable, "-m", "operate", command, "example", *words],
            cwd=CHECKOUT, env={**self.variables, **own}, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=400, check=False,
        )  # fmt: skip

    def client(self) -> Client:
        """The registry's first user, on this machine."""
        told = self.outputs(secrets=True)
        place = urlsplit(str(told["endpoint"]))
        assert place.hostname
        assert place.port
        authority, user = str(told["certificateAuthority"]), f"{told['user']}:{told['password']}"
        return Client(place.hostname, place.port, authority, user)

    def outputs(self, *, secrets: bool = False) -> dict[str, object]:
        """The outputs, secrets masked unless they are wanted."""
        words = ("--show-secrets",) if secrets else ()
        told = self._pulumi("stack", "output", "--json", "--stack", "example", *words).stdout
        found: dict[str, object] = json.loads(told)
        return found


@contextmanager
def standing(stack: ExampleStack) -> Iterator[None]:
    """Up at the beginning, gone at the end."""
    try:
        done = stack.act("up", "--yes", "--skip-preview")
        assert done.returncode == 0, done.stdout
        yield
    finally:
        ended = stack.act("destroy", "--yes", "--skip-preview")
    assert ended.returncode == 0, ended.stdout

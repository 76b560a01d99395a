"""A stack of one server, driven by the real CLI."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dev.local.environment import CHECKOUT
from harness.cloud.running_api import RunningApi

PROJECT = f"""\
name: kills
runtime: python
plugins:
  providers:
    - name: softlayer
      path: {CHECKOUT / "provider"}
"""
PROGRAM = """\
import json
import os

import pulumi
import pulumi_softlayer as softlayer

guest = softlayer.VirtualGuest("web", **json.loads(os.environ["GUEST"]))
pulumi.export("id", guest.guest_id)
"""
GUEST: dict[str, Any] = {
    "hostname": "web",
    "domain": "example.com",
    "datacenter": "dal05",
    "os_code": "UBUNTU_22_64",
    "cpus": 1,
    "memory": 1024,
    "tags": ["a"],
    "probe_ssh": False,
}
SECONDS = 120


def engine_path() -> str:
    """The folder of the engine's programs; built where they are missing."""
    result = subprocess.run(
        [sys.executable, "-m", "dev.engine", "build"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )
    return result.stdout.strip().splitlines()[-1]


@dataclass
class Stack:
    """One stack in a backend of its own folder.

    Attributes:
        folder: holds program, backend and Pulumi's home.
        name: the stack's.
        api: the cloud it orders from.
        engine: the folder of the engine's programs.
        guest: the server's arguments.
        source: the program.
        variables: further variables of the CLI's environment.
    """

    folder: Path
    name: str
    api: RunningApi
    engine: str
    guest: dict[str, Any] = field(default_factory=lambda: dict(GUEST))
    source: str = PROGRAM
    variables: dict[str, str] = field(default_factory=dict)

    def create(self) -> None:
        """Write the program and make the stack."""
        program = self.folder / "program"
        program.mkdir(parents=True, exist_ok=True)
        (self.folder / "backend").mkdir(exist_ok=True)
        (program / "Pulumi.yaml").write_text(PROJECT)
        (program / "__main__.py").write_text(self.source)
        self.run("stack", "init", self.name)

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start the CLI."""
        return subprocess.Popen(
            ["pulumi", *words, "--non-interactive"],
            cwd=self.folder / "program",
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *words: str, good: bool = True) -> str:
        """Run the CLI to its end and return what it printed; fails unless it ended as expected."""
        process = self.start(*words)
        printed, _ = process.communicate(timeout=SECONDS)
        assert (process.returncode == 0) is good, printed
        return printed

    def up(self, *words: str, good: bool = True) -> str:
        """`pulumi up` without preview."""
        return self.run("up", "--yes", "--skip-preview", "--stack", self.name, *words, good=good)

    def recorded(self) -> dict[str, dict[str, Any]]:
        """The resources in the state by type, as the backend's file has them."""
        file = self.folder / "backend" / ".pulumi" / "stacks" / "kills" / f"{self.name}.json"
        latest = json.loads(file.read_text())["checkpoint"].get("latest") or {}
        return {
            resource["type"]: resource
            for resource in latest.get("resources", ())
            if not resource.get("delete")
        }

    @property
    def locked(self) -> bool:
        """Whether a killed CLI left its lock."""
        return any((self.folder / "backend" / ".pulumi" / "locks").rglob("*.json"))

    def _environment(self) -> dict[str, str]:
        return {
            **{
                key: value
                for key, value in os.environ.items()
                if not key.startswith(("PULUMI_", "SL_", "SOFTLAYER_"))
            },
            "PATH": os.pathsep.join([self.engine, str(Path(sys.executable).parent), os.environ["PATH"]]),
            "PYTHONPATH": str(CHECKOUT),
            "PULUMI_HOME": str(self.folder / "home"),
            "PULUMI_BACKEND_URL": f"file://{self.folder / 'backend'}",
            "PULUMI_CONFIG_PASSPHRASE": "not a secret",
            "PULUMI_SKIP_UPDATE_CHECK": "1",
            "XDG_STATE_HOME": str(self.folder / "state"),
            "SL_USERNAME": self.api.username,
            "SL_API_KEY": self.api.api_key,
            "SL_ENDPOINT_URL": self.api.xmlrpc,
            "GUEST": json.dumps(self.guest),
            **self.variables,
        }

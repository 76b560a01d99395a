"""A live stack on the local cloud, brought up by the command that the README names."""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from components.registry.door_colours import REPLACE_LIVE
from dev.local.environment import CHECKOUT, STACK, Environment

UP_SECONDS = 1800
_REFUSED = "would be replaced under its clients"
NOTHING = {"guests": 0, "object storage": 0, "SSH keys": 0, "billing items": 0}


@dataclass(frozen=True)
class LiveRegistry:
    """A running environment: where it is, what `up` printed, and the process environment for Pulumi."""

    environment: Environment
    printed: str
    variables: Mapping[str, str]

    def pulumi(
        self,
        *words: str,
        config: Mapping[str, object] | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Call Pulumi on the stack, with its settings changed by `config` for this call."""
        stack_settings = yaml.safe_load(self.environment.stack_file.read_text())
        stack_settings["config"] |= config or {}
        changed = self.environment.state / "changed.yaml"
        changed.write_text(yaml.safe_dump(stack_settings, sort_keys=False))
        return subprocess.run(
            ["pulumi", *words, "--stack", STACK, "--non-interactive", "--config-file", str(changed)],
            cwd=CHECKOUT,
            env={**self.variables, **(variables or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=600,
            check=False,
        )

    def restore(self) -> None:
        """Bring the stack to what its file says, the live container too, and leave no trace."""
        done = self.pulumi("up", "--yes", "--skip-preview")
        if done.returncode != 0 and _REFUSED in done.stdout:
            done = self.pulumi("up", "--yes", "--skip-preview", variables={REPLACE_LIVE: "red"})
        if done.returncode != 0:
            # A test that has failed must not take with it all that come after it.
            self.pulumi("refresh", "--yes", "--skip-preview")
            done = self.pulumi("up", "--yes", "--skip-preview")
        assert done.returncode == 0, done.stdout

    def stack(self, *words: str) -> str:
        """Call `pulumi stack` and return what it printed."""
        return subprocess.run(
            ["pulumi", "stack", *words, "--stack", STACK],
            cwd=CHECKOUT,
            env=self.variables,
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    def outputs(self) -> dict[str, object]:
        """Return the stack's outputs, secrets readable."""
        outputs: dict[str, object] = json.loads(self.stack("output", "--json", "--show-secrets"))
        return outputs

    def resources(self, kind: str) -> list[dict[str, object]]:
        """Return the outputs of the stack's resources of one type, secrets readable."""
        exported = json.loads(self.stack("export", "--show-secrets"))["deployment"]["resources"]
        return [
            {key: _plain(value) for key, value in resource["outputs"].items()}
            for resource in exported
            if resource["type"] == kind
        ]

    def live(self, address: str) -> dict[str, str]:
        """Return the colour that is live by generation, as the doors of a server have it."""
        live_map = self.ssh_to(address, "cat /etc/registry-door/live.map").stdout.split()
        return dict(zip(live_map[::2], live_map[1::2], strict=True))

    def address(self, server: str) -> str:
        """Return where a server is reached."""
        servers = self.outputs()["servers"]
        assert isinstance(servers, dict)
        return str(servers[server]["address"])

    def ssh(self, server: str, command: str) -> subprocess.CompletedProcess[str]:
        """Run a command on a server of this stack."""
        return self.ssh_to(self.address(server), command)

    def ssh_to(
        self,
        address: str,
        *command: str,
        stdin_payload: str = "",
        seconds: float = 120,
        key: Path | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command on a server by SSH with a key, the operator's by default."""
        options = (
            "-o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR"
        )
        opener = str(key or self.environment.ssh_key)
        return subprocess.run(
            ["ssh", *options.split(), "-i", opener, f"root@{address}", *command],
            input=stdin_payload, capture_output=True, text=True, timeout=seconds, check=False,
        )  # fmt: skip


def _plain(value: object) -> object:
    """Take a value out of the envelope in which an export shows secrets."""
    if isinstance(value, dict) and "plaintext" in value:
        return json.loads(value["plaintext"])
    return value


def made_image(name: str) -> Path:
    """Make one of the images that stacks are built from, or find it in the cache."""
    output = subprocess.run(
        [sys.executable, "-m", "dev.images", name],
        cwd=CHECKOUT, stdout=subprocess.PIPE, text=True, check=True,
    ).stdout  # fmt: skip
    return Path(output.splitlines()[-1])


def local(*words: str, state: Path) -> subprocess.CompletedProcess[str]:
    """Call `python -m dev.local` as the Makefile does, in a state folder of the test's own."""
    return subprocess.run(
        [sys.executable, "-m", "dev.local", words[0], "--state", str(state), "--port", "0", *words[1:]],
        cwd=CHECKOUT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=UP_SECONDS,
        check=False,
    )

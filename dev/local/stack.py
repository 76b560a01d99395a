"""The stack `local`: `pulumi up` and `pulumi destroy` as an operator would call them."""

import json
import tempfile
from pathlib import Path

import yaml

from dev.local.environment import CHECKOUT, STACK, Environment
from dev.local.orphan import await_orphans
from dev.local.process import run
from dev.local.progress import measured


class Stack:
    """One environment's stack.

    Args:
        environment: where everything is.
        engine: the folder with `pulumi`.
    """

    def __init__(self, environment: Environment, engine: Path) -> None:
        self._environment = environment
        self._variables = environment.variables(engine)

    def _pulumi(self, *words: str, capture: bool = False) -> str:
        command = ["pulumi", *words, "--non-interactive"]
        return run(command, variables=self._variables, capture=capture)

    def _act(self, verb: str, *words: str) -> None:
        await_orphans(self._environment.backend)
        self._break_lock()
        config = ["--stack", STACK, "--config-file", str(self._environment.stack_file)]
        self._pulumi(verb, "--yes", "--skip-preview", *config, *words)

    def _break_lock(self) -> None:
        # A killed run leaves its lock behind; we hold the environment's, so nobody else is at work.
        if any((self._environment.backend / ".pulumi" / "locks").rglob("*.json")):
            self._pulumi("cancel", "--yes", "--stack", STACK)

    def exists(self) -> bool:
        """Whether the stack is known to the backend."""
        listed = json.loads(self._pulumi("stack", "ls", "--json", capture=True))
        return any(str(stack["name"]).split("/")[-1] == STACK for stack in listed)

    def _write_stack_file(self) -> None:
        target = self._environment.stack_file
        kept = yaml.safe_load(target.read_text()) if target.exists() else {}
        content = yaml.safe_load((CHECKOUT / "stacks" / f"Pulumi.{STACK}.yaml").read_text())
        content["config"] |= {
            "softlayer:endpointUrl": self._environment.credentials()["endpoint_xmlrpc"],
            "softlayer-registry:registryBaseArchive": str(self._environment.base_archive),
        }
        salt = {key: kept[key] for key in ("encryptionsalt",) if key in kept}
        target.write_text(yaml.safe_dump(content | salt, sort_keys=False))

    def _create(self) -> None:
        # In a folder of its own, since `stack init` writes a stack file beside the project's.
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "Pulumi.yaml").write_bytes((CHECKOUT / "Pulumi.yaml").read_bytes())
            (Path(folder) / "stacks").mkdir()
            self._pulumi("stack", "init", STACK, "--cwd", folder)

    def up(self) -> dict[str, object]:
        """Bring the stack up and return its outputs, secrets masked."""
        if not self.exists():
            self._create()
        self._write_stack_file()
        with measured("pulumi up"):
            self._act("up")
        outputs: dict[str, object] = json.loads(
            self._pulumi("stack", "output", "--json", "--stack", STACK, capture=True)
        )
        return outputs

    def destroy(self) -> None:
        """Destroy what the stack holds and forget it; nothing to do where it does not exist."""
        if not self.exists():
            return
        self._write_stack_file()
        with measured("pulumi destroy"):
            self._act("destroy")
        self._pulumi("stack", "rm", "--yes", "--preserve-config", "--stack", STACK)

"""The stack `local`: `pulumi up` and `pulumi destroy` as an operator would call them."""

import json
import tempfile
from pathlib import Path

from dev.local.environment import CHECKOUT, STACK, Environment
from dev.local.process import follow, run
from dev.local.progress import measured
from dev.local.stack.orphan import await_orphans
from dev.local.stack.pulumi_output import PulumiOutput
from dev.local.stack.stack_file import StackFile
from messages.progress import PROGRESS, report


class Stack:
    """One environment's stack.

    Args:
        environment: where everything is.
        engine: the folder with `pulumi`.
    """

    def __init__(self, environment: Environment, engine: Path) -> None:
        self._environment = environment
        self._variables = environment.variables(engine)
        self._file = StackFile(environment)

    def _pulumi(self, *words: str, capture: bool = False) -> str:
        command = ["pulumi", *words, "--non-interactive"]
        return run(command, variables=self._variables, capture=capture)

    def _act(self, verb: str) -> None:
        await_orphans(self._environment.backend)
        self._break_lock()
        place = ["--stack", STACK, "--config-file", str(self._environment.stack_file)]
        # The operator gets the outputs that matter as the next steps.
        quiet = ["--suppress-outputs", "--suppress-progress", "--color", "never"]
        command = ["pulumi", verb, "--yes", "--skip-preview", *place, *quiet, "--non-interactive"]
        with measured(f"pulumi {verb}") as rename:
            output = PulumiOutput(rename, f"pulumi {verb}")
            try:
                follow(command, self._environment.pulumi_log, output.take_line, self._variables)
            finally:
                if output.summary:
                    PROGRESS.write_line(output.summary)

    def _break_lock(self) -> None:
        # A killed run leaves its lock behind; we hold the environment's, so nobody else is at work.
        if any((self._environment.backend / ".pulumi" / "locks").rglob("*.json")):
            self._pulumi("cancel", "--yes", "--stack", STACK)

    def exists(self) -> bool:
        """Whether the stack is known to the backend."""
        listed = json.loads(self._pulumi("stack", "ls", "--json", capture=True))
        return any(str(stack["name"]).split("/")[-1] == STACK for stack in listed)

    def _refresh_stack_file(self) -> None:
        for name, value in self._file.outdated_settings().items():
            # By Pulumi, which leaves the operator's comments where they are.
            place = ["--stack", STACK, "--config-file", str(self._environment.stack_file)]
            self._pulumi("config", "set", *place, name, value)

    def _create(self) -> None:
        # In a folder of its own, since `stack init` writes a stack file beside the project's.
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "Pulumi.yaml").write_bytes((CHECKOUT / "Pulumi.yaml").read_bytes())
            (Path(folder) / "stacks").mkdir()
            self._pulumi("stack", "init", STACK, "--cwd", folder, capture=True)

    def prepare(self) -> None:
        """Make the stack and its file where they do not exist; a file that exists is kept."""
        if not self.exists():
            self._create()
        if not self._file.write_first():
            self._refresh_stack_file()
            if self._file.has_changed_origin():
                report(
                    f"stacks/Pulumi.{STACK}.yaml has changed since this environment began, whose own file"
                    f" {self._environment.stack_file} is used; to begin anew: make down, make up"
                )

    def up(self) -> dict[str, object]:
        """Bring the stack up and return its outputs, secrets masked."""
        self.prepare()
        self._act("up")
        outputs: dict[str, object] = json.loads(
            self._pulumi("stack", "output", "--json", "--stack", STACK, capture=True)
        )
        return outputs

    def destroy(self) -> None:
        """Destroy what the stack holds and forget it; nothing to do where it does not exist."""
        if not self.exists():
            return
        if not self._file.write_first():
            self._refresh_stack_file()
        self._act("destroy")
        self._pulumi("stack", "rm", "--yes", "--preserve-config", "--stack", STACK, capture=True)

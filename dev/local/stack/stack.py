"""The stack `local`: `pulumi up` and `pulumi destroy` as an operator would call them."""

import json
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dev.local.environment import CHECKOUT, STACK, CommandFailedError, Environment, ProtectedError
from dev.local.process import follow, run
from dev.local.progress import measured
from dev.local.stack.orphan import await_orphans
from dev.local.stack.pulumi_output import PulumiOutput
from dev.local.stack.stack_file import StackFile
from dev.local.stack.state import move_endpoint
from messages.progress import PROGRESS, report


@dataclass(frozen=True)
class Deployment:
    """What came of a `pulumi up`.

    Attributes:
        outputs: Outputs of the stack, secrets masked.
        is_verified: Whether an image was pushed and pulled.
        operation: Operation of `operate` that is under way, as `operate status --json` has it; None where
            none is.
    """

    outputs: Mapping[str, object]
    is_verified: bool = True
    operation: Mapping[str, object] | None = None

    @property
    def description(self) -> str:
        """The outcome for people."""
        if self.is_verified:
            return "verified: an image was pushed, pulled on another server, and seen in the object storage"
        text = (
            "not verified again: nothing that a push and a pull use was changed;"
            f" `bin/operate doctor {STACK}` checks what is up"
        )
        if self.operation is None:
            return text
        kind, release, resume, undo = (
            self.operation.get(name) for name in ("kind", "release", "resume", "undo")
        )
        text = f"{text}. A {kind} of release {release} is not finished: `bin/{resume}` resumes it"
        return f"{text}, `bin/{undo}` undoes it" if undo else text


class Stack:
    """One environment's stack.

    Args:
        environment: Environment with all folders and ports.
        engine: The folder with `pulumi`.
    """

    def __init__(self, environment: Environment, engine: Path) -> None:
        self._environment = environment
        self._variables = environment.variables(engine)
        self._file = StackFile(environment)

    def _pulumi(self, *words: str, capture: bool = False) -> str:
        command = ["pulumi", *words, "--non-interactive"]
        return run(command, variables=self._variables, capture=capture)

    def _act(self, verb: str) -> PulumiOutput:
        place = ["--stack", STACK, "--config-file", str(self._environment.stack_file)]
        # The operator gets the outputs that matter as the next steps.
        quiet = ["--suppress-outputs", "--suppress-progress", "--color", "never"]
        command = ["pulumi", verb, "--yes", "--skip-preview", *place, *quiet, "--non-interactive"]
        with measured(f"pulumi {verb}") as rename:
            output = PulumiOutput(rename, f"pulumi {verb}")
            try:
                follow(command, self._environment.pulumi_log, output.take_line, self._variables)
            except CommandFailedError as error:
                if output.is_protected:
                    raise ProtectedError(str(error)) from None
                raise
            finally:
                if output.summary:
                    PROGRESS.write_line(output.summary)
        return output

    def _take_over(self) -> None:
        """Wait for the Pulumi of a killed run, and break the lock that one leaves behind."""
        await_orphans(self._environment.backend)
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

    def up(self) -> Deployment:
        """Bring the stack up."""
        self.prepare()
        self._take_over()
        output = self._act("up")
        outputs: dict[str, object] = json.loads(
            self._pulumi("stack", "output", "--json", "--stack", STACK, capture=True)
        )
        if output.has_verified:
            return Deployment(outputs)
        return Deployment(outputs, is_verified=False, operation=self._read_operation())

    def _read_operation(self) -> Mapping[str, object] | None:
        """Return what `operate` has under way on the stack; None where that is nothing, or not known."""
        command = [sys.executable, "-m", "operate", "status", STACK, "--json", "--config-file"]
        try:
            printed = run(
                [*command, str(self._environment.stack_file)], variables=self._variables, capture=True
            )
            operation = json.loads(printed)["swap"]
        except (CommandFailedError, KeyError, TypeError, ValueError):
            return None
        return operation if isinstance(operation, Mapping) else None

    def _move_endpoint(self) -> None:
        state = json.loads(self._pulumi("stack", "export", "--stack", STACK, capture=True))
        if move_endpoint(state, self._environment.credentials()["endpoint_xmlrpc"]):
            file = self._environment.state / "pulumi" / "moved.json"
            file.write_text(json.dumps(state))
            self._pulumi("stack", "import", "--stack", STACK, "--file", str(file), capture=True)
            file.unlink()

    def destroy(self) -> None:
        """Destroy what the stack holds and forget it; nothing to do where it does not exist.

        Raises:
            ProtectedError: The stack is protected; nothing was deleted.
        """
        if not self.exists():
            return
        if not self._file.write_first():
            self._refresh_stack_file()
        self._take_over()
        self._move_endpoint()
        self._act("destroy")
        self._pulumi("stack", "rm", "--yes", "--preserve-config", "--stack", STACK, capture=True)

"""Where a stack is, and how Pulumi's Automation API is held to it: one stack file, few questions."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pulumi import automation

from operate.stack.stack_file import PROGRAM, stack_file_of

_WITH_FILE = frozenset({"config", "preview", "refresh", "up"})


class FileCommand(automation.PulumiCommand):
    """`pulumi` with a stack file elsewhere: --config-file, which the API gives to `up` and `preview` alone.

    Args:
        file: the stack's file; None is the one that Pulumi finds by itself.
    """

    def __init__(self, file: Path | None) -> None:
        super().__init__()
        self._file = file

    @contextmanager
    def on(self, file: Path) -> Iterator[None]:
        """Take another stack file for a while: `pulumi` asks a version and selects a stack once for both."""
        before, self._file = self._file, file
        try:
            yield
        finally:
            self._file = before

    def run(
        self,
        args: list[str],
        cwd: str,
        additional_env: Mapping[str, str],
        on_output: automation.OnOutput | None = None,
        on_error: automation.OnOutput | None = None,
    ) -> automation.CommandResult:
        """Run a command."""
        takes_file = self._file is not None and args[0] in _WITH_FILE
        file = ["--config-file", str(self._file)] if takes_file else []
        return super().run([args[0], *file, *args[1:]], cwd, additional_env, on_output, on_error)


class _Workspace(automation.LocalWorkspace):
    """A workspace that asks for outputs once; the API asks a second time, to learn which are secret."""

    def stack_outputs(self, stack_name: str) -> automation.OutputMap:
        """Return a stack's outputs, readable; all count as secret."""
        words = ["stack", "output", "--json", "--show-secrets", "--stack", stack_name]
        completed = self.pulumi_command.run(words, self.work_dir, self.env_vars)
        return {
            name: automation.OutputValue(value=value, secret=True)
            for name, value in json.loads(completed.stdout).items()
        }

    def export_stack(self, stack_name: str) -> automation.Deployment:
        """Return a stack's state, secrets encrypted; the API shows them, and writes a stack file for that."""
        words = ["stack", "export", "--stack", stack_name]
        exported = json.loads(self.pulumi_command.run(words, self.work_dir, self.env_vars).stdout)
        return automation.Deployment(exported["version"], exported["deployment"])


@dataclass(frozen=True)
class StackPlace:
    """Where a stack is.

    Attributes:
        environment: its name.
        config_file: its file; None is `stacks/Pulumi.ENVIRONMENT.yaml`.
        program: folder with Pulumi.yaml.
    """

    environment: str
    config_file: Path | None = None
    program: Path = PROGRAM

    @property
    def file(self) -> Path:
        """The stack's file."""
        return stack_file_of(self.environment, self.config_file, self.program)


def select_stack(place: StackPlace, command: automation.PulumiCommand) -> automation.Stack:
    """Select a stack in its backend.

    Args:
        place: Place of the stack.
        command: Runs `pulumi`.
    """
    workspace = _Workspace(work_dir=str(place.program), pulumi_command=command)
    return automation.Stack.select(place.environment, workspace)

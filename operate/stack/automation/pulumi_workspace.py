"""Where a stack is, and how Pulumi's Automation API is held to it: one stack file, few questions."""

import json
import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from pulumi import automation
from pulumi.automation._stack import StackInitMode
from pulumi.automation.errors import create_command_error
from semver import VersionInfo

from operate.stack.background import in_background
from operate.stack.config.stack_file import PROGRAM, stack_file_of
from operate.stack.process.interrupts import interruptible
from operate.stack.question_copy import copied_stack_file

# The API warns of an engine that was killed, and of events that it cannot read, with what is in them.
# Commands say themselves how Pulumi ended.
warnings.filterwarnings("ignore", module=r"pulumi\.automation\._stack")

_NO_UPDATE_CHECK, _API = "PULUMI_SKIP_UPDATE_CHECK", "PULUMI_AUTOMATION_API"
_WITH_FILE = frozenset({"config", "preview", "refresh", "up"})
_EDITS = frozenset({"rm", "rm-all", "set", "set-all"})
"""Of `pulumi config`."""


@dataclass(frozen=True)
class StackPlace:
    """Where a stack is.

    Attributes:
        environment: Name of the environment.
        config_file: Path of the stack file; None is `stacks/Pulumi.ENVIRONMENT.yaml`.
        program: Folder with Pulumi.yaml.
    """

    environment: str
    config_file: Path | None = None
    program: Path = PROGRAM

    @property
    def file(self) -> Path:
        """The stack's file."""
        return stack_file_of(self.environment, self.config_file, self.program)


class FileCommand(automation.PulumiCommand):
    """`pulumi` with a stack file elsewhere: --config-file, which the API gives to `up` and `preview` alone.

    A command that changes nothing gets a copy of the file, into which Pulumi may write another salt. The
    version is checked beside the first command, which fails where the version is too old.

    Args:
        place: Place of the stack.
    """

    def __init__(self, place: StackPlace) -> None:
        self.command = "pulumi"
        self._place = place
        self._copy: Path | None = None
        self._version_check = in_background(super().__init__)

    @property
    def version(self) -> VersionInfo | None:
        """The version of `pulumi`, once it has answered."""
        self._version_check.result()
        return self._version

    @version.setter
    def version(self, version: VersionInfo | None) -> None:
        self._version = version

    @contextmanager
    def on_copy(self, text: str | None = None) -> Iterator[None]:
        """Take a copy of the stack's file for a while, which may be edited.

        Args:
            text: Text of the copy; None is that of the file.
        """
        with copied_stack_file(self._place.file) as self._copy:
            try:
                if text is not None:
                    self._copy.write_text(text)
                yield
            finally:
                self._copy = None

    def run(
        self,
        args: list[str],
        cwd: str,
        additional_env: Mapping[str, str],
        on_output: automation.OnOutput | None = None,
        on_error: automation.OnOutput | None = None,
    ) -> automation.CommandResult:
        """Run a command.

        Raises:
            InvalidVersionError: `pulumi` is too old.
            CommandError: The command failed.
        """
        # Else each command would wait for pulumi.com at its end.
        variables = {**os.environ, _NO_UPDATE_CHECK: "true", **additional_env, _API: "true"}
        try:
            with self._file_for(args) as file:
                option = ["--config-file", str(file)] if file else []
                words = [self.command, "--non-interactive", args[0], *option, *args[1:]]
                result = _run_program(words, cwd, variables, on_output, on_error)
        finally:
            self._version_check.result()
        if result.code:
            raise create_command_error(result)
        return result

    @contextmanager
    def _file_for(self, args: Sequence[str]) -> Iterator[Path | None]:
        """Lend the stack file for a command; None is the one that Pulumi finds by itself."""
        if args[0] not in _WITH_FILE:
            yield None
        elif self._copy is not None or not is_question(args):
            yield self._copy or self._place.config_file
        else:
            with copied_stack_file(self._place.file) as copy:
                yield copy


def is_question(args: Sequence[str]) -> bool:
    """Return whether a command of `pulumi` that takes a stack file changes nothing; pure.

    Args:
        args: Arguments of the command, without `pulumi`.
    """
    match args:
        case ["config", action, *_]:
            return action not in _EDITS
        case ["refresh", *options]:
            return "--preview-only" in options
    return args[0] != "up"


def _run_program(
    words: Sequence[str],
    folder: str,
    variables: Mapping[str, str],
    on_output: automation.OnOutput | None,
    on_error: automation.OnOutput | None,
) -> automation.CommandResult:
    """Run a program as the API does, but so that it gets the interrupts of this process.

    What it prints, secrets among it, is in memory alone, and given to listeners at its end.
    """
    with _memory_file() as output, _memory_file() as errors:
        with interruptible(words, folder, variables, output.fileno(), errors.fileno()) as process:
            code = process.wait()
        return automation.CommandResult(_read_lines(output, on_output), _read_lines(errors, on_error), code)


def _memory_file() -> IO[str]:
    return os.fdopen(os.memfd_create("pulumi"), "r+", encoding="utf-8", errors="replace")


def _read_lines(stream: IO[str], listen: automation.OnOutput | None) -> str:
    stream.seek(0)
    lines = []
    for line in stream:
        lines.append(line.rstrip())
        if listen is not None:
            listen(lines[-1])
    return "\n".join(lines)


class _Workspace(automation.LocalWorkspace):
    """A workspace that asks for outputs once; the API asks a second time, to learn which are secret."""

    def select_stack(self, stack_name: str) -> None:
        """Do nothing: each command names its stack, and which one the operator has selected stays."""

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


class _Stack(automation.Stack):
    """A stack of which nothing is asked when an update has ended: its events have shown what it did.

    The API would read the outputs and the history, which takes two more calls of Pulumi.
    """

    def outputs(self) -> automation.OutputMap:
        """Return nothing; the workspace reads the outputs."""
        return {}

    def info(self, show_secrets: bool = True) -> automation.UpdateSummary:
        """Return a summary without content; the history has the real one."""
        return automation.UpdateSummary("", datetime.now(UTC), "", {}, {}, "unread")


def select_stack(place: StackPlace, command: automation.PulumiCommand) -> automation.Stack:
    """Select a stack in its backend.

    Args:
        place: Place of the stack.
        command: Runs `pulumi` with arguments.
    """
    workspace = _Workspace(work_dir=str(place.program), pulumi_command=command)
    return _Stack(place.environment, workspace, StackInitMode.SELECT)

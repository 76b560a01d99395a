"""A stack of a test's own, beside the one of all tests."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from dev.local.environment import CHECKOUT
from harness.clients.registry_client import Client
from harness.runbook import command, command_line, split_command, steps
from harness.stack.live_stack import LiveRegistry


class ExampleStack:
    """A stack of its own, in a backend of its own, on the cloud of the tests' registry.

    Attributes:
        file: Settings of its stack file.
        variables: The process environment for Pulumi.
        seconds: Seconds for which one call of Pulumi may take.
    """

    def __init__(self, registry: LiveRegistry, folder: Path, text: str, seconds: float = 600) -> None:
        self.seconds = seconds
        self.file = folder / "Pulumi.example.yaml"
        self.file.write_text(text)
        self._backend, self._project = folder / "backend", folder / "project"
        self._backend.mkdir()
        self.variables = {**registry.variables, "PULUMI_BACKEND_URL": f"file://{self._backend}"}
        (self._project / "stacks").mkdir(parents=True)
        (self._project / "Pulumi.yaml").write_bytes((CHECKOUT / "Pulumi.yaml").read_bytes())
        self._init()

    def _init(self) -> None:
        done = self._pulumi("stack", "init", "example", "--cwd", str(self._project))
        assert done.returncode == 0, done.stdout

    def lose_state(self, init: Callable[[str], "subprocess.CompletedProcess[str]"]) -> None:
        """Lose the state; the stack file is there, and so is all in the account.

        Args:
            init: Makes the stack again, in the folder of a project without the test's stack file.
        """
        shutil.rmtree(self._backend)
        self._backend.mkdir()
        done = init(str(self._project))
        assert done.returncode == 0, done.stdout

    def _pulumi(self, *words: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            ["pulumi", *words, "--non-interactive"],
            cwd=CHECKOUT, env={**self.variables, **variables}, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=self.seconds, check=False,
        )  # fmt: skip

    def act(self, *words: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        """Preview, put up or destroy it, with further variables of the process environment."""
        return self._pulumi(*words, "--stack", "example", "--config-file", str(self.file), **variables)

    def operate(
        self, verb: str, *options: str, standard_input: str = ""
    ) -> "subprocess.CompletedProcess[str]":
        """Call `operate VERB STACK OPTIONS`.

        Args:
            verb: Verb, one word or two such as `rotate ssh-key`.
            options: Options of the command.
            standard_input: Secrets, a line each.
        """
        return self._operate(*verb.split(), "example", *options, standard_input=standard_input)

    def start(self, verb: str, *options: str) -> "subprocess.Popen[str]":
        """Start `operate VERB STACK OPTIONS`; its lines are to be read."""
        return subprocess.Popen(
            [sys.executable, "-m", "operate", verb, "example", *options],
            cwd=CHECKOUT, env=self._operator, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    @property
    def _operator(self) -> dict[str, str]:
        """The variables of `operate`; what it remembers is in the test's folder."""
        own = {"XDG_STATE_HOME": str(self.file.parent / "home"), "OPERATE_CONFIG_FILE": str(self.file)}
        return {**self.variables, **own}

    def _operate(
        self, *words: str, standard_input: str = "", **variables: str
    ) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "operate", *words],
            cwd=CHECKOUT, env={**self._operator, **variables}, input=standard_input,
            capture_output=True, text=True, timeout=600, check=False,
        )  # fmt: skip

    def follow(
        self, runbook: str, step: str, *options: str, position: int = 0, **words: str
    ) -> "subprocess.CompletedProcess[str]":
        """Do what a step of a runbook says, with further options; see `harness.runbook.command`."""
        line = command_line(runbook, step, position, ENV="example", **words)
        assert line.program in ("operate", "pulumi"), f"{line.program} is nothing that a stack can follow"
        if line.program == "operate":
            return self._operate(*line.words, *options, **line.variables)
        if line.words[0] == "stack":
            stack = () if "init" in line.words else ("--stack", "example")
            return self._pulumi(*line.words, *options, *stack, **line.variables)
        return self.act(*line.words, *options, **line.variables)

    def follow_all(self, runbook: str, step: str, **words: str) -> "list[subprocess.CompletedProcess[str]]":
        """Do all that a step of a runbook says, whatever that is, without being asked.

        Args:
            runbook: Name of the file.
            step: Name of the step.
            words: Words for the placeholders of its commands.
        """
        texts = [
            command(runbook, step, position, ENV="example", **words)
            for position in range(len(steps(runbook)[step].commands))
        ]
        assert texts, f"step {step} of {runbook} names no command"
        return [
            self.follow(runbook, step, *split_command(text).unattended, position=position, **words)
            for position, text in enumerate(texts)
        ]

    def client(self) -> Client:
        """The registry's first user, on this machine."""
        outputs = self.outputs(secrets=True)
        place = urlsplit(str(outputs["endpoint"]))
        assert place.hostname
        assert place.port
        authority, user = str(outputs["certificateAuthority"]), f"{outputs['user']}:{outputs['password']}"
        return Client(place.hostname, place.port, authority, user)

    def outputs(self, *, secrets: bool = False) -> dict[str, object]:
        """The outputs, secrets masked unless they are wanted."""
        words = ("--show-secrets",) if secrets else ()
        printed = self._pulumi("stack", "output", "--json", "--stack", "example", *words).stdout
        outputs: dict[str, object] = json.loads(printed)
        return outputs


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

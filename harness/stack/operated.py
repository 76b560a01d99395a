"""A live stack under `operate`, and what there is to see of it from outside."""

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import yaml

from dev.local.environment import CHECKOUT, STACK
from harness.clients.registry_client import Client
from harness.runbook import command_line
from harness.stack.live_stack import LiveRegistry


@dataclass(frozen=True)
class StackState:
    """The stack at one moment, by `operate status`.

    Attributes:
        live: Live colours of the generations, by front door.
        fences: The highest token that acted, by door.
        lock: Holder of the lock, or None.
        swap: What is under way, or None.
    """

    live: tuple[frozenset[str], ...]
    fences: tuple[int, ...]
    lock: object
    swap: object

    @property
    def colour(self) -> str:
        """The only colour that is live.

        Raises:
            AssertionError: There are two.
        """
        (colour,) = frozenset().union(*self.live)
        return colour


@dataclass(frozen=True)
class Operated:
    """A stack and its operator, whose stack file is a copy, since a swap writes to it.

    Attributes:
        registry: The stack.
        folder: Folder for the copy, and for what `operate` keeps.
        without_pulumi: File in place of Pulumi: see stack_without_pulumi.py; None is the real thing.
    """

    registry: LiveRegistry
    folder: Path
    without_pulumi: Path | None = None

    @property
    def stack_file(self) -> Path:
        """The copy."""
        return self.folder / "Pulumi.local.yaml"

    @property
    def variables(self) -> Mapping[str, str]:
        """The process environment of the operator."""
        return {
            **self.registry.variables,
            "OPERATE_CONFIG_FILE": str(self.stack_file),
            "XDG_STATE_HOME": str(self.folder / "state"),
        }

    def command(self, command: str, *words: str, extra: Sequence[str] = ()) -> list[str]:
        """The command line of `operate COMMAND STACK WORDS`; `extra` makes it the operator that is killed."""
        if not extra and self.without_pulumi is None:
            return [sys.executable, "-m", "operate", command, STACK, *words]
        file = ("--without-pulumi", str(self.without_pulumi)) if self.without_pulumi else ()
        module = "harness.stack.killed_operator"
        return [sys.executable, "-m", module, *extra, *file, "--", command, STACK, *words]

    def start(self, command: str, *words: str, extra: Sequence[str] = ()) -> "subprocess.Popen[str]":
        """Start it, in a process group of its own."""
        return subprocess.Popen(
            self.command(command, *words, extra=extra),
            cwd=CHECKOUT, env=self.variables, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip

    def run(
        self, command: str, *words: str, extra: Sequence[str] = (), seconds: float = 600
    ) -> "subprocess.CompletedProcess[str]":
        """Run it to its end."""
        process = self.start(command, *words, extra=extra)
        try:
            printed, errors = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired as late:
            process.send_signal(signal.SIGKILL)
            late.add_note(f"until then it printed: {late.output!r}, {late.stderr!r}")
            raise
        return subprocess.CompletedProcess(process.args, process.returncode, printed, errors)

    def follow(
        self, runbook: str, step: str, *options: str, position: int = 0, **words: str
    ) -> "subprocess.CompletedProcess[str]":
        """Do what a step of a runbook says, with further options; see `harness.runbook.command`."""
        line = command_line(runbook, step, position, ENV=STACK, **words)
        verb, environment, *further = line.words
        assert (line.program, environment) == ("operate", STACK)
        return self.run(verb, *further, *options)

    def state(self) -> StackState:
        """Look at doors, lock and record."""
        done = self.run("status", "--json")
        assert done.stdout, done.stderr
        status = json.loads(done.stdout)
        doors = status["doors"]
        return StackState(
            tuple(frozenset(door["live"].values()) for door in doors),
            tuple(door["fence"] for door in doors),
            status["lock"],
            status["swap"],
        )

    def pulumi(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Call Pulumi with what the stack's file says now."""
        config = yaml.safe_load(self.stack_file.read_text())["config"]
        return self.registry.pulumi(*words, config=config)

    def client(self) -> Client:
        """The registry's first user, at the front door."""
        outputs = self.registry.outputs()
        place = urlsplit(str(outputs["endpoint"]))
        who = f"{outputs['user']}:{outputs['password']}"
        return Client(str(place.hostname), int(place.port or 443), str(outputs["certificateAuthority"]), who)


def operated_by_copy(registry: LiveRegistry) -> Operated:
    """The operator of an environment, whose copy of the stack's file lasts as long as that."""
    folder = registry.environment.state / "operated"
    folder.mkdir(exist_ok=True)
    operated = Operated(registry, folder)
    if not operated.stack_file.exists():
        shutil.copy(registry.environment.stack_file, operated.stack_file)
    return operated

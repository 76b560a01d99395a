"""Another passphrase for the secrets of a stack: those of its file and those of its state.

`pulumi stack change-secrets-provider` writes the stack file first and the state afterwards (pulumi 3.259,
cmd/pulumi/stack/stack_change_secrets_provider.go); stopped in between, no passphrase opens both. So it works
on a copy of the file, in a folder beside it, which takes the file's place once the new passphrase opens
the state.
"""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from messages.progress import step
from operate.clock import SystemClock
from operate.error import NotStartedError, OperateError
from operate.history.events import Event, event_now, noting_events
from operate.recover.recovery_lock import recovery_lock
from operate.rotate.given import read_file
from operate.servers.stack_link import stack_link
from operate.stack.automation.pulumi_failure import describe_unended_call
from operate.stack.automation.pulumi_stack import PulumiStack
from operate.stack.automation.pulumi_workspace import StackPlace
from operate.stack.config.settings_check import require_valid
from operate.stack.config.unfinished_adoption import require_no_adoption

_PASSPHRASE, _PASSPHRASE_FILE = "PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"
_SECONDS = 600
_PROJECT = "name: softlayer-registry\nruntime: python\n"


@dataclass(frozen=True)
class PulumiCall:
    """A call of `pulumi`.

    Attributes:
        words: Arguments of `pulumi`.
        folder: Folder in which it runs.
        passphrase: Passphrase of the call. Secret; "" is the one of this process.
        standard_input: Standard input of the call. Secret.
    """

    words: tuple[str, ...]
    folder: Path
    passphrase: str = field(default="", repr=False)
    standard_input: str = field(default="", repr=False)


@dataclass(frozen=True)
class PulumiEnd:
    """How a call ended: whether it succeeded, and the last line of its standard error."""

    ok: bool
    message: str = ""


@dataclass(frozen=True)
class PassphraseChange:
    """A change of the passphrase.

    Attributes:
        place: Place of the stack.
        new: The new passphrase. Secret.
        call: Calls `pulumi`.
        lock: Holds the stack's lock: what others write to the file meanwhile would be lost.
    """

    place: StackPlace
    new: str = field(repr=False)
    call: Callable[[PulumiCall], PulumiEnd]
    lock: Callable[[], AbstractContextManager[object]]

    @property
    def folder(self) -> Path:
        """Beside the stack file, while the passphrase is changed; it holds nothing that is not encrypted."""
        return self.place.file.with_name(f"{self.place.file.name}.new-passphrase")

    @property
    def _copy(self) -> Path:
        return self.folder / f"Pulumi.{self.place.environment}.yaml"

    @property
    def _original(self) -> Path:
        return self.folder / "before.yaml"

    def make(self) -> str:
        """Change it; resumes where it was stopped.

        Raises:
            NotStartedError: The new passphrase is the one that opens the stack already.
            OperateError: Neither passphrase opens the stack, another operator is at work, or Pulumi fails.
        """
        if self._opens_state(self.new):
            self._require_resumed()
            self._use_copy()
        else:
            self._require_present_passphrase()
            with self.lock():
                self._change()
                self._use_copy()
        return "the new passphrase opens stack file and state; the old one opens neither"

    def _require_resumed(self) -> None:
        """Refuse the passphrase in use: the folder of a change that was stopped is there until its end."""
        if not self.folder.exists():
            raise NotStartedError(
                "the new passphrase is the one that opens the stack already: nothing was changed. Whoever"
                " knows the old one still opens stack file and state; provide another one"
            )

    def _require_present_passphrase(self) -> None:
        if not self._opens_state(""):
            raise OperateError(
                f"the present passphrase does not open the stack; export it in {_PASSPHRASE} or"
                f" {_PASSPHRASE_FILE}, then run the same command again. Where nobody has it any more, see"
                " docs/runbooks/lost-state.md"
            )

    def _use_copy(self) -> None:
        """Put the copy in the file's place, unless that was edited since it was copied."""
        if self._copy.exists():
            if self._original.read_bytes() != self.place.file.read_bytes():
                raise OperateError(
                    f"{self.place.file} was edited since its secrets were encrypted with the new passphrase:"
                    f" make it equal to {self._original} (`cp`), run the same command again, then edit it"
                    " anew"
                )
            self._copy.replace(self.place.file)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _change(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        (self.folder / "Pulumi.yaml").write_text(_PROJECT)
        shutil.copy2(self.place.file, self._original)
        shutil.copy2(self._original, self._copy)
        words = ("stack", "change-secrets-provider", "passphrase")
        end = self.call(PulumiCall(words, self.folder, standard_input=f"{self.new}\n"))
        if not end.ok:
            raise OperateError(f"the passphrase was not changed: {end.message}; run the same command again")

    def _opens_state(self, passphrase: str) -> bool:
        words = ("stack", "output", "--show-secrets", "--json")
        return self.call(PulumiCall(words, self.place.program, passphrase)).ok


def change_passphrase(
    environment: str, config_file: Path | None, new_file: Path, log: Callable[[str], None]
) -> str:
    """Change the passphrase of a stack; returns what to do next.

    Args:
        environment: The stack's name.
        config_file: The stack's file where it is not `stacks/Pulumi.ENVIRONMENT.yaml`.
        new_file: File that has the new passphrase.
        log: Receives a line.

    Raises:
        InvalidStackFileError: The stack file has mistakes.
        OperateError: The passphrase was not changed.
    """
    place = StackPlace(environment, config_file and config_file.resolve())
    require_no_adoption(environment, config_file)
    require_valid(environment, place.file)
    new = read_file(new_file).strip()
    if not new:
        raise OperateError(f"{new_file} is empty; it must have the new passphrase")
    change = PassphraseChange(
        place, new, lambda call: _run_pulumi(environment, call), lambda: _hold_lock(place, log)
    )
    log(change.make())
    return (
        f"Give {new_file} to the other operators and to CI, and export {_PASSPHRASE_FILE}; commit the stack"
        " file. Earlier backups of the state still need the old passphrase"
    )


@contextmanager
def _hold_lock(place: StackPlace, log: Callable[[str], None]) -> Iterator[None]:
    try:
        facts = PulumiStack(place, SystemClock()).facts()
    except OperateError as error:
        log(f"no lock: {error}; make sure that nobody else operates this stack")
        yield
        return
    link = stack_link(facts.ssh_user, place.environment, place.config_file)
    events: list[Event] = []
    with (
        closing(link),
        recovery_lock(facts, "rotate passphrase", log, link) as lock,
        noting_events(events, lock, log),
    ):
        yield
        events.append(event_now("rotation", "passphrase"))


def _run_pulumi(environment: str, call: PulumiCall) -> PulumiEnd:
    variables = dict(os.environ)
    if call.passphrase:
        variables.pop(_PASSPHRASE_FILE, None)
        variables[_PASSPHRASE] = call.passphrase
    command = f"pulumi {call.words[0]} {call.words[1]}"
    try:
        with step(command):
            completed = subprocess.run(
                ["pulumi", *call.words, "--stack", environment, "--non-interactive"],
                cwd=call.folder, env=variables, input=call.standard_input, capture_output=True, text=True,
                timeout=_SECONDS, check=False,
            )  # fmt: skip
    except (OSError, subprocess.SubprocessError) as error:
        raise OperateError(describe_unended_call(error, command, _SECONDS)) from None
    lines = completed.stderr.strip().splitlines()
    return PulumiEnd(completed.returncode == 0, lines[-1] if lines else "")

"""A stack edge without Pulumi: doors, registries, Swift's lock and record are real, only `pulumi up` is not.

The outputs of a stack are in a file. A build restarts the idle colour's container on its server, in place of
its replacement, and then has the release's name. It makes many kills possible in the time of a few builds.
"""

import fcntl
import json
import os
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from operate.clock import Clock
from operate.error import OperateError
from operate.servers.ssh import SshLink
from operate.stack.config.desired_release import DesiredRelease
from operate.stack.facts import Colour, DoorFacts, Facts
from operate.stack.facts_cache import FactsCache
from operate.stack.facts_output import parse_facts
from operate.stack.operator_key import operator_key
from operate.stack.preview import Preview

_RESTART = Path(__file__).with_name("restart-container.sh")


class StackWithoutPulumi:
    """What `operate` asks of a stack, from a file.

    Args:
        file: {"output": the stack's output `operate`, "live": a colour}.
        name: Name of the stack.
        keeper: Receives what the stack tells, as the real one gives it.
        lost: Servers whose doors are left alone.
    """

    def __init__(self, file: Path, name: str, keeper: FactsCache, unreachable: Collection[str] = ()) -> None:
        self._file, self._name, self._keeper, self._unreachable = file, name, keeper, unreachable

    def load(self) -> None:
        """Load nothing: there is no Pulumi."""

    def facts(self) -> Facts:
        """Return what the file tells."""
        output = self._read()["output"]
        self._keeper.write(output)
        return parse_facts(self._name, output).without(self._unreachable)

    def check_release(self, desired: DesiredRelease) -> None:
        """Judge nothing: there is no stack file."""

    def setting(self, key: str) -> object:
        """Return nothing: no rotation is under way."""
        return None

    def preview(self, desired: DesiredRelease) -> Preview:
        """One container is restarted."""
        return Preview({"replace": 1})

    def build(self, desired: DesiredRelease) -> str:
        """Restart the colour's container; one build at a time, as Pulumi's own lock has it.

        Raises:
            OperateError: The stack has no such colour.
        """
        with self._exclusive_lock():
            state = self._read()
            facts = parse_facts(self._name, state["output"])
            colour = facts.colours[desired.colour]
            if colour is None:
                raise OperateError(f"{self._file}: {desired.colour} is not there")
            link = SshLink(facts.ssh_user, operator_key(self._name))
            try:
                for door in facts.doors:
                    host = facts.host(door, desired.colour)
                    for container in sorted(colour.containers):
                        _restart(link, host, container)
            finally:
                link.close()
            state["output"]["colours"][desired.colour.value]["release"] = desired.release
            self._write(state)
        return "1 restarted"

    def recorded_token(self) -> int:
        """Return nothing: the doors remember it."""
        return 0

    def record_live(
        self, live: Colour, note: Mapping[str, str], desired: DesiredRelease | None = None
    ) -> None:
        """Write which colour is live."""
        with self._exclusive_lock():
            self._write({**self._read(), "live": live.value})

    @contextmanager
    def _exclusive_lock(self) -> Iterator[None]:
        with self._file.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _read(self) -> dict[str, dict[str, dict[str, dict[str, str]]]]:
        state: dict[str, dict[str, dict[str, dict[str, str]]]] = json.loads(self._file.read_text())
        return state

    def _write(self, state: Mapping[str, object]) -> None:
        new = self._file.with_suffix(f".{os.getpid()}")
        new.write_text(json.dumps(state))
        new.replace(self._file)


def _restart(link: SshLink, host: DoorFacts, container: str) -> None:
    code, _, errors = link.run(host, _RESTART, container)
    if code:
        raise OperateError(f"{container} is not well after its restart: {errors}")


def without_pulumi(
    file: Path,
) -> Callable[[str, Path | None, FactsCache, Clock, Collection[str]], StackWithoutPulumi]:
    """Return what stands in for the stack that the Automation API makes."""
    return lambda name, _, keeper, __, unreachable: StackWithoutPulumi(file, name, keeper, unreachable)

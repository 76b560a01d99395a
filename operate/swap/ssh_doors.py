"""The doors by their scripts, over SSH."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from operate.error import OperateError
from operate.swap.edges import DoorStatus, FencedError, Read, RefusedError
from operate.swap.facts import Colour, DoorFacts, Facts
from operate.swap.health import Counters
from operate.swap.ssh import SshLink

SCRIPTS = Path(__file__).resolve().parent.parent / "scripts"
_FENCED, _UNWELL = 3, 4
"""Exit codes of door-switch.sh."""
_READ = re.compile(r"(GET|HEAD) (/v[12]/[\w.~:/?=&%+@,-]*)", re.ASCII)
"""A line of colour-reads.sh, whose text is a stranger's: a path of the registry, never an address."""
_PATIENCE = 4.0
"""Seconds for a door that may be lost (choice): an answer takes below one."""


class SshDoors:
    """All front doors of a stack.

    Args:
        facts: where they are.
        link: the connections.
        patience: seconds for a door that may be lost.
    """

    def __init__(self, facts: Facts, link: SshLink, patience: float = _PATIENCE) -> None:
        self._doors, self._link, self._patience = facts.doors, link, patience

    def status(self) -> Sequence[DoorStatus]:
        """Ask every door."""
        found = self._link.run_all(self._doors, SCRIPTS / "door-status.sh")
        return [
            status_from(self._label(door), _output(door, "door-status.sh", one))
            for door, one in zip(self._doors, found, strict=True)
        ]

    def each(self, doors: Sequence[DoorFacts]) -> Sequence[DoorStatus | OperateError]:
        """Ask them all at once; one that is lost keeps nobody waiting."""
        found = self._link.run_each(doors, SCRIPTS / "door-status.sh", self._patience)
        return [_said(door, one) for door, one in zip(doors, found, strict=True)]

    def switch(self, colour: Colour, token: int, *, anyway: bool) -> Sequence[str]:
        """Make a colour live everywhere."""
        arguments = [colour.value, str(token), *(["anyway"] if anyway else [])]
        found = self._link.run_all(self._doors, SCRIPTS / "door-switch.sh", *arguments)
        for door, (code, _, said) in zip(self._doors, found, strict=True):
            if code == _FENCED:
                raise FencedError(f"{self._label(door)}: {said}")
            if code == _UNWELL:
                raise RefusedError(f"{self._label(door)}: {said}")
        return [
            f"{self._label(door)} {' -> '.join(_output(door, 'door-switch.sh', one).decode().split())}"
            for door, one in zip(self._doors, found, strict=True)
        ]

    def raise_fence(self, token: int) -> None:
        """Let every door that answers remember a token."""
        answers = self._link.run_each(self._doors, SCRIPTS / "door-fence.sh", _PATIENCE, str(token))
        failures = []
        for door, answer in zip(self._doors, answers, strict=True):
            if isinstance(answer, OperateError):
                failures.append(answer)
            elif answer[0] == _FENCED:
                raise FencedError(f"{self._label(door)}: {answer[2]}")
            else:
                _output(door, "door-fence.sh", answer)
        if len(failures) == len(self._doors):
            raise failures[0]

    def reads(self, count: int) -> Sequence[Read]:
        """Return what clients have lately read with success, so many for each door and generation."""
        found = []
        for door in self._doors:
            for generation in door.generations:
                one = self._link.run(door, SCRIPTS / "colour-reads.sh", generation, str(count))
                lines = _output(door, "colour-reads.sh", one).decode(errors="replace").splitlines()
                matches = (_READ.fullmatch(line) for line in lines)
                found += [Read(door.datacenter, generation, *match.groups()) for match in matches if match]
        return found

    def _label(self, door: DoorFacts) -> str:
        """Its datacenter, with its server where others are there."""
        alone = sum(one.datacenter == door.datacenter for one in self._doors) == 1
        return door.datacenter if alone else door.name


def _said(door: DoorFacts, found: tuple[int, bytes, str] | OperateError) -> DoorStatus | OperateError:
    if isinstance(found, OperateError):
        return found
    try:
        return status_from(door.name, _output(door, "door-status.sh", found))
    except OperateError as error:
        return error


def status_from(datacenter: str, output: bytes) -> DoorStatus:
    """Read what door-status.sh prints.

    Raises:
        OperateError: it is something else.
    """
    try:
        said = json.loads(output)
        backends = {}
        for name, counted in said["backends"].items():
            _, generation, colour = name.split("-", 2)
            backends[generation, colour] = _counters(counted)
        live = {str(generation): Colour(colour) for generation, colour in said["live"].items()}
        return DoorStatus(datacenter, live, int(said.get("fence", 0)), backends)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise OperateError(
            f"{datacenter}: its front door's state cannot be read ({type(error).__name__}: {error}); see"
            " docs/runbooks/lost-front-door.md"
        ) from None


def _counters(said: Mapping[str, object]) -> Counters:
    responses = said["responses"]
    if not isinstance(responses, dict):
        raise TypeError("responses")

    def number(name: str) -> int:
        return int(str(said.get(name, 0)))

    # A connection that fails is counted once more as the 503 that the client gets.
    failed = max(int(responses.get("5xx", 0)), number("connectErrors") + number("responseErrors"))
    return Counters(
        requests=number("requests"),
        failed=failed + number("serverAborts"),
        bytes_moved=number("bytesIn") + number("bytesOut"),
        sessions=number("sessions"),
        response_ms=float(number("responseMs")),
        up=str(said.get("status", "UP")).startswith("UP"),
    )


def _output(door: DoorFacts, script: str, found: tuple[int, bytes, str]) -> bytes:
    code, output, said = found
    if code:
        raise OperateError(
            f"{door.datacenter}, server {door.server}: {script}: {said or f'exit code {code}'}; see"
            " docs/runbooks/lost-front-door.md"
        )
    return output

"""The doors by their scripts, over SSH."""

import json
import re
from collections.abc import Mapping, Sequence

from operate.doors.counters import Counters
from operate.doors.door_status import DoorStatus, FencedError, Read
from operate.error import OperateError, RefusedError
from operate.servers.replacement import describe_replacements
from operate.servers.script_text import SCRIPTS
from operate.servers.ssh import SshLink, UnreachableError
from operate.stack.facts import Colour, DoorFacts, Facts

_FENCED, _UNHEALTHY = 3, 4
"""Exit codes of door-switch.sh."""
_READ = re.compile(r"(GET|HEAD) (/v[12]/[\w.~:/?=&%+@,-]*)", re.ASCII)
"""A line of colour-reads.sh, whose text is a stranger's: a path of the registry, never an address."""
_TIMEOUT = 4.0
"""Seconds for a door that may be lost (choice): an answer takes below one."""


class SshDoors:
    """All front doors of a stack.

    Args:
        facts: Facts of the stack, with the doors' addresses.
        link: The connections.
        timeout: Seconds for a door that may be lost.
    """

    def __init__(self, facts: Facts, link: SshLink, timeout: float = _TIMEOUT) -> None:
        self._facts, self._link, self._timeout = facts, link, timeout
        self._doors = facts.doors

    def follow(self, doors: Sequence[DoorFacts]) -> None:
        """Ask these doors from now on."""
        self._doors = tuple(doors)

    def status(self) -> Sequence[DoorStatus]:
        """Ask every door.

        Raises:
            UnreachableError: A front door does not answer; the text names what can serve in its place.
        """
        try:
            answers = self._link.run_all(self._doors, SCRIPTS / "door-status.sh")
        except UnreachableError as error:
            ways_out = describe_replacements(self._facts, {error.server})
            raise UnreachableError(error.server, f"{error}{ways_out}") from None
        return [
            parse_door_status(self._label(door), _output(door, "door-status.sh", answer))
            for door, answer in zip(self._doors, answers, strict=True)
        ]

    def query_each(self, doors: Sequence[DoorFacts]) -> Sequence[DoorStatus | OperateError]:
        """Ask them all at once; one that is lost keeps nobody waiting."""
        answers = self._link.run_each(doors, SCRIPTS / "door-status.sh", self._timeout)
        return [_status_or_error(door, answer) for door, answer in zip(doors, answers, strict=True)]

    def switch(self, colour: Colour, token: int, *, force: bool) -> Sequence[str]:
        """Make a colour live everywhere.

        Args:
            colour: Colour that is to be live.
            token: Fencing token of the operation.
            force: Whether the colour goes live although it is not healthy.

        Raises:
            FencedError: A later operation has the doors.
            RefusedError: The colour is not healthy behind a door, and `force` is not given.
        """
        arguments = [colour.value, str(token), *(["force"] if force else [])]
        answers = self._link.run_all(self._doors, SCRIPTS / "door-switch.sh", *arguments)
        for door, (code, _, message) in zip(self._doors, answers, strict=True):
            if code == _FENCED:
                raise FencedError(f"{self._label(door)}: {message}")
            if code == _UNHEALTHY:
                raise RefusedError(f"{self._label(door)}: {message}")
        return [
            f"{self._label(door)} {' -> '.join(_output(door, 'door-switch.sh', answer).decode().split())}"
            for door, answer in zip(self._doors, answers, strict=True)
        ]

    def raise_fence(self, token: int) -> None:
        """Let every door that answers remember a token.

        Raises:
            FencedError: A door has a later token already.
            SshError: No door answers.
        """
        answers = self._link.run_each(self._doors, SCRIPTS / "door-fence.sh", _TIMEOUT, str(token))
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
        """Return what clients have lately read with success, so many for each door and generation.

        Args:
            count: Largest number of reads for each door and generation.
        """
        reads = []
        for door in self._doors:
            for generation in door.generations:
                answer = self._link.run(door, SCRIPTS / "colour-reads.sh", generation, str(count))
                lines = _output(door, "colour-reads.sh", answer).decode(errors="replace").splitlines()
                matches = (_READ.fullmatch(line) for line in lines)
                reads += [Read(door.datacenter, generation, *match.groups()) for match in matches if match]
        return reads

    def _label(self, door: DoorFacts) -> str:
        """Its datacenter, with its server where others are there."""
        is_only = sum(peer.datacenter == door.datacenter for peer in self._doors) == 1
        return door.datacenter if is_only else door.name


def _status_or_error(
    door: DoorFacts, answer: tuple[int, bytes, str] | OperateError
) -> DoorStatus | OperateError:
    if isinstance(answer, OperateError):
        return answer
    try:
        return parse_door_status(door.name, _output(door, "door-status.sh", answer))
    except OperateError as error:
        return error


def parse_door_status(datacenter: str, output: bytes) -> DoorStatus:
    """Read what door-status.sh prints.

    Raises:
        OperateError: The output is no status.
    """
    try:
        fields = json.loads(output)
        backends = {}
        for name, counter_fields in fields["backends"].items():
            _, generation, colour = name.split("-", 2)
            backends[generation, colour] = _counters(counter_fields)
        live = {str(generation): Colour(colour) for generation, colour in fields["live"].items()}
        is_closing = fields.get("closing") is True
        fence, kept = int(fields.get("fence", 0)), int(fields.get("kept", 0))
        return DoorStatus(datacenter, live, fence, backends, is_closing, kept)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise OperateError(
            f"{datacenter}: its front door's state cannot be read ({type(error).__name__}: {error}); see"
            " docs/runbooks/lost-front-door.md"
        ) from None


def _counters(fields: Mapping[str, object]) -> Counters:
    responses = fields["responses"]
    if not isinstance(responses, dict):
        raise TypeError("responses")

    def number(name: str) -> int:
        return int(str(fields.get(name, 0)))

    # A connection that fails is counted once more as the 503 that the client gets.
    failed = max(int(responses.get("5xx", 0)), number("connectErrors") + number("responseErrors"))
    return Counters(
        requests=number("requests"),
        failed=failed + number("serverAborts"),
        bytes_moved=number("bytesIn") + number("bytesOut"),
        sessions=number("sessions"),
        response_ms=float(number("responseMs")),
        up=str(fields.get("status", "UP")).startswith("UP"),
    )


def _output(door: DoorFacts, script: str, answer: tuple[int, bytes, str]) -> bytes:
    code, output, message = answer
    if code:
        raise OperateError(
            f"{door.datacenter}, server {door.server}: {script}: {message or f'exit code {code}'}; see"
            " docs/runbooks/lost-front-door.md"
        )
    return output

"""What a swap acts on: the stack, the doors, the colours' own ports, and time."""

import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from operate.error import EXIT_REFUSED, OperateError
from operate.lock.write_guard import CheckedLock
from operate.stack.facts import Colour, DoorFacts, Facts
from operate.swap.health import Counters, Finding


class RefusedError(OperateError):
    """A release must not go live, or not stay live; what was switched must be switched back."""

    exit_code = EXIT_REFUSED


class FencedError(OperateError):
    """A front door has seen a later operator."""

    is_superseded = True


@dataclass(frozen=True)
class DesiredRelease:
    """What a colour is to run.

    Attributes:
        colour: The colour.
        release: Name of the release; "" takes the colour away.
        settings: Settings that the release overrides; empty leaves those it has.
        keep: The release that is live, whose containers stay as they were made; "" leaves the setting.
    """

    colour: Colour
    release: str
    settings: Mapping[str, str] = field(default_factory=dict)
    keep: str = ""


MOST_NAMED = 20
"""Resources that a plan names (choice)."""


@dataclass(frozen=True)
class Preview:
    """What `pulumi up` would do.

    Attributes:
        changes: Number of resources by operation; those that stay are left out.
        touched: Names of containers there are that would be changed, replaced or deleted.
        cost: USD a month afterwards; None where it is not known.
        storage: Fingerprint of the colour's storage afterwards; "" where it is not known.
        live_storage: Storage of the other colour.
        changed: `OPERATION KIND NAME` of each resource there is that would be deleted, replaced or updated,
            in this order.
        warnings: Warnings about servers that only help and do not answer.
    """

    changes: Mapping[str, int]
    touched: frozenset[str] = frozenset()
    cost: float | None = None
    storage: str = ""
    warnings: tuple[str, ...] = ()
    live_storage: str = ""
    changed: tuple[str, ...] = ()

    def describe_with_names(self) -> str:
        """Return a description for people, with a line for each resource that changes, up to a number."""
        further = len(self.changed) - MOST_NAMED
        more = [f"and {further} more"] if further > 0 else []
        return "\n  ".join([self.describe(), *self.changed[:MOST_NAMED], *more])

    def describe(self) -> str:
        """Return a description for people."""
        changes = ", ".join(f"{number} to {name}" for name, number in sorted(self.changes.items()))
        cost = "" if self.cost is None else f"; {self.cost:.2f} USD a month"
        warnings = "".join(f"; warning: {warning}" for warning in self.warnings)
        return (changes or "no changes") + cost + warnings


class StackClient(Protocol):
    """The Pulumi stack; every method raises OperateError where Pulumi fails."""

    def facts(self) -> Facts:
        """Return the facts in its outputs."""

    def locked(self, lock: CheckedLock) -> AbstractContextManager[None]:
        """Let the stack's file be written while a lock is held; without it, every write raises."""

    def check_release(self, desired: DesiredRelease) -> None:
        """Refuse a stack file that has mistakes with a release, before anything is begun.

        Raises:
            OperateError: The stack file has mistakes; the message names all of them.
        """

    def preview(self, desired: DesiredRelease) -> Preview:
        """Preview a release; changes nothing, not even the configuration."""

    def build(self, desired: DesiredRelease) -> str:
        """Write the configuration and run `pulumi up`; returns what was done, for people."""

    def setting(self, key: str) -> object:
        """Return a setting of the stack file as plain data; None where it is not there."""

    def recorded_token(self) -> int:
        """Return the fencing token of the last swap in the stack file; 0 where it has none."""

    def record_live(
        self, live: Colour, note: Mapping[str, str], desired: DesiredRelease | None = None
    ) -> None:
        """Write to the configuration, and only there, which colour is live and what the last swap was.

        Args:
            live: Colour that is live.
            note: Note of the last swap.
            desired: Release that was built, for a configuration that is not the one it was built with.
        """

    def note_live(self, live: Colour) -> None:
        """Write to the configuration, and only there, which colour is live, and nothing of a swap."""

    def record_release(self, colour: Colour, release: str) -> None:
        """Write to the configuration, and only there, which release a colour has; "" where it has none."""


@dataclass(frozen=True)
class DoorStatus:
    """State of one front door.

    Attributes:
        datacenter: Datacenter of the door, with its server where the datacenter has several.
        live: Live colour by generation.
        fence: Highest token that it remembers: of the operation under way, or one more than of the last one.
        backends: Backends by (generation, colour).
        is_closing: Whether each connection ends with its answer, so that a move can lead clients elsewhere.
        kept_connections: Idle connections of clients in processes of HAProxy that a reload left. Each may
            bring one more request, which such a process serves with the configuration from before.
    """

    datacenter: str
    live: Mapping[str, Colour]
    fence: int
    backends: Mapping[tuple[str, str], Counters]
    is_closing: bool = False
    kept_connections: int = 0

    def fault_of(self, colour: Colour) -> str:
        """Return why this door would refuse to switch to a colour; "" where it would not."""
        for generation in self.live:
            counters = self.backends.get((generation, colour.value))
            if counters is None:
                return f"the front door of {self.datacenter} has no {generation} registry of {colour}"
            if not counters.up:
                return f"the front door of {self.datacenter} finds {generation} {colour} unhealthy"
        return ""


def remembered_fence(answers: Iterable[DoorStatus | OperateError]) -> int | None:
    """Return the highest fencing token that front doors remember; None where none of them answers.

    Every command takes the number of its lock above this one.

    Args:
        answers: Answers of front doors; an error where one does not answer.
    """
    return max((answer.fence for answer in answers if isinstance(answer, DoorStatus)), default=None)


@dataclass(frozen=True)
class Read:
    """A read of a client."""

    datacenter: str
    generation: str
    method: str
    path: str


@dataclass(frozen=True)
class ReferenceRead:
    """A read whose bytes must not change, for comparison while the new colour is live.

    Attributes:
        generation: Generation of the registry.
        path: Path at the registry.
        digest: Digest of the whole body.
        datacenter: Datacenter whose door's colours gave it.
    """

    generation: str
    path: str
    digest: str
    datacenter: str = ""


class FrontDoorClient(Protocol):
    """All front doors; every method raises OperateError where one cannot be reached."""

    def follow(self, doors: Sequence[DoorFacts]) -> None:
        """Ask these front doors from now on."""

    def status(self) -> Sequence[DoorStatus]:
        """Query every front door."""

    def switch(self, colour: Colour, token: int, *, force: bool) -> Sequence[str]:
        """Make a colour live everywhere; again is the same as once.

        Args:
            colour: Colour to make live.
            token: Fencing token.
            force: Whether to switch even if the front door finds it unhealthy.

        Returns:
            A text for each door.

        Raises:
            FencedError: A door has seen a higher token; it has changed nothing.
            RefusedError: A door has no such colour, or finds it unhealthy; it has changed nothing.
        """

    def raise_fence(self, token: int) -> None:
        """Let every door that answers remember a token, and refuse operators with a lower one from now on.

        Raises:
            FencedError: A door has seen a higher token.
            OperateError: No door answers.
        """

    def reads(self, count: int) -> Sequence[Read]:
        """Return what clients have lately read with success, the latest first, so many for each door.

        Args:
            count: Largest number of reads for each door and generation.
        """


class TrafficProber(Protocol):
    """The colours' own ports."""

    def gate(self, facts: Facts, idle: Colour, live: Colour, throttle: float) -> str:
        """Push to a colour and pull from it, compare digests; returns what was done, for people.

        Args:
            facts: Facts of the stack.
            idle: The colour.
            live: The other one.
            throttle: Pause after each request, as a multiple of the time that it took.

        Raises:
            RefusedError: The colour is unhealthy; the text says why.
        """

    def shadow(
        self, facts: Facts, reads: Sequence[Read], idle: Colour, live: Colour, throttle: float
    ) -> tuple[str, tuple[ReferenceRead, ...]]:
        """Read the same from both colours and compare; rests as the gate does.

        Args:
            facts: Facts of the stack.
            reads: Reads to repeat on both.
            idle: The colour that is compared.
            live: The colour that it is compared with.
            throttle: Rest after each request, as a multiple of the time that it took.

        Returns:
            What was done, for people, and a few reference reads.

        Raises:
            RefusedError: The colours' answers differ.
        """

    def list_reads(self, facts: Facts, live: Colour, limit: int | None, throttle: float) -> Sequence[Read]:
        """Return reads of manifests that the live colour lists: all, or so many for each door; rests too.

        Args:
            facts: Facts of the stack.
            live: The colour that lists.
            limit: Largest number of reads for each door; None for all.
            throttle: Rest after each request, as a multiple of the time that it took.
        """

    def probe(self, facts: Facts, colour: Colour, reference_reads: Sequence[ReferenceRead] = ()) -> Finding:
        """Check that a colour answers, requires authentication, and serves the reference reads alike."""


class Clock(Protocol):
    """Time, as the operator's machine has it; nothing that guards anything depends on it."""

    def monotonic(self) -> float:
        """Seconds that only grow."""

    def now(self) -> datetime:
        """UTC."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class SystemClock:
    """The machine's own."""

    def monotonic(self) -> float:
        """Seconds that only grow."""
        return time.monotonic()

    def now(self) -> datetime:
        """UTC."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


def format_timestamp(at: datetime) -> str:
    """A time for people and programs."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def format_exact_timestamp(at: datetime) -> str:
    """The same to the millisecond, for what is put beside samples."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def parse_timestamp(text: str) -> datetime | None:
    """Read a stamp, exact or not; None where it is none."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        return None


def format_for_display(text: str) -> str:
    """A stamp as people read it: day, time of day, UTC; what is none stays as it is."""
    at = parse_timestamp(text)
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else text

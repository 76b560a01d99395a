"""What a swap acts on: the stack, the doors, and the colours' own ports."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from operate.doors.door_status import DoorStatus, Read
from operate.lock.write_guard import CheckedLock
from operate.record.reference_read import ReferenceRead
from operate.stack.config.desired_release import DesiredRelease
from operate.stack.facts import Colour, DoorFacts, Facts
from operate.stack.preview import Preview
from operate.swap.health import ProbeFinding


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

    def probe(
        self, facts: Facts, colour: Colour, reference_reads: Sequence[ReferenceRead] = ()
    ) -> ProbeFinding:
        """Check that a colour answers, requires authentication, and serves the reference reads alike."""

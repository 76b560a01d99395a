"""What front doors and records have of a stack, and which ways back are open; pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from operate.doors.door_status import DoorStatus
from operate.error import NotStartedError
from operate.history.unknown_record import UnknownRecord
from operate.record.observed_releases import ObservedReleases
from operate.record.record import UNDER_WAY, Record
from operate.stack.facts import Colour, Facts


@dataclass(frozen=True)
class ObservedState:
    """State of front doors and records, observed under the lock.

    Attributes:
        facts: Facts of the stack.
        doors: Status of all front doors.
        current: Operation under way, or left unfinished.
        last: The last entry of the history that can be read.
        unknown_current: Operation under way, where its record cannot be read.
        skipped: Entries after the last one that can be read, the last one first.
        next_id: Identity of the next entry.
        notices: Faults of the records, for people.
        missing: Records that were taken away, for people; "" where none were.
        has_stale_record: Whether the store has an operation under way that does not count.
    """

    facts: Facts
    doors: Sequence[DoorStatus]
    current: Record | None
    last: Record | None
    unknown_current: UnknownRecord | None = None
    skipped: tuple[UnknownRecord, ...] = ()
    next_id: str = ""
    notices: tuple[str, ...] = ()
    missing: str = ""
    has_stale_record: bool = False

    @property
    def live(self) -> Colour | None:
        """The colour that every door has live for every generation; None where they differ."""
        colours = {colour for door in self.doors for colour in door.live.values()}
        return colours.pop() if len(colours) == 1 else None

    def require_live(self) -> Colour:
        """Return the colour that is live everywhere.

        Raises:
            NotStartedError: The front doors disagree.
        """
        if self.live is None:
            live_colours = ", ".join(f"{door.datacenter} {dict(door.live)}" for door in self.doors)
            raise NotStartedError(
                f"front doors disagree on the live colour ({live_colours}); `operate rollback ENV --colour"
                " red` or `--colour black` makes one live everywhere"
            )
        return self.live

    def release(self, colour: Colour) -> str:
        """Return the release of a colour; "" if the colour does not exist."""
        facts = self.facts.colours[colour]
        return facts.release if facts else ""

    @property
    def storage(self) -> str:
        """The storage recorded with the live release, else the one in the stack's outputs."""
        live = self.facts.colours[self.live] if self.live else None
        return (self.last.storage if self.last else "") or (live.storage if live else self.facts.storage)

    @property
    def unfinished_retirement(self) -> Record | None:
        """The last entry, where it is a retirement of the idle colour whose operator was killed."""
        last, live = self.last, self.live
        if last is None or live is None or self.skipped or last.kind != "retire" or last.result != UNDER_WAY:
            return None
        idle = live.opposite
        return last if last.target is idle and self.release(idle) in ("", last.release) else None

    @property
    def rollback_command(self) -> str:
        """Rollback that is not refused now, without `operate`; ENV stands for the stack. "" where none is.

        Once a retirement has begun none is named: its colour may have lost its containers.
        """
        if self.current is not None:
            return "" if self.current.door_move is not None else "rollback ENV"
        if self.unknown_current is not None:
            return self.unknown_current.undo_command
        if self.live is None or self.unfinished_retirement or not self.release(self.live.opposite):
            return ""
        is_last = self.last is not None and not self.missing and is_undoable(self.last, self, self.live)
        return "rollback ENV" if is_last else f"rollback ENV --colour {self.live.opposite}"

    @property
    def releases(self) -> ObservedReleases:
        """What front doors and records have of the releases."""
        live = self.release(self.live) if self.live else ""
        colours = filter(None, self.facts.colours.values())
        releases = frozenset(colour.release for colour in colours)
        return ObservedReleases(self.current, live, releases, self.rollback_command)


def is_undoable(last: Record, observed: ObservedState, live: Colour) -> bool:
    """Whether the last entry is the swap that made the live colour live."""
    is_live_swap = last.kind == "swap" and last.result == "live" and last.target is live
    return is_live_swap and _has_releases_of(last, observed)


def _has_releases_of(last: Record, observed: ObservedState) -> bool:
    """Whether both colours have the releases that a swap left; matters where unknown entries follow it."""
    releases = observed.release(last.target), observed.release(last.source)
    return not observed.skipped or releases == (last.release, last.source_release)

"""What a command begins with: a new record, the one that was left, or nothing to do; pure."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from operate.error import OperateError
from operate.history.unknown_record import UnknownRecord
from operate.swap.edges import DoorStatus
from operate.swap.facts import Colour, Facts
from operate.swap.plan import Direction, resumed, rollback_state, turned_back
from operate.swap.record import Options, Record


@dataclass(frozen=True)
class Order:
    """Who wants what.

    Attributes:
        who: USER@HOST.
        at: UTC.
        why: for the history.
        release: of a swap.
        settings: that the release overrides.
        options: how a swap goes.
        colour: that a rollback makes live, whatever was before; None is the one from before.
    """

    who: str
    at: str
    why: str = ""
    release: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    options: Options = field(default_factory=Options)
    colour: Colour | None = None


@dataclass(frozen=True)
class Found:
    """What there is, as seen under the lock.

    Attributes:
        facts: of the stack.
        doors: of all front doors.
        current: what is under way, or was left.
        last: the last entry of the history that can be read.
        unknown_current: what is under way, where it cannot be read.
        skipped: entries after the last one that can be read, the last one first.
        next_id: identity of the next entry.
        notices: what is wrong with the records, for people.
        missing: which records were taken away; "" where none were.
        has_stale_record: whether the store has an operation under way that does not count.
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
        """The same.

        Raises:
            OperateError: they differ.
        """
        if self.live is None:
            told = ", ".join(f"{door.datacenter} {dict(door.live)}" for door in self.doors)
            raise OperateError(
                f"front doors disagree on the live colour ({told}); `operate rollback --colour red` or"
                " `--colour black` makes one live everywhere"
            )
        return self.live

    def release(self, colour: Colour) -> str:
        """The release of a colour; "" where it is not there."""
        facts = self.facts.colours[colour]
        return facts.release if facts else ""

    @property
    def storage(self) -> str:
        """The storage noted with the live release, else the one that the stack tells."""
        live = self.facts.colours[self.live] if self.live else None
        return (self.last.storage if self.last else "") or (live.storage if live else self.facts.storage)


def begin_swap(order: Order, found: Found) -> Record | str:
    """Return the record to go on with, or why there is nothing to do.

    Raises:
        OperateError: something else is under way, or there is no live colour.
    """
    _require_known(found)
    current = found.current
    if current is not None:
        if current.kind != "swap" or current.release != order.release:
            raise OperateError(under_way(current))
        if order.settings and dict(order.settings) != dict(current.settings):
            raise OperateError(
                f"{under_way(current)}; the settings {dict(order.settings)} are not those it was begun with,"
                f" {dict(current.settings)}"
            )
        _require_confirmed(order, current)
        return replace(current, state=resumed(current.state, live=found.live is current.target))
    live = found.require_live()
    if found.release(live) == order.release:
        return f"release {order.release} is live already, as {live}"
    return Record(
        id=found.next_id,
        kind="swap",
        who=order.who,
        why=order.why,
        at=order.at,
        source=live,
        target=live.other,
        source_release=found.release(live),
        release=order.release,
        settings=order.settings,
        options=order.options,
        storage=found.storage,
    )


def _require_confirmed(order: Order, current: Record) -> None:
    """Refuse to build with settings of another operator that this one has not seen.

    Raises:
        OperateError: there are such; the text names them.
    """
    if current.settings and not order.settings and order.who != current.who:
        options = "".join(
            f" --set {shlex.quote(f'{key}={value}')}" for key, value in current.settings.items()
        )
        raise OperateError(
            f"a swap to {current.release} by {current.who} since {current.at} is not finished; it builds with"
            f" settings that you have not given. `operate swap --to {current.release}{options}` confirms them"
            f" and goes on; `operate {current.undo_command}` undoes it"
        )


def begin_rollback(order: Order, found: Found) -> Record | str:
    """Return the record of the undoing: of what is under way, else of the last swap.

    Raises:
        OperateError: there is nothing to go back to.
    """
    if found.current is not None:
        if found.current.door_move is not None:
            raise OperateError(under_way(found.current))
        if found.current.state.switched and found.current.state.direction is Direction.FORWARD:
            _require_copied(order, found, found.current.source)
        return _undone(found.current, order.why)
    if found.unknown_current is not None:
        return _undo_unknown(order, found, found.unknown_current)
    if order.colour is not None:
        return _forced(order, found, order.colour)
    live, last = found.require_live(), found.last
    if found.missing:
        raise OperateError(
            f"{found.missing}. Live is {live}, release {found.release(live)}; `operate rollback --colour"
            f" {live.other}` makes the other colour live whatever the records tell"
        )
    if last is None or not _made_live(last, live) or not _is_still_so(last, found):
        raise OperateError(
            f"there is no swap to undo ({_end_of_history(found)}); live is {live}, release"
            f" {found.release(live)}. A colour is made live whatever was before by --colour"
        )
    return _back_to(order, found, live.other)


def _made_live(last: Record, live: Colour) -> bool:
    return last.kind == "swap" and last.result == "live" and last.target is live


def _is_still_so(last: Record, found: Found) -> bool:
    """Whether both colours have the releases that a swap left; asked where unknown entries follow it."""
    releases = found.release(last.target), found.release(last.source)
    return not found.skipped or releases == (last.release, last.source_release)


def _end_of_history(found: Found) -> str:
    last = found.last
    entry = f"the last entry is: {last.kind} to {last.release}, {last.result}" if last else "no history"
    skipped = "".join(f"; after it, skipped: {record.description}" for record in found.skipped[:1])
    return entry + skipped


def _undo_unknown(order: Order, found: Found, current: UnknownRecord) -> Record:
    """Return the record of making the colour live that was so before what cannot be read."""
    colour = order.colour or current.source
    if colour is None:
        raise OperateError(
            f"{current.description}; it does not tell the colour that was live before, so run"
            " `operate rollback --colour red` or `--colour black`"
        )
    record = _back_to(order, found, colour)
    return replace(record, reason=f"{record.reason}; undoes {current.description}")


def _require_known(found: Found) -> None:
    if found.unknown_current is not None:
        raise OperateError(
            f"not finished: {found.unknown_current.description}; `operate rollback` undoes it, and the"
            " version of operate that wrote it can finish it"
        )


def _forced(order: Order, found: Found, colour: Colour) -> Record | str:
    if found.live is colour:
        return f"{colour}, release {found.release(colour)}, is live already"
    return _back_to(order, found, colour)


def _back_to(order: Order, found: Found, colour: Colour) -> Record:
    if found.facts.colours[colour] is None:
        raise OperateError(
            f"{colour} is not there any more, so there is no way back to it; `operate swap` brings a release"
            " there again"
        )
    _require_copied(order, found, colour)
    return Record(
        id=found.next_id,
        kind="rollback",
        who=order.who,
        why=order.why,
        at=order.at,
        source=colour,
        target=colour.other,
        source_release=found.release(colour),
        release=found.release(colour.other),
        options=order.options,
        state=rollback_state(),
        reason=order.why or "asked for",
        storage=found.storage,
    )


def _require_copied(order: Order, found: Found, back: Colour) -> None:
    """What was pushed since the swap lies in the other storage alone: nobody may lose it unawares."""
    one, other = found.facts.colours[back], found.facts.colours[back.other]
    if one and other and one.storage != other.storage and not order.options.data_copied:
        raise OperateError(
            f"{back} has another storage than {back.other}, without what was pushed since the swap; copy that"
            " back, then roll back with --data-copied: see docs/swaps.md"
        )


def _undone(current: Record, why: str) -> Record:
    if current.state.direction is Direction.BACK:
        return replace(current, state=resumed(current.state))
    done = not current.state.switched
    return replace(
        current,
        state=turned_back(current.state),
        reason=why or "rolled back by hand",
        result="given up" if done else current.result,
    )


def begin_retirement(order: Order, found: Found) -> Record | str:
    """Return the record of taking the idle colour away.

    Raises:
        OperateError: something is under way, or there is no live colour.
    """
    _require_known(found)
    if found.current is not None:
        raise OperateError(under_way(found.current))
    live = found.require_live()
    idle = live.other
    if found.facts.colours[idle] is None:
        return f"{idle} is not there; live is {live}, release {found.release(live)}"
    return Record(
        id=found.next_id,
        kind="retire",
        who=order.who,
        why=order.why,
        at=order.at,
        source=live,
        target=idle,
        source_release=found.release(live),
        release=found.release(idle),
        options=order.options,
        storage=found.storage,
    )


def under_way(current: Record) -> str:
    """Return what is not finished, and what finishes or undoes it."""
    what = current.title if current.door_move else f"{current.kind} to {current.live_release}"
    return (
        f"a {what} by {current.who} since {current.at} is not finished; `operate {current.command}` goes on"
        f" with it, `operate {current.undo_command}` undoes it"
    )

"""What a command begins with: a new record, the one that was left, or nothing to do; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from operate.error import OperateError
from operate.swap.edges import DoorStatus
from operate.swap.facts import Colour, Facts
from operate.swap.plan import Direction, resumed, rollback_state, turned_back
from operate.swap.record import Options, Record


@dataclass(frozen=True)
class Order:
    """Who wants what.

    Attributes:
        id: for a new record.
        who: USER@HOST.
        at: UTC.
        why: for the history.
        release: of a swap.
        settings: that the release overrides.
        options: how a swap goes.
        colour: that a rollback makes live, whatever was before; None is the one from before.
    """

    id: str
    who: str
    at: str
    why: str = ""
    release: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    options: Options = field(default_factory=Options)
    colour: Colour | None = None


@dataclass(frozen=True)
class Found:
    """What there is, as seen under the lock."""

    facts: Facts
    doors: Sequence[DoorStatus]
    current: Record | None
    last: Record | None

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
                f"the doors have no colour in common live ({told}); `operate rollback --colour red` or"
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


def identified(order: Order, last: Record | None) -> Order:
    """The order with an identity that sorts after the last entry's, whatever the operator's clock says.

    What is undone is the last entry: it must not be hidden by one from a clock that is ahead.
    """
    if last is None or order.id > last.id:
        return order
    base, _, number = last.id.partition("_")
    return replace(order, id=f"{base}_{int(number or 0) + 1:04d}")


def valid(current: Record | None, last: Record | None) -> Record | None:
    """What is under way; not what a late operator has written after another one had ended it."""
    return None if current and last and current.token < last.token else current


def begin_swap(order: Order, found: Found) -> Record | str:
    """Return the record to go on with, or why there is nothing to do.

    Raises:
        OperateError: something else is under way, or there is no live colour.
    """
    current = found.current
    if current is not None:
        if current.kind != "swap" or current.release != order.release:
            raise OperateError(_under_way(current))
        if order.settings and dict(order.settings) != dict(current.settings):
            raise OperateError(
                f"{_under_way(current)}; the settings {dict(order.settings)} are not those it was begun with,"
                f" {dict(current.settings)}"
            )
        return replace(current, state=resumed(current.state, live=found.live is current.target))
    live = found.require_live()
    if found.release(live) == order.release:
        return f"release {order.release} is live already, as {live}"
    return Record(
        id=order.id,
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


def begin_rollback(order: Order, found: Found) -> Record | str:
    """Return the record of the undoing: of what is under way, else of the last swap.

    Raises:
        OperateError: there is nothing to go back to.
    """
    if found.current is not None:
        if found.current.state.switched and found.current.state.direction is Direction.FORWARD:
            _require_copied(order, found, found.current.source)
        return _undone(found.current, order.why)
    if order.colour is not None:
        return _forced(order, found, order.colour)
    live, last = found.require_live(), found.last
    if last is None or last.kind != "swap" or last.result != "live" or last.target is not live:
        said = f"the last entry is: {last.kind} to {last.release}, {last.result}" if last else "no history"
        raise OperateError(
            f"there is no swap to undo ({said}); live is {live}, release {found.release(live)}. A colour is"
            " made live whatever was before by --colour"
        )
    return _back_to(order, found, live.other)


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
        id=order.id,
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
    if found.current is not None:
        raise OperateError(_under_way(found.current))
    live = found.require_live()
    idle = live.other
    if found.facts.colours[idle] is None:
        return f"{idle} is not there; live is {live}, release {found.release(live)}"
    return Record(
        id=order.id,
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


def _under_way(current: Record) -> str:
    command = "rollback" if current.kind == "rollback" else f"swap --to {current.release}"
    return (
        f"a {current.kind} to {current.live_release} by {current.who} since {current.at} is not finished;"
        f" `operate {command}` goes on with it, `operate rollback` undoes it"
    )

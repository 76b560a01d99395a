"""What a command begins with: a new record, the one that was left, or nothing to do; pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from operate.error import NotStartedError
from operate.history.unknown_record import UnknownRecord
from operate.record.options import SwapOptions
from operate.record.record import Record
from operate.record.swap_plan import Direction, resume, roll_back, rollback_state
from operate.stack.facts import Colour
from operate.swap.observed_state import ObservedState, is_undoable
from operate.swap.overrides import set_options


@dataclass(frozen=True)
class OperationRequest:
    """What an operator requests.

    Attributes:
        who: Operator, USER@HOST.
        at: Time of the request, UTC.
        why: Reason, for the history.
        release: Release of a swap.
        settings: Settings that the release overrides.
        options: Options of the swap.
        colour: Colour that a rollback makes live, whatever was before; None is the previous one.
        rotation: Command of the rotation whose swap it is, without `operate`; "" where it is of none.
    """

    who: str
    at: str
    why: str = ""
    release: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    options: SwapOptions = field(default_factory=SwapOptions)
    colour: Colour | None = None
    rotation: str = ""


def begin_swap(request: OperationRequest, observed: ObservedState) -> Record | str:
    """Return the record to resume or start, or why there is nothing to do.

    Raises:
        NotStartedError: Something else is under way, or there is no live colour.
    """
    _require_readable(observed)
    current = observed.current
    if current is not None:
        if current.kind != "swap" or current.release != request.release:
            raise NotStartedError(describe_unfinished(current))
        if request.settings and dict(request.settings) != dict(current.settings):
            raise NotStartedError(
                f"{describe_unfinished(current)}; its settings must be those that it was started with,"
                f" {dict(current.settings)}, got {dict(request.settings)}"
            )
        _require_confirmed(request, current)
        return replace(current, state=resume(current.state, live=observed.live is current.target))
    live = observed.require_live()
    if observed.release(live) == request.release:
        return f"release {request.release} is live already, as {live}"
    record = _new_record("swap", request, observed, live)
    return replace(record, release=request.release, settings=request.settings, rotation=request.rotation)


def _require_confirmed(request: OperationRequest, current: Record) -> None:
    """Refuse to build with settings of another operator that this one has not seen.

    Raises:
        NotStartedError: The record has such settings; the text names them.
    """
    if current.is_undone:
        return
    if current.settings and not request.settings and request.who != current.who:
        raise NotStartedError(
            f"a {current.title} by {current.who} since {current.at} is not finished; it builds with settings"
            f" that you have not given. `operate swap ENV --to {current.release}"
            f" {set_options(current.settings)}` confirms"
            f" them and resumes it; `operate {current.undo_command}` undoes it"
        )


def begin_rollback(request: OperationRequest, observed: ObservedState) -> Record | str:
    """Return the record of a rollback: of what is under way, else of the last swap.

    Raises:
        NotStartedError: No previous colour exists.
    """
    if observed.current is not None:
        if observed.current.door_move is not None:
            raise NotStartedError(describe_unfinished(observed.current))
        if request.colour not in (None, observed.current.source):
            return _override_current(request, observed, observed.current)
        if observed.current.state.switched and observed.current.state.direction is Direction.FORWARD:
            _require_copied_data(request, observed, observed.current.source)
        return _roll_back_current(observed.current, request.why)
    if observed.unknown_current is not None:
        return _roll_back_unknown(request, observed, observed.unknown_current)
    if request.colour is not None:
        return _force_colour(request, observed, request.colour)
    live, last = observed.require_live(), observed.last
    if observed.missing or last is None or not is_undoable(last, observed, live):
        reason = observed.missing or f"there is no swap to undo ({_describe_last_entry(observed)})"
        raise NotStartedError(
            f"{reason}; live is {live}, release {observed.release(live)}. {_describe_way_out(observed, live)}"
        )
    return _roll_back_to(request, observed, live.opposite)


def _describe_last_entry(observed: ObservedState) -> str:
    last = observed.last
    entry = f"the last entry is: {last.title}, {last.outcome}" if last else "no history"
    skipped = "".join(f"; after it, skipped: {record.description}" for record in observed.skipped[:1])
    return entry + skipped


def _describe_way_out(observed: ObservedState, live: Colour) -> str:
    """Name what is not refused where no swap can be undone."""
    idle, retirement = live.opposite, observed.unfinished_retirement
    release = observed.release(idle)
    rollback = f"`operate rollback ENV --colour {idle}` makes {idle}, release {release}, live"
    if retirement is not None:
        finishes = f"`operate {retirement.command}` finishes the retirement"
        return f"{finishes}; {rollback} if its containers still answer" if release else finishes
    if release:
        return f"{rollback} whatever the records say"
    return "There is no other release to roll back to; `operate swap ENV --to RELEASE` brings one live"


def _roll_back_unknown(request: OperationRequest, observed: ObservedState, current: UnknownRecord) -> Record:
    """Return the record of making the colour live that was so before what cannot be read."""
    colour = request.colour or current.source
    if colour is None:
        raise NotStartedError(
            f"{current.description}; it does not name the colour that was live before, so that"
            f" {current.remedy}"
        )
    record = _roll_back_to(request, observed, colour)
    undone = f"undoes {current.description}"
    return replace(record, reason=f"{record.reason}; {undone}" if record.reason else undone)


def require_no_operation(current: Record | None) -> None:
    """Refuse to begin beside a swap, a rollback or a move that is not finished.

    Args:
        current: Operation under way.

    Raises:
        NotStartedError: Such an operation is under way; the text names what finishes it.
    """
    if current is not None:
        raise NotStartedError(describe_unfinished(current))


def _override_current(request: OperationRequest, observed: ObservedState, current: Record) -> Record:
    """Return the record of making the colour live that undoing the operation under way would leave.

    Raises:
        NotStartedError: The operation has switched nothing, so that its undoing must come first.
    """
    if not current.state.switched:
        raise NotStartedError(
            f"a {current.title} by {current.who} since {current.at} is not finished, and has switched"
            f" nothing. `operate rollback ENV` undoes it; after that, `operate rollback ENV --colour"
            f" {current.target}` makes {current.target} live"
        )
    record = _roll_back_to(request, observed, current.target)
    ended = f"ends a {current.title} by {current.who} since {current.at}"
    return replace(record, reason=f"{record.reason}; {ended}" if record.reason else ended)


def _require_readable(observed: ObservedState) -> None:
    if observed.unknown_current is not None:
        raise NotStartedError(
            f"not finished: {observed.unknown_current.description}; {observed.unknown_current.remedy}, and"
            " the version of operate that wrote it can finish it"
        )


def _force_colour(request: OperationRequest, observed: ObservedState, colour: Colour) -> Record | str:
    if observed.live is colour:
        return f"{colour}, release {observed.release(colour)}, is live already"
    return _roll_back_to(request, observed, colour)


def _roll_back_to(request: OperationRequest, observed: ObservedState, colour: Colour) -> Record:
    if observed.facts.colours[colour] is None:
        raise NotStartedError(
            f"{colour} does not exist any more, so it cannot be rolled back to; `operate swap ENV --to"
            " RELEASE` gives it a release again"
        )
    _require_copied_data(request, observed, colour)
    record = _new_record("rollback", request, observed, colour)
    return replace(record, state=rollback_state(), reason=request.why)


def _require_copied_data(request: OperationRequest, observed: ObservedState, restored: Colour) -> None:
    """Refuse to lose what was pushed since the swap, which is in the other storage alone."""
    restored_facts, live_facts = observed.facts.colours[restored], observed.facts.colours[restored.opposite]
    if (
        restored_facts
        and live_facts
        and restored_facts.storage != live_facts.storage
        and not request.options.data_copied
    ):
        raise NotStartedError(
            f"{restored} has another storage than {restored.opposite}, without what was pushed since the"
            " swap; copy that back, then roll back with --data-copied: see docs/design/swaps.md"
        )


def _roll_back_current(current: Record, why: str) -> Record:
    if current.state.direction is Direction.BACK:
        return replace(current, state=resume(current.state))
    done = not current.state.switched
    return replace(
        current,
        state=roll_back(current.state),
        reason=why or "an operator wanted the previous release",
        result="given up" if done else current.result,
    )


def begin_retirement(request: OperationRequest, observed: ObservedState) -> Record | str:
    """Return the record of taking the idle colour away, or the one that a killed operator has left.

    Raises:
        NotStartedError: Something is under way, or there is no live colour.
    """
    _require_readable(observed)
    if observed.current is not None:
        raise NotStartedError(describe_unfinished(observed.current))
    live = observed.require_live()
    idle = live.opposite
    if observed.unfinished_retirement is not None:
        return replace(observed.unfinished_retirement, options=request.options, rotation=request.rotation)
    if observed.facts.colours[idle] is None:
        return f"{idle} does not exist; live is {live}, release {observed.release(live)}"
    return replace(_new_record("retire", request, observed, live), rotation=request.rotation)


def _new_record(kind: str, request: OperationRequest, observed: ObservedState, source: Colour) -> Record:
    """Return the record with which an operation starts, from a colour to the opposite one."""
    target = source.opposite
    return Record(
        id=observed.next_id,
        kind=kind,
        who=request.who,
        why=request.why,
        at=request.at,
        source=source,
        target=target,
        source_release=observed.release(source),
        release=observed.release(target),
        options=request.options,
        storage=observed.storage,
    )


def describe_unfinished(current: Record) -> str:
    """Describe what is not finished, and what finishes or undoes it."""
    return f"a {current.title} by {current.who} since {current.at} is not finished; {current.remedy}"


def describe_kept_options(record: Record, requested: SwapOptions) -> str:
    """Describe which options of a resumed operation do not count, and how they would; "" where all do."""
    kept = record.options.differences(requested)
    undo = f". `operate {record.undo_command}` undoes it, for other options" if record.undo_command else ""
    return f"its options stay those that it was started with: {kept}{undo}" if kept else ""

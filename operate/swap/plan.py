"""Which step comes next; pure.

A swap goes forward until it is done, or is turned back: then what was switched is switched back. What is done
is on record before the next step begins, so that another process may go on from any point.
"""

from dataclasses import dataclass, replace
from enum import StrEnum


class Step(StrEnum):
    """One step; each may be done again after it was done, or half done, with the same end."""

    PREVIEW = "preview"
    BUILD = "build"
    GATE = "gate"
    SHADOW = "shadow"
    SWITCH = "switch"
    DRAIN = "drain"
    BAKE = "bake"
    SETTLE = "settle"
    SWITCH_BACK = "switch back"
    RETIRE = "retire"
    WITHDRAW = "withdraw"


class Direction(StrEnum):
    """Where a swap goes."""

    FORWARD = "forward"
    BACK = "back"


FORWARD = (
    Step.PREVIEW,
    Step.BUILD,
    Step.GATE,
    Step.SHADOW,
    Step.SWITCH,
    Step.DRAIN,
    Step.BAKE,
    Step.SETTLE,
)
REPEAT_ON_RESUME = frozenset({Step.PREVIEW, Step.BUILD, Step.GATE, Step.SHADOW})
"""What may be otherwise an hour later, or in another operator's stack file."""


REPEAT_IF_NOT_LIVE = frozenset({Step.SWITCH, Step.DRAIN, Step.BAKE})
"""What says nothing where the doors say otherwise."""


@dataclass(frozen=True)
class SwapState:
    """How far a swap is.

    Attributes:
        direction: where it goes.
        started: steps that were begun.
        done: those that came to their end.
    """

    direction: Direction = Direction.FORWARD
    started: frozenset[Step] = frozenset()
    done: frozenset[Step] = frozenset()

    @property
    def switched(self) -> bool:
        """Whether a door may have the new colour live."""
        return Step.SWITCH in self.started


def next_step(state: SwapState) -> Step | None:
    """Return the next step; None where there is none any more."""
    if state.direction is Direction.BACK:
        back = (Step.SWITCH_BACK, Step.SETTLE) if state.switched else ()
        return next((step for step in back if step not in state.done), None)
    return next((step for step in FORWARD if step not in state.done), None)


def start_step(state: SwapState, step: Step) -> SwapState:
    """The state when a step has begun."""
    return replace(state, started=state.started | {step})


def finish_step(state: SwapState, step: Step) -> SwapState:
    """The state when a step has ended well."""
    return replace(state, started=state.started | {step}, done=state.done | {step})


def resume(state: SwapState, *, live: bool = True) -> SwapState:
    """The state in which another process goes on: before the switch all is done anew, after it the note.

    Args:
        state: on record.
        live: whether the new colour is so at all doors; where it is not, whatever the record says, it is
            switched and watched anew.
    """
    if state.direction is Direction.BACK:
        return replace(state, done=state.done - {Step.SWITCH_BACK, Step.SETTLE})
    if not state.switched:
        return replace(state, done=state.done - REPEAT_ON_RESUME)
    return replace(state, done=state.done - ({Step.SETTLE} if live else {*REPEAT_IF_NOT_LIVE, Step.SETTLE}))


def roll_back(state: SwapState) -> SwapState:
    """The state of a swap that is given up; settling is to be done anew, with the colour from before."""
    if state.direction is Direction.BACK:
        return state
    return replace(state, direction=Direction.BACK, done=state.done - {Step.SETTLE})


def rollback_state() -> SwapState:
    """The state of the undoing of a swap that was done: as if it had been turned back now."""
    return roll_back(SwapState(started=frozenset(FORWARD), done=frozenset(FORWARD)))

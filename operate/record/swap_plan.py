"""Which step comes next; pure.

A swap goes forward until it is done, or is rolled back: then what was switched is switched back. What is done
is on record before the next step begins, so that another process may resume at any point.
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
"""Steps whose result may differ an hour later, or with another operator's stack file."""


REPEAT_IF_NOT_LIVE = frozenset({Step.SWITCH, Step.DRAIN, Step.BAKE})
"""Steps that are repeated if the front doors do not have the new colour live."""


@dataclass(frozen=True)
class SwapState:
    """How far a swap is.

    Attributes:
        direction: Direction of the swap.
        started: Steps that were started.
        done: Steps that came to their end.
    """

    direction: Direction = Direction.FORWARD
    started: frozenset[Step] = frozenset()
    done: frozenset[Step] = frozenset()

    @property
    def switched(self) -> bool:
        """Whether a door may have the new colour live."""
        return Step.SWITCH in self.started


def next_step(state: SwapState) -> Step | None:
    """Return the next step; None after the last one."""
    if state.direction is Direction.BACK:
        back = (Step.SWITCH_BACK, Step.SETTLE) if state.switched else ()
        return next((step for step in back if step not in state.done), None)
    return next((step for step in FORWARD if step not in state.done), None)


def start_step(state: SwapState, step: Step) -> SwapState:
    """Return the state once a step has started."""
    return replace(state, started=state.started | {step})


def finish_step(state: SwapState, step: Step) -> SwapState:
    """Return the state once a step has succeeded."""
    return replace(state, started=state.started | {step}, done=state.done | {step})


def resume(state: SwapState, *, live: bool = True) -> SwapState:
    """Return the state in which another process resumes: it repeats all before a switch, settling after it.

    Args:
        state: State in the record.
        live: Whether the new colour is live at all front doors; if not, whatever is on record, switching
            and watching are repeated.
    """
    if state.direction is Direction.BACK:
        return replace(state, done=state.done - {Step.SWITCH_BACK, Step.SETTLE})
    if not state.switched:
        return replace(state, done=state.done - REPEAT_ON_RESUME)
    return replace(state, done=state.done - ({Step.SETTLE} if live else {*REPEAT_IF_NOT_LIVE, Step.SETTLE}))


def roll_back(state: SwapState) -> SwapState:
    """Return the state of a swap that is rolled back; settling is repeated, with the previous colour."""
    if state.direction is Direction.BACK:
        return state
    return replace(state, direction=Direction.BACK, done=state.done - {Step.SETTLE})


def rollback_state() -> SwapState:
    """Return the state of rolling back a completed swap: as if it were rolled back at its end."""
    return roll_back(SwapState(started=frozenset(FORWARD), done=frozenset(FORWARD)))

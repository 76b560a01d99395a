"""Which step of a move comes next; pure.

A move goes forward until the previous front door is taken out, or is rolled back: then the address is routed
back, and the front door that was built is taken out. What is done is on record before the next step begins.
"""

from dataclasses import replace

from operate.record.swap_plan import REPEAT_ON_RESUME, Direction, Step, SwapState

FORWARD = (
    Step.PREVIEW,
    Step.BUILD,
    Step.GATE,
    Step.SHADOW,
    Step.SWITCH,
    Step.DRAIN,
    Step.BAKE,
    Step.RETIRE,
)


def next_step(state: SwapState) -> Step | None:
    """Return the next step; None after the last one."""
    if state.direction is Direction.FORWARD:
        return next((step for step in FORWARD if step not in state.done), None)
    back = [
        *([Step.SWITCH_BACK] if state.switched else []),
        *([Step.WITHDRAW] if Step.BUILD in state.started else []),
    ]
    return next((step for step in back if step not in state.done), None)


def resume(state: SwapState, *, is_led: bool) -> SwapState:
    """Return the state in which another process resumes.

    Args:
        state: State in the record.
        is_led: Whether the address leads to the new front door; where it does not, whatever is on record,
            it is led there and watched again.
    """
    last = Step.RETIRE if state.direction is Direction.FORWARD else Step.WITHDRAW
    if last in state.started:
        # One of the front doors may be gone already.
        return replace(state, done=state.done - {last})
    if state.direction is Direction.BACK:
        return replace(state, done=state.done - {Step.SWITCH_BACK})
    if not state.switched:
        return replace(state, done=state.done - REPEAT_ON_RESUME)
    return state if is_led else replace(state, done=state.done - {Step.SWITCH, Step.DRAIN, Step.BAKE})

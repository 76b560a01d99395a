"""The operator's own requests: half of the time nothing is asked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operate.swap.resting import resting
from tests.unit.simulated_world import SimulatedClock


@given(st.floats(0.0, 1.0))
def test_what_takes_a_while_is_followed_by_as_long_a_rest(seconds: float) -> None:
    clock = SimulatedClock()
    began = clock.monotonic()
    with resting(clock):
        clock.sleep(seconds)
    assert clock.monotonic() - began == pytest.approx(2 * seconds)


def test_what_hangs_is_not_waited_for_twice() -> None:
    clock = SimulatedClock()
    began = clock.monotonic()
    with resting(clock):
        clock.sleep(60)
    assert clock.monotonic() - began == pytest.approx(61)


def test_what_fails_is_told_at_once() -> None:
    clock = SimulatedClock()
    began = clock.monotonic()
    with pytest.raises(OSError, match="refused"), resting(clock):
        raise OSError("refused")
    assert clock.monotonic() == began

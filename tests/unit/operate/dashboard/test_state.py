"""What the dashboard draws of samples."""

from datetime import UTC, datetime

from operate.dashboard.state import DashboardState, TrafficSample, latencies
from operate.dashboard.view import stack_view
from operate.doors.counters import Counters
from operate.history.events import Event, note_event
from operate.stack.facts import Colour
from operate.status.status import status
from tests.unit.operate.swap.simulated_stack import SimulatedStore, Simulation

NOW = datetime(2026, 12, 1, tzinfo=UTC)


def test_the_page_names_what_was_last_done_be_it_a_takeover() -> None:
    simulation = Simulation()
    store = SimulatedStore(simulation)
    observed = simulation.operator().observe(simulation.facts())
    view = stack_view(DashboardState("prod", NOW, status("prod", observed, store)))
    assert view.last_line == ""
    event = Event("takeover", "dal05-b carries the registry", "op@host", "2026-12-01T10:00:00Z")
    note_event(store, event)
    assert (
        stack_view(DashboardState("prod", NOW, status("prod", observed, store))).last_line
        == event.description
    )


def sample(at: float, requests: int, response_ms: float) -> TrafficSample:
    idle = Counters(40, 0, 0, 0, 251.0)
    return TrafficSample(at, {Colour.RED: Counters(requests, 0, 0, 0, response_ms), Colour.BLACK: idle})


def test_a_colour_without_requests_has_no_time_to_the_first_byte() -> None:
    """A flat line of 251 ms was drawn for an idle colour: HAProxy repeats the mean of former requests."""
    samples = [sample(0.0, 10, 5.0), sample(2.0, 12, 6.0), sample(4.0, 12, 6.0), sample(6.0, 12, 6.0)]
    assert latencies(samples, Colour.RED) == [(-6.0, 5.0), (-4.0, 6.0)], "a line from two moments on"
    assert latencies([sample(0.0, 0, 0.0), sample(2.0, 3, 7.0)], Colour.RED) == [(0.0, 7.0)]
    assert latencies(samples, Colour.BLACK) == []
    assert latencies([], Colour.RED) == []

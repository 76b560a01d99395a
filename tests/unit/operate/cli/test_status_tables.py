"""What `operate status` prints: every heading at 80 columns, and what is wrong with what is live."""

import io
from dataclasses import replace

from rich.console import Console

from operate.cli.status_tables import print_status
from operate.clock import parse_timestamp
from operate.dashboard.state import DashboardState, alarms
from operate.stack.facts import TakeoverFacts
from operate.status.status import StackStatus, status
from tests.unit.operate.swap.simulated_stack import SimulatedStore, Simulation

HEADINGS = ("door", "colour", "live", "transfers", "requests", "failed", "first", "byte", "health")


def status_of(simulation: Simulation) -> StackStatus:
    return status("prod", simulation.operator().observe(simulation.facts()), SimulatedStore(simulation))


def printed(stack_status: StackStatus, width: int = 80) -> str:
    text = io.StringIO()
    print_status(stack_status, Console(file=text, width=width))
    return text.getvalue()


def test_every_heading_can_be_read_at_80_columns() -> None:
    simulation = Simulation()
    stack_status = status_of(simulation)
    doors = tuple(
        replace(door, server=f"a-server-with-a-long-name-{number}")
        for number, door in enumerate(stack_status.observed.facts.doors)
    )
    observed = replace(stack_status.observed, facts=replace(stack_status.observed.facts, doors=doors))
    text = printed(replace(stack_status, observed=observed))
    assert max(map(len, text.splitlines())) <= 80
    head = text.partition("containers")[2].split()
    assert [word for word in HEADINGS if word not in head] == []
    assert "\u2026" not in text, "nothing is cut"
    assert "".join(text.split()).count("modernred") == len(doors)


def test_where_there_is_room_a_heading_is_one_line_and_the_tables_have_one_style() -> None:
    lines = printed(status_of(Simulation()), width=100).splitlines()
    assert lines[0] == "environment prod"
    assert [line for line in lines if "first byte" in line]
    rules = [
        line for line in lines if line.strip() and not line.strip(" \u2500\u2501\u2502\u2521\u2529\u2547")
    ]
    assert len(rules) == 2
    assert {character for line in rules for character in line.strip()} == {"\u2500"}


def test_a_door_that_lacks_a_colour_has_a_row_and_a_warning() -> None:
    """A killed `pulumi up` took it out of the door, and the stack file has it again."""
    simulation = Simulation()
    for colour in list(simulation.doors[1].counters):
        if colour.value == "red":
            del simulation.doors[1].counters[colour]
    stack_status = status_of(simulation)
    (warning,) = stack_status.warnings
    assert warning.startswith("ams01-server-ams01: its front door lacks modern red, which the stack has")
    assert "`operate recover prod`" in warning
    (row,) = [line for line in printed(stack_status).splitlines() if line.rstrip().endswith("missing")]
    assert row.split()[1:3] == ["modern", "red"]
    doors = stack_status.as_json()["doors"]
    assert isinstance(doors, list)
    assert [door["missing"] for door in doors] == [[], ["modern red"]]


def test_a_live_colour_that_does_not_answer_is_a_warning() -> None:
    simulation = Simulation()
    assert status_of(simulation).warnings == ()
    colour, counters = next(iter(simulation.doors[1].counters.items()))
    simulation.doors[1].counters[colour] = replace(counters, up=False)
    stack_status = status_of(simulation)
    (warning,) = stack_status.warnings
    assert warning.startswith("ams01-server-ams01: its live colour red (modern) is unhealthy")
    assert "`operate doctor prod`" in warning
    assert f"warning: {warning}" in printed(stack_status)
    now = parse_timestamp("2026-11-25T00:00:00Z")
    assert now is not None
    assert alarms(DashboardState("prod", now, stack_status)) == [warning]


def test_a_lost_front_door_is_named_with_what_makes_its_takeover_permanent() -> None:
    simulation = Simulation()
    stack_status = status_of(simulation)
    facts = stack_status.observed.facts
    lost_door = replace(facts.doors[0], server="lost")
    taken_over = replace(facts, takeovers=(TakeoverFacts(lost_door, facts.doors[0]),))
    observed = replace(stack_status.observed, facts=taken_over)
    stack_status = status("prod", observed, SimulatedStore(simulation))
    (warning,) = stack_status.warnings
    assert warning.startswith(f"dal05-lost is lost, and {facts.doors[0].name} is the registry in its place")
    assert "`operate recover prod` makes it permanent" in warning
    assert f"warning: {warning}" in printed(stack_status)
    assert stack_status.as_json()["takeovers"] == [
        {
            "lost": "dal05-lost",
            "standby": facts.doors[0].name,
            "endpoint": facts.doors[0].endpoint,
            "permanent": "operate recover prod",
        }
    ]

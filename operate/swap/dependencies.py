"""Everything that a swap or a move depends on, in one place."""

from collections.abc import Callable
from dataclasses import dataclass

from operate.clock import Clock
from operate.record.record import Record
from operate.stack.facts import Facts
from operate.swap.interfaces import FrontDoorClient, StackClient, TrafficProber


def render_report(record: Record) -> str:
    """Return a swap's report as an HTML page."""
    from operate.swap.report import page  # templates and plots take a fifth of a second to load

    return page(record)


@dataclass(frozen=True)
class Dependencies:
    """Everything that an operation depends on.

    Attributes:
        stack: The Pulumi stack.
        doors: Client of all front doors.
        traffic: Requests to the colours' own ports.
        clock: Clock that measures and waits.
        log: Gets a line for each step.
        render_report: Makes the page of a record that has ended.
        require_docker: Raises NotStartedError where Docker does not answer on a server of the colours.
    """

    stack: StackClient
    doors: FrontDoorClient
    traffic: TrafficProber
    clock: Clock
    log: Callable[[str], None]
    render_report: Callable[[Record], str] = render_report
    require_docker: Callable[[Facts], None] = lambda _: None

"""Records of bare metal: servers, and the tickets that cancel them."""

from dataclasses import dataclass

from cloud.state.record import Record
from cloud.state.server_record import Server


@dataclass(frozen=True, kw_only=True)
class Hardware(Server, first_id=2_200_001):
    """A bare metal server.

    Attributes:
        preset: Key name of its fixed configuration.
        reloading: The reload of `reload_id` is under way.
        ticket_id: The cancellation ticket, once cancelled.
    """

    preset: str
    reloading: bool = False
    ticket_id: int | None = None


@dataclass(frozen=True)
class TicketUpdate:
    """One entry of a ticket."""

    id: int
    entry: str
    created: str


@dataclass(frozen=True)
class Ticket(Record, first_id=25_000_001):
    """A ticket that asks for a server's cancellation."""

    id: int
    title: str
    hardware_id: int
    created: str
    updates: tuple[TicketUpdate, ...]
    closed: bool = False

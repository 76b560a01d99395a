"""What the books hold of bare metal: servers, and the tickets that cancel them."""

from dataclasses import dataclass

from cloud.transaction_record import Transaction


@dataclass(frozen=True)
class Hardware:
    """A bare metal server.

    Attributes:
        preset: key name of its fixed configuration.
        transaction: the step under way; None in the gaps between steps and when there is nothing to do.
        last_transaction: the step finished last.
        stage: how many steps of the present pipeline are done.
        reload_id: the transaction of the last operating system reload, under way or done; None for none.
        reloading: that reload is under way.
        ticket_id: the cancellation ticket, once cancelled.
        leaving: it is being reclaimed.
        failure: why a step is stuck; "" when none is.
        powered: whether it is meant to run.
        sealed_keys: the keys' text as of the last installation, kept though the account's key be deleted.
    """

    id: int
    global_identifier: str
    hostname: str
    domain: str
    datacenter: str
    os_code: str
    preset: str
    hourly: bool
    speed_mbps: int
    private_only: bool
    key_ids: tuple[int, ...]
    sealed_keys: tuple[str, ...]
    user_data: tuple[str, ...]
    script_uri: str
    billing_id: int
    created: str
    notes: str | None = None
    tags: tuple[str, ...] = ()
    modified: str | None = None
    provisioned: str | None = None
    public_ip: str | None = None
    private_ip: str | None = None
    transaction: Transaction | None = None
    last_transaction: Transaction | None = None
    stage: int = 0
    reload_id: int | None = None
    reloading: bool = False
    ticket_id: int | None = None
    leaving: bool = False
    failure: str = ""
    powered: bool = False


@dataclass(frozen=True)
class TicketUpdate:
    """One entry of a ticket."""

    id: int
    entry: str
    created: str


@dataclass(frozen=True)
class Ticket:
    """A ticket that asks for a server's cancellation."""

    id: int
    title: str
    hardware_id: int
    created: str
    updates: tuple[TicketUpdate, ...]
    closed: bool = False

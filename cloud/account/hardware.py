"""What the account's owner may do to bare metal. Every action is on disk when it returns."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from cloud import faults
from cloud.account.billing import cancelled_now
from cloud.clock import next_month, now
from cloud.interfaces import MachineError, Machines
from cloud.provisioning.hardware_pipeline import HardwarePipeline, hardware_plan, hardware_specification
from cloud.provisioning.stages import HARDWARE_RECLAIM, HARDWARE_RELOAD
from cloud.state.hardware_records import TicketUpdate
from cloud.state.records import BillingItem, Hardware, Ticket, Transaction
from cloud.state.store import Store


@dataclass(frozen=True)
class HardwareReload:
    """What a server's system is to be installed as.

    Attributes:
        os_code: The operating system.
        key_ids: SSH keys for root.
        keys: Texts of the SSH keys.
        script_uri: URL of a script to run afterwards; "" for none.
    """

    os_code: str
    key_ids: tuple[int, ...]
    keys: tuple[str, ...]
    script_uri: str


class HardwareManager:
    """The account's bare metal."""

    def __init__(self, store: Store, pipeline: HardwarePipeline, machines: Machines | None) -> None:
        self._store = store
        self._pipeline = pipeline
        self._machines = machines

    def find(self, text: str) -> Hardware:
        """Return the server of an id or global identifier.

        Raises:
            ApiFault: The server does not exist.
        """
        if text.isdecimal() and len(text) < 18:
            server = self._store.get(Hardware, int(text))
        else:
            every = self._store.all(Hardware)
            server = next((server for server in every if server.global_identifier == text.lower()), None)
        if server is None:
            raise faults.not_found(text[:80])
        return server

    def wake(self, number: int) -> None:
        """Wake the work on a server that was ordered."""
        self._pipeline.wake(number)

    def change(self, number: int, change: Callable[[Hardware], Hardware]) -> None:
        """Change a server's record; its modification date is kept.

        Raises:
            ApiFault: The server does not exist.
        """
        if (
            self._store.change(Hardware, number, lambda server: replace(change(server), modified=now()))
            is None
        ):
            raise faults.not_found(str(number))

    def cancel(self, number: int, *, immediately: bool, reason: str, note: str) -> None:
        """Cancel a server by a ticket: an hourly one now or at the next invoice, a monthly one only then.

        Raises:
            ApiFault: The server is cancelled already, busy, or billed by the month and to go at once.
        """
        with self._store.transaction():
            server = self._settled(number)
            if immediately and not server.hourly:
                raise faults.not_immediately()
            ticket, due = self._ticket(server, reason, note), now() if immediately else next_month(now())
            server = replace(server, ticket_id=ticket.id, modified=now())
            item = self._store.get(BillingItem, server.billing_id)
            bill = () if item is None else (replace(item, cancelled=due),)
            self._store.put((self._start_reclaim(server) if immediately else server, ticket, *bill))
        self._pipeline.wake(number)

    def reclaim(self, number: int) -> None:
        """Reclaim a server in any state, and stop billing it now. A second call changes nothing.

        Only the cloud's operator does that; the owner asks by `cancel`.

        Raises:
            ApiFault: The server does not exist.
        """
        with self._store.transaction():
            server = self.find(str(number))
            if server.reclaiming:
                return
            item = self._store.get(BillingItem, server.billing_id)
            bill = () if item is None else (cancelled_now(item),)
            self._store.put((self._start_reclaim(server), *bill))
        self._pipeline.wake(number)

    def reload(self, number: int, target: HardwareReload) -> None:
        """Reinstall a server's operating system; the content of its disks is lost.

        Raises:
            ApiFault: The server is being cancelled at once, or busy.
        """
        with self._store.transaction():
            server = self._idle(number)
            transaction = Transaction(self._store.numbers("Transaction")[0], HARDWARE_RELOAD[0].name, now())
            self._store.put(
                (
                    replace(
                        server,
                        os_code=target.os_code,
                        key_ids=target.key_ids,
                        sealed_keys=target.keys,
                        script_uri=target.script_uri,
                        reloading=True,
                        reload_id=transaction.id,
                        reload_date=transaction.created,
                        stage=0,
                        transaction=transaction,
                        modified=now(),
                    ),
                )
            )
        self._pipeline.wake(number)

    def power(self, server: Hardware, *, on: bool) -> None:
        """Power a server on or off.

        Raises:
            ApiFault: The server is busy, or its machine does not follow.
        """
        self._idle(server.id)
        if self._machines is not None:
            try:
                if on:
                    self._machines.start(hardware_specification(server))
                else:
                    self._machines.stop(server.id)
            except MachineError as error:
                text = f"Unable to change the power state of server {server.id}."
                raise faults.ApiFault("SoftLayer_Exception_Public", text) from error
        self.change(server.id, lambda record: replace(record, powered=on))

    def running(self, server: Hardware) -> bool:
        """Return whether the server runs now, as its machine reports; without one, as recorded."""
        if self._machines is None or not server.powered:
            return server.powered
        try:
            return self._machines.running(server.id)
        except MachineError:
            return server.powered

    def update_ticket(self, ticket: Ticket, entry: str) -> Ticket:
        """Add an entry to a ticket; nobody reads it here (choice), so nothing comes of it."""
        update = TicketUpdate(self._store.numbers("TicketUpdate")[0], entry, now())
        changed = self._store.change(
            Ticket, ticket.id, lambda record: replace(record, updates=(*record.updates, update))
        )
        return changed or ticket

    def _start_reclaim(self, server: Hardware) -> Hardware:
        waiting = Transaction(self._store.numbers("Transaction")[0], HARDWARE_RECLAIM[0].name, now())
        return replace(
            server,
            reclaiming=True,
            stage=0,
            failure="",
            transaction=waiting,
            reloading=False,
            modified=now(),
        )

    def _idle(self, number: int) -> Hardware:
        server = self.find(str(number))
        if server.reclaiming or server.transaction is not None or hardware_plan(server):
            raise faults.outstanding_transaction()
        return server

    def _settled(self, number: int) -> Hardware:
        ticket = self.find(str(number)).ticket_id
        if ticket is not None:
            raise faults.ticket_exists(ticket)
        return self._idle(number)

    def _ticket(self, server: Hardware, reason: str, note: str) -> Ticket:
        number, first = self._store.numbers("Ticket")[0], self._store.numbers("TicketUpdate")[0]
        entry = "\n".join(
            text for text in (f"Cancel {server.hostname}.{server.domain}.", reason, note) if text
        )
        update = TicketUpdate(first, entry, now())
        return Ticket(number, "Server Cancellation Request", server.id, now(), (update,))

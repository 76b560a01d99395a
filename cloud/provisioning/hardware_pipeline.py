"""The transactions of bare metal: provisioning, reload, reclaim.

A server whose cancellation is scheduled has a task that waits for that day.
"""

import asyncio
import contextlib
from dataclasses import replace
from datetime import UTC, datetime

from cloud.interfaces import Machines, MachineSpec
from cloud.provisioning.server_machine import MachineSize, machine_specification
from cloud.provisioning.server_pipeline import ServerPipeline
from cloud.provisioning.stages import HARDWARE_PROVISION, HARDWARE_RECLAIM, HARDWARE_RELOAD, Stage
from cloud.provisioning.stalls import InjectedStalls
from cloud.settings import Speed
from cloud.state.records import BillingItem, Hardware, Ticket
from cloud.state.store import Store

# Machines are real, and made as large as the host bears: more than two at once slow each other down (choice).
_AT_ONCE = 2
_LONGEST_SLEEP = 3600.0
# What a machine that stands for bare metal gets (choice): its record says what was ordered.
_SIZE = MachineSize(cpus=2, memory_mb=2048, disk_gb=25)


def hardware_steps(server: Hardware) -> tuple[Stage, ...]:
    """Return all steps of the server's active transaction; none when it has no transaction."""
    if server.reclaiming:
        return HARDWARE_RECLAIM
    if server.reloading:
        return HARDWARE_RELOAD
    return () if server.provisioned else HARDWARE_PROVISION


def hardware_plan(server: Hardware) -> tuple[Stage, ...]:
    """Return the steps still before the server, none when it is settled."""
    return hardware_steps(server)[server.stage :]


def hardware_specification(server: Hardware) -> MachineSpec:
    """Return the machine a server runs on.

    Raises:
        MachineError: The server has no address yet.
    """
    return machine_specification(server, _SIZE)


class HardwarePipeline(ServerPipeline[Hardware]):
    """Drives the account's bare metal."""

    def __init__(self, store: Store, machines: Machines | None, speed: Speed, stalls: InjectedStalls) -> None:
        super().__init__(Hardware, store, machines, speed, stalls, _AT_ONCE)

    def steps(self, server: Hardware) -> tuple[Stage, ...]:
        """Return what `hardware_steps` does."""
        return hardware_steps(server)

    def size(self, server: Hardware) -> MachineSize:
        """Return the same for all."""
        return _SIZE

    def settled(self, server: Hardware) -> Hardware:
        """Return the server without a reload to do."""
        return replace(server, reloading=False)

    def forget(self, server: Hardware) -> None:
        """Delete the record of the server, and close its cancellation ticket."""
        if server.ticket_id is not None:
            self._store.change(Ticket, server.ticket_id, lambda ticket: replace(ticket, closed=True))
        super().forget(server)

    async def idle(self, server: Hardware, woken: asyncio.Event) -> bool:
        """Wait for the day on which a scheduled cancellation is due; False when none is scheduled."""
        item = self._store.get(BillingItem, server.billing_id)
        if item is None or item.cancelled is None:
            return False
        seconds_left = (datetime.fromisoformat(item.cancelled) - datetime.now(UTC)).total_seconds()
        if seconds_left <= 0:
            self._store.change(Hardware, server.id, lambda record: replace(record, reclaiming=True, stage=0))
            return True
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(woken.wait(), min(seconds_left, _LONGEST_SLEEP))
        return True

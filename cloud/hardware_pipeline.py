"""The transactions of bare metal: from order to ready, through reloads, and from cancel to gone.

As `cloud.transactions`, which runs this beside its own: one asyncio task for each server on its way, all that
matters in the books. A server whose cancellation is scheduled has a task that waits for that day.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import IPv4Address

from cloud.clock import now
from cloud.daemon_thread import in_daemon_thread
from cloud.hindrances import STUCK, Hindrances
from cloud.ports import Addresses, MachineError, Machines, MachineSpec
from cloud.records import BillingItem, Hardware, Ticket, Transaction
from cloud.settings import Speed
from cloud.stages import (
    HARDWARE_PROVISION,
    HARDWARE_RECLAIM,
    HARDWARE_RELOAD,
    Stage,
    gap_seconds,
    seconds,
)
from cloud.store import Store

LOG = logging.getLogger("cloud.hardware")
# Machines are real, and made as large as the host bears: more than two at once slow each other down (choice).
_AT_ONCE = 2
_RETRY_SECONDS = 5.0
_LONGEST_SLEEP = 3600.0
# What a machine that stands for bare metal gets (choice): its books say what was ordered.
_MACHINE_CPUS, _MACHINE_MEMORY_MB, _MACHINE_DISK_GB = 2, 2048, 25
# Where servers that run nowhere have their addresses (choice).
_PUBLIC, _PRIVATE = int(IPv4Address("10.251.0.10")), int(IPv4Address("10.251.128.10"))
_EACH = 32_000


def hardware_plan(server: Hardware) -> tuple[Stage, ...]:
    """The steps still before the server, none when it is settled."""
    if server.leaving:
        return HARDWARE_RECLAIM[server.stage :]
    if server.reloading:
        return HARDWARE_RELOAD[server.stage :]
    return () if server.provisioned else HARDWARE_PROVISION[server.stage :]


def hardware_specification(server: Hardware) -> MachineSpec:
    """The machine a server runs on.

    Raises:
        MachineError: the server has no address yet.
    """
    if server.private_ip is None:
        raise MachineError(f"server {server.id} ({server.hostname}) has no address yet")
    return MachineSpec(
        server.id,
        server.hostname,
        server.domain,
        server.datacenter,
        server.os_code,
        _MACHINE_CPUS,
        _MACHINE_MEMORY_MB,
        _MACHINE_DISK_GB,
        server.public_ip,
        server.private_ip,
        server.sealed_keys,
        "\n".join(server.user_data),
    )


def _machine_work(machines: Machines, server: Hardware, stage: Stage) -> None:
    """What a step does to the server's machine."""
    if stage.work == "start":
        machines.start(hardware_specification(server))
    elif stage.work == "reinstall":
        machines.reinstall(hardware_specification(server))
    elif stage.work == "script" and server.script_uri:
        machines.run_script(server.id, server.script_uri)
    elif stage.work == "stop":
        machines.stop(server.id)
    elif stage.work == "destroy":
        machines.destroy(server.id)


class HardwarePipeline:
    """Drives the account's bare metal; made outside, run inside an event loop."""

    def __init__(self, store: Store, machines: Machines | None, speed: Speed, hindrances: Hindrances) -> None:
        self._store = store
        self._hindrances = hindrances
        self._machines = machines
        self._speed = speed
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._woken: dict[int, asyncio.Event] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def open(self) -> None:
        """Take up whatever the books say is unfinished or scheduled, and power on what is meant to run."""
        self._loop = asyncio.get_running_loop()
        for server in self._store.all(Hardware):
            self._store.change(Hardware, server.id, lambda one: replace(one, failure=""))
            self._spawn(server.id, power=server.powered and not hardware_plan(server))

    async def close(self) -> None:
        """Stop driving; the books keep where everything is."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._loop = None

    def release(self) -> None:
        """Let go on what is stuck on demand; a machine's own failure stays."""
        for server in self._store.all(Hardware):
            if server.failure == STUCK:
                self._store.change(Hardware, server.id, lambda one: replace(one, failure=""))
                self.wake(server.id)

    def wake(self, number: int) -> None:
        """A server has something to do; may be called from any thread, after the books say what."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._spawn, number)

    def _spawn(self, number: int, power: bool = False) -> None:
        self._woken.setdefault(number, asyncio.Event()).set()
        running = self._tasks.get(number)
        if running is None or running.done():
            self._tasks[number] = asyncio.ensure_future(self._guarded(number, power))

    async def _guarded(self, number: int, power: bool) -> None:
        try:
            if power:
                await self._power_on(number)
            while await self._advance(number):
                pass
        except Exception:
            LOG.exception("server %d: its transactions broke off; restart the cloud to go on", number)

    async def _advance(self, number: int) -> bool:
        """Do the next thing there is to do with the server; whether there may be more."""
        self._woken[number].clear()
        server = self._store.get(Hardware, number)
        if server is None:
            return False
        steps = hardware_plan(server)
        if steps and not server.failure:
            await self._step(server, steps[0])
            return True
        if server.leaving:
            self._forget(server)
            return False
        return not steps and await self._await_cancellation(server)

    def _forget(self, server: Hardware) -> None:
        if server.ticket_id is not None:
            self._store.change(Ticket, server.ticket_id, lambda one: replace(one, closed=True))
        self._store.remove(Hardware, server.id)

    async def _await_cancellation(self, server: Hardware) -> bool:
        """Wait for the day on which a scheduled cancellation is due; False when none is scheduled."""
        item = self._store.get(BillingItem, server.billing_id)
        if item is None or item.cancelled is None:
            return False
        left = (datetime.fromisoformat(item.cancelled) - datetime.now(UTC)).total_seconds()
        if left <= 0:
            self._store.change(Hardware, server.id, lambda one: replace(one, leaving=True, stage=0))
            return True
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._woken[server.id].wait(), min(left, _LONGEST_SLEEP))
        return True

    async def _step(self, server: Hardware, stage: Stage) -> None:
        begun = self._store.change(Hardware, server.id, lambda one: self._begun(one, stage))
        if begun is None:
            return
        until = asyncio.get_running_loop().time() + seconds(stage, self._speed)
        try:
            changes = await self._work(begun, stage)
        except Exception as error:
            await self._stuck(begun, stage, error)
            return
        await asyncio.sleep(max(0.0, until - asyncio.get_running_loop().time()))
        self._store.change(Hardware, server.id, lambda one: _finished(one, begun, stage, changes))
        await asyncio.sleep(gap_seconds(self._speed))

    def _begun(self, server: Hardware, stage: Stage) -> Hardware:
        if server.transaction and server.transaction.name == stage.name:
            return server
        # All steps of a reload bear its number: by that the official client knows that it is not over.
        number = server.reload_id if server.reloading else None
        return replace(
            server,
            transaction=Transaction(number or self._store.numbers("Transaction")[0], stage.name, now()),
        )

    async def _work(self, server: Hardware, stage: Stage) -> Callable[[Hardware], Hardware]:
        machines = self._machines
        self._hindrances.check(server.id, stage.name)
        if stage.work == "reserve":
            return await self._reserve(server)
        powered = {"start": True, "reinstall": True, "stop": False, "destroy": False}.get(
            stage.work, server.powered
        )
        if machines is not None:
            await self._in_thread(lambda: _machine_work(machines, server, stage))
        return lambda one: replace(one, powered=powered)

    async def _reserve(self, server: Hardware) -> Callable[[Hardware], Hardware]:
        machines = self._machines
        if machines is None:
            return self._book_address
        found: list[Addresses] = []
        await self._in_thread(
            lambda: found.append(
                machines.reserve(server.id, server.datacenter, private_only=server.private_only)
            )
        )
        return lambda one: replace(one, public_ip=found[0].public_ip, private_ip=found[0].private_ip)

    def _book_address(self, server: Hardware) -> Hardware:
        # Runs inside the books' change, so that no two servers are given the same address.
        every = self._store.all(Hardware)
        taken = {ip for one in every for ip in (one.public_ip, one.private_ip)}
        public = None if server.private_only else _lowest(_PUBLIC, taken)
        return replace(server, public_ip=public, private_ip=_lowest(_PRIVATE, taken))

    async def _in_thread(self, work: Callable[[], None]) -> None:
        async with self._places:
            await in_daemon_thread(work)

    async def _stuck(self, server: Hardware, stage: Stage, error: Exception) -> None:
        LOG.error("server %d (%s): %s failed: %s", server.id, server.hostname, stage.name, error)
        if server.leaving:
            # Nothing may be left running or billed: try until it works.
            await asyncio.sleep(_RETRY_SECONDS)
            return
        failure = str(error) or type(error).__name__
        self._store.change(
            Hardware, server.id, lambda one: one if one.leaving else replace(one, failure=failure)
        )

    async def _power_on(self, number: int) -> None:
        server, machines = self._store.get(Hardware, number), self._machines
        if server is None or machines is None:
            return
        try:
            await self._in_thread(lambda: machines.start(hardware_specification(server)))
        except MachineError as error:
            LOG.error("server %d (%s) could not be powered on again: %s", number, server.hostname, error)


def _finished(
    server: Hardware, begun: Hardware, stage: Stage, changes: Callable[[Hardware], Hardware]
) -> Hardware:
    after = changes(server)
    if server.leaving != begun.leaving:
        return after  # cancelled meanwhile: what was done counts, the step does not
    after = replace(
        after, stage=server.stage + 1, transaction=None, last_transaction=server.transaction, modified=now()
    )
    if stage is HARDWARE_PROVISION[-1]:
        return replace(after, provisioned=now())
    return replace(after, reloading=False) if stage is HARDWARE_RELOAD[-1] else after


def _lowest(first: int, taken: set[str | None]) -> str:
    for number in range(first, first + _EACH):
        text = str(IPv4Address(number))
        if text not in taken:
            return text
    raise MachineError("no address is free in 10.251.0.0/16; cancel some bare metal servers")

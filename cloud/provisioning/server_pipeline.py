"""The transactions of servers of one kind: from order to ready, through changes, and from cancel to deleted.

One asyncio task for each server on its way. All that matters is in the state, so a killed API resumes where
it was when it is started again; machines take the same call twice.
"""

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace
from typing import Generic, TypeVar

from cloud.clock import now
from cloud.interfaces import MachineError, Machines
from cloud.provisioning.addresses import unwired_addresses
from cloud.provisioning.daemon_thread import in_daemon_thread
from cloud.provisioning.server_machine import (
    MachineSize,
    machine_specification,
    powered_after,
    work_on_machine,
)
from cloud.provisioning.stages import RELOADS, Stage, gap_seconds, seconds
from cloud.provisioning.stalls import STUCK, InjectedStalls
from cloud.provisioning.tasks import Tasks
from cloud.settings import Speed
from cloud.state.records import Guest, Hardware, Transaction
from cloud.state.server_vlans import vlans
from cloud.state.store import Store

LOG = logging.getLogger("cloud.servers")
_RETRY_SECONDS = 5.0

S = TypeVar("S", Guest, Hardware)
T = TypeVar("T")


class ServerPipeline(ABC, Generic[S]):
    """Drives the account's servers of one kind; made outside, run inside an event loop.

    Args:
        kind: Kind of the servers.
        store: The account's state.
        machines: What they run on; None for servers that run nowhere.
        speed: Speed of the steps.
        stalls: The injected stalls.
        at_once: How many machines may be worked on at the same time.
    """

    def __init__(
        self,
        kind: type[S],
        store: Store,
        machines: Machines | None,
        speed: Speed,
        stalls: InjectedStalls,
        at_once: int,
    ) -> None:
        self._kind: type[S] = kind
        self._store = store
        self._machines = machines
        self._speed = speed
        self._stalls = stalls
        self._tasks = Tasks()
        self._woken: dict[int, asyncio.Event] = {}
        self._places = asyncio.Semaphore(at_once)

    @abstractmethod
    def steps(self, server: S) -> tuple[Stage, ...]:
        """Return all steps of the server's active transaction, done or not.

        None when it has no transaction.
        """

    @abstractmethod
    def size(self, server: S) -> MachineSize:
        """Return how large its machine is."""

    @abstractmethod
    def settled(self, server: S) -> S:
        """Return the server after the last step of its transaction, unless that deletes it."""

    def changed(self, server: S, stage: Stage) -> S:
        """Return the server as a step that is done makes it."""
        return replace(server, powered=powered_after(server, stage))

    async def prepare(self, server: S, stage: Stage) -> None:
        """Do what comes before a step's work on the machine."""

    async def idle(self, server: S, woken: asyncio.Event) -> bool:
        """Called when the server has no steps left. Returns whether to check again."""
        return False

    def forget(self, server: S) -> None:
        """Delete the record of the server."""
        self._store.remove(self._kind, server.id)

    async def open(self) -> None:
        """Resume unfinished transactions, and power on what is meant to run."""
        self._tasks.open()
        for server in self._store.all(self._kind):
            unfinished = bool(self._plan(server))
            if unfinished:
                self._store.change(self._kind, server.id, lambda record: replace(record, failure=""))
            self._spawn(server.id, power=server.powered and not unfinished)

    async def close(self) -> None:
        """Stop all tasks; the state keeps their progress."""
        await self._tasks.close()

    def wake(self, number: int) -> None:
        """Do what is due for a server; may be called from any thread, after the state was written."""
        self._tasks.wake(lambda: self._spawn(number))

    def release(self) -> None:
        """Resume the stalled transactions; a machine's own failure stays."""
        for server in self._store.all(self._kind):
            if server.failure == STUCK:
                self._store.change(self._kind, server.id, lambda record: replace(record, failure=""))
                self.wake(server.id)

    async def in_thread(self, work: Callable[[], T]) -> T:
        """Do blocking work, when it is its turn."""
        async with self._places:
            return await in_daemon_thread(work)

    def _plan(self, server: S) -> tuple[Stage, ...]:
        """Return the steps still before the server."""
        return self.steps(server)[server.stage :]

    def _spawn(self, number: int, *, power: bool = False) -> None:
        self._woken.setdefault(number, asyncio.Event()).set()
        self._tasks.begin("server", number, lambda: self._drive(number, power=power))

    async def _drive(self, number: int, *, power: bool) -> None:
        if power:
            await self._power_on(number)
        while await self._advance(number):
            pass

    async def _advance(self, number: int) -> bool:
        """Do the next thing there is to do with the server; whether there may be more."""
        woken = self._woken[number]
        woken.clear()
        server = self._store.get(self._kind, number)
        if server is None:
            return False
        steps = self._plan(server)
        if steps and server.failure:
            return False
        if steps:
            await self._step(server, steps[0])
            return True
        if server.reclaiming:
            self.forget(server)
            return False
        return await self.idle(server, woken)

    async def _step(self, server: S, stage: Stage) -> None:
        started = self._store.change(self._kind, server.id, lambda record: self._start_stage(record, stage))
        if started is None:
            return
        until = asyncio.get_running_loop().time() + seconds(stage, self._speed)
        try:
            change = await self._work(started, stage)
        except Exception as error:
            await self._stuck(started, stage, error)
            return
        await asyncio.sleep(max(0.0, until - asyncio.get_running_loop().time()))
        self._store.change(self._kind, server.id, lambda record: self._finish_stage(record, started, change))
        await asyncio.sleep(gap_seconds(self._speed))

    def _start_stage(self, server: S, stage: Stage) -> S:
        if server.transaction and server.transaction.name == stage.name:
            return server
        # All steps of a reload bear its number: by that the official client knows that it is not over.
        number = server.reload_id if self.steps(server) in RELOADS else None
        transaction = Transaction(number or self._store.numbers("Transaction")[0], stage.name, now())
        return replace(server, transaction=transaction)

    def _finish_stage(self, server: S, started: S, change: Callable[[S], S]) -> S:
        steps, after = self.steps(started), change(server)
        if self.steps(server) is not steps:
            return after  # cancelled meanwhile: what was done counts, the step does not
        done = server.stage + 1
        after = replace(after, stage=done, transaction=None, last_transaction=server.transaction)
        if server.reclaiming or done < len(steps):
            return after
        return self.settled(replace(after, provisioned=after.provisioned or now()))

    async def _work(self, server: S, stage: Stage) -> Callable[[S], S]:
        self._stalls.check(server.id, stage.name)
        if stage.work == "reserve":
            return await self._reserve(server)
        await self.prepare(server, stage)
        machines = self._machines
        if machines is not None and stage.work:
            await self.in_thread(lambda: work_on_machine(machines, server, self.size(server), stage))
        return lambda record: self.changed(record, stage)

    async def _reserve(self, server: S) -> Callable[[S], S]:
        machines = self._machines
        if machines is None:
            return self._assign_addresses
        second = vlans(server)[0].second
        addresses = await self.in_thread(
            lambda: machines.reserve(
                server.id, server.datacenter, private_only=server.private_only, second=second
            )
        )
        return lambda record: replace(record, public_ip=addresses.public_ip, private_ip=addresses.private_ip)

    def _assign_addresses(self, server: S) -> S:
        # Runs inside the state's transaction, so that no address is assigned twice.
        addresses = unwired_addresses(self._store, server)
        if addresses is None:
            raise MachineError(f"no address is free in {server.datacenter}; cancel some servers there")
        return replace(server, public_ip=addresses.public_ip, private_ip=addresses.private_ip)

    async def _stuck(self, server: S, stage: Stage, error: Exception) -> None:
        LOG.error("server %d (%s): %s failed: %s", server.id, server.hostname, stage.name, error)
        if server.reclaiming:
            # Nothing may be left running or billed: try until it works.
            await asyncio.sleep(_RETRY_SECONDS)
            return
        failure = str(error) or type(error).__name__
        self._store.change(
            self._kind,
            server.id,
            lambda record: record if record.reclaiming else replace(record, failure=failure),
        )

    async def _power_on(self, number: int) -> None:
        server, machines = self._store.get(self._kind, number), self._machines
        if server is None or machines is None:
            return
        try:
            await self.in_thread(lambda: machines.start(machine_specification(server, self.size(server))))
        except MachineError as error:
            LOG.error("server %d (%s) could not be powered on again: %s", number, server.hostname, error)

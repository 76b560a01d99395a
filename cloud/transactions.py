"""The transactions: what drives every resource from order to ready, and from cancel to gone.

One asyncio task for each resource on its way. All that matters is in the books, so a killed API goes on
where it was when it is started again; machines and object storage take the same call twice.
"""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import replace

from cloud.addresses import free_addresses
from cloud.clock import now
from cloud.daemon_thread import in_daemon_thread
from cloud.hardware_pipeline import HardwarePipeline
from cloud.hindrances import STUCK, Hindrances
from cloud.network_pipeline import NetworkPipeline
from cloud.networks import vlans
from cloud.ports import Addresses, MachineError, Machines, MachineSpec, ObjectStorage
from cloud.records import Guest, StorageAccount, Transaction
from cloud.settings import Speed
from cloud.stages import PROVISION, RECLAIM, RELOAD, STORAGE_CREATE, UPGRADE, Stage, gap_seconds, seconds
from cloud.store import Store

LOG = logging.getLogger("cloud.transactions")
# Machines are real: more than a few starting at once only slow each other down (choice).
_AT_ONCE = 4
_RETRY_SECONDS = 5.0


def pipeline(guest: Guest) -> tuple[Stage, ...]:
    """All steps of what goes on with the guest, none when nothing does."""
    if guest.leaving:
        return RECLAIM
    if not guest.provisioned:
        return PROVISION
    return RELOAD if guest.reload else UPGRADE if guest.upgrade else ()


def plan(guest: Guest) -> tuple[Stage, ...]:
    """The steps still before the guest, none when it is settled."""
    return pipeline(guest)[guest.stage :]


def _resized(guest: Guest) -> Guest:
    """The guest as its upgrade makes it."""
    new = guest.upgrade
    if new is None:
        return guest
    return replace(guest, cpus=new.cpus, memory_mb=new.memory_mb, flavor=new.flavor, disks=new.disks)


def _renewed(guest: Guest) -> Guest:
    """The guest as its reload makes it."""
    new = guest.reload
    if new is None:
        return guest
    return replace(
        guest,
        os_code=new.os_code,
        key_ids=new.key_ids,
        sealed_keys=new.sealed_keys,
        script_uri=new.script_uri,
    )


def _ended(guest: Guest) -> Guest:
    """The guest after the last step of what went on with it."""
    if guest.leaving:
        return guest
    return replace(guest, provisioned=guest.provisioned or now(), upgrade=None, reload=None)


def specification(guest: Guest) -> MachineSpec:
    """The machine a guest runs on.

    Raises:
        MachineError: the guest has no address yet.
    """
    if guest.private_ip is None:
        raise MachineError(f"guest {guest.id} ({guest.hostname}) has no address yet")
    return MachineSpec(
        guest.id,
        guest.hostname,
        guest.domain,
        guest.datacenter,
        guest.os_code,
        guest.cpus,
        guest.memory_mb,
        guest.disks[0],
        guest.public_ip,
        guest.private_ip,
        guest.sealed_keys,
        "\n".join(guest.user_data),
    )


def _machine_work(machines: Machines, guest: Guest, stage: Stage) -> Callable[[], None]:
    """What a step does to the guest's machine."""
    if stage.work == "start":
        return lambda: machines.start(specification(guest))
    if stage.work == "reinstall":
        return lambda: machines.reinstall(specification(guest))
    if stage.work in ("stop", "renew"):
        return lambda: machines.stop(guest.id)
    if stage.work == "destroy":
        return lambda: machines.destroy(guest.id)
    if stage.work == "script" and guest.script_uri:
        return lambda: machines.run_script(guest.id, guest.script_uri)
    return lambda: None


class Pipeline:
    """Drives the account's resources; made outside, run inside an event loop.

    Attributes:
        hardware: drives the bare metal.
    """

    def __init__(
        self,
        store: Store,
        machines: Machines | None,
        object_storage: ObjectStorage | None,
        speed: Speed,
        hindrances: Hindrances | None = None,
    ) -> None:
        self._store = store
        self._machines = machines
        self._object_storage = object_storage
        self._speed = speed
        self.network = NetworkPipeline(store, machines, speed)
        self._hindrances = hindrances or Hindrances()
        self._tasks: dict[tuple[str, int], asyncio.Task[None]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._places = asyncio.Semaphore(_AT_ONCE)
        self.hardware = HardwarePipeline(store, machines, speed, self._hindrances)

    async def open(self) -> None:
        """Take up whatever the books say is unfinished, and power on what is meant to run."""
        self._loop = asyncio.get_running_loop()
        await self.network.open()
        for guest in self._store.all(Guest):
            if plan(guest):
                self._store.change(Guest, guest.id, lambda one: replace(one, failure=""))
                self._spawn_guest(guest.id)
            elif guest.powered and self._machines:
                self._spawn_power(guest.id)
        for account in self._store.all(StorageAccount):
            if account.leaving or not account.ready:
                self._spawn_storage(account.id)
        await self.hardware.open()

    async def close(self) -> None:
        """Stop driving; the books keep where everything is."""
        await self.network.close()
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.hardware.close()
        self._loop = None

    def wake_guest(self, number: int) -> None:
        """A guest has something to do; may be called from any thread."""
        self._from_anywhere(lambda: self._spawn_guest(number))

    def wake_storage(self, number: int) -> None:
        """An object storage account has something to do; may be called from any thread."""
        self._from_anywhere(lambda: self._spawn_storage(number))

    def release(self) -> None:
        """Let go on what is stuck on demand; a machine's own failure stays."""
        for guest in self._store.all(Guest):
            if guest.failure == STUCK:
                self._store.change(Guest, guest.id, lambda one: replace(one, failure=""))
                self.wake_guest(guest.id)
        self.hardware.release()

    def _from_anywhere(self, act: Callable[[], None]) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(act)

    def _spawn_guest(self, number: int) -> None:
        self._spawn(("guest", number), lambda: self._drive_guest(number))

    def _spawn_power(self, number: int) -> None:
        self._spawn(("power", number), lambda: self._power_on(number))

    def _spawn_storage(self, number: int) -> None:
        self._spawn(("storage", number), lambda: self._drive_storage(number))

    def _spawn(self, key: tuple[str, int], work: Callable[[], Awaitable[None]]) -> None:
        running = self._tasks.get(key)
        if running is None or running.done():
            self._tasks[key] = asyncio.ensure_future(self._guarded(key, work))

    async def _guarded(self, key: tuple[str, int], work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except Exception:
            LOG.exception("%s %d: its transactions broke off; restart the cloud to go on", *key)

    async def _drive_guest(self, number: int) -> None:
        while (guest := self._store.get(Guest, number)) and (steps := plan(guest)) and not guest.failure:
            await self._step(guest, steps[0])
        if guest and guest.leaving and not plan(guest):
            self._store.remove(Guest, number)

    async def _step(self, guest: Guest, stage: Stage) -> None:
        begun = self._begin(guest, stage)
        if begun is None:
            return
        until = asyncio.get_running_loop().time() + seconds(stage, self._speed)
        try:
            changes = await self._work(begun, stage)
        except Exception as error:
            await self._stuck(begun, stage, error)
            return
        await asyncio.sleep(max(0.0, until - asyncio.get_running_loop().time()))
        self._finish(begun, stage, changes)
        await asyncio.sleep(gap_seconds(self._speed))

    def _begin(self, guest: Guest, stage: Stage) -> Guest | None:
        def begin(one: Guest) -> Guest:
            if one.transaction and one.transaction.name == stage.name:
                return one
            # All steps of a reload bear its number: by that the official client knows that it is not over.
            number = one.reload_id if pipeline(one) is RELOAD else None
            return replace(one, transaction=self._transaction(stage, number))

        return self._store.change(Guest, guest.id, begin)

    def _transaction(self, stage: Stage, number: int | None) -> Transaction:
        return Transaction(number or self._store.numbers("Transaction")[0], stage.name, now())

    async def _work(self, guest: Guest, stage: Stage) -> Callable[[Guest], Guest]:
        self._hindrances.check(guest.id, stage.name)
        if stage.work == "reserve":
            return await self._reserve(guest)
        if stage.work == "destroy":
            # Before its addresses are free for another.
            await self._in_thread(lambda: self.network.release(guest))
        elif self._machines is not None and stage.work in ("start", "reinstall"):
            await self._in_thread(self.network.apply_walls)
        if self._machines is not None and stage.work:
            await self._in_thread(_machine_work(self._machines, guest, stage))
        if stage.work in ("resize", "renew"):
            return _resized if stage.work == "resize" else _renewed
        powered = {"start": True, "reinstall": True, "stop": False, "destroy": False}.get(
            stage.work, guest.powered
        )
        return lambda one: replace(one, powered=powered)

    async def _reserve(self, guest: Guest) -> Callable[[Guest], Guest]:
        machines = self._machines
        if machines is None:
            return self._book_address
        found: list[Addresses] = []
        await self._in_thread(
            lambda: found.append(
                machines.reserve(
                    guest.id, guest.datacenter, private_only=guest.private_only, second=vlans(guest)[0].second
                )
            )
        )
        return lambda one: replace(one, public_ip=found[0].public_ip, private_ip=found[0].private_ip)

    def _book_address(self, guest: Guest) -> Guest:
        # Runs inside the books' change, so that no two guests are given the same address.
        taken = [ip for one in self._store.all(Guest) for ip in (one.public_ip, one.private_ip)]
        private, *public = vlans(guest)
        found = free_addresses(taken, private, public[0] if public else None)
        if found is None:
            raise MachineError(f"no address is free in {guest.datacenter}; delete some guests there")
        return replace(guest, public_ip=found.public_ip, private_ip=found.private_ip)

    async def _in_thread(self, work: Callable[[], None]) -> None:
        async with self._places:
            await in_daemon_thread(work)

    def _finish(self, begun: Guest, stage: Stage, changes: Callable[[Guest], Guest]) -> None:
        def finish(one: Guest) -> Guest:
            if pipeline(one) is not pipeline(begun):
                return changes(one)  # cancelled meanwhile: what was done counts, the step does not
            after = replace(
                changes(one), stage=one.stage + 1, transaction=None, last_transaction=one.transaction
            )
            return _ended(after) if stage is pipeline(begun)[-1] else after

        self._store.change(Guest, begun.id, finish)

    async def _stuck(self, guest: Guest, stage: Stage, error: Exception) -> None:
        LOG.error("guest %d (%s): %s failed: %s", guest.id, guest.hostname, stage.name, error)
        if guest.leaving:
            # Nothing may be left running or billed: try until it works.
            await asyncio.sleep(_RETRY_SECONDS)
            return

        def fail(one: Guest) -> Guest:
            return one if one.leaving else replace(one, failure=str(error) or type(error).__name__)

        self._store.change(Guest, guest.id, fail)

    async def _power_on(self, number: int) -> None:
        guest, machines = self._store.get(Guest, number), self._machines
        if guest is None or machines is None:
            return
        try:
            await self._in_thread(lambda: machines.start(specification(guest)))
        except MachineError as error:
            LOG.error("guest %d (%s) could not be powered on again: %s", number, guest.hostname, error)

    async def _drive_storage(self, number: int) -> None:
        while (account := self._store.get(StorageAccount, number)) and (account.leaving or not account.ready):
            try:
                await (self._leave(account) if account.leaving else self._create(account))
            except Exception as error:
                LOG.error("object storage account %s in %s: %s", account.username, account.datacenter, error)
                await asyncio.sleep(_RETRY_SECONDS)

    async def _create(self, account: StorageAccount) -> None:
        object_storage, login, key = self._object_storage, account.login, secrets.token_hex(32)
        await asyncio.sleep(seconds(STORAGE_CREATE, self._speed))
        if object_storage is not None:
            user = account.login.partition(":")[2]
            made = await in_daemon_thread(
                lambda: object_storage.create_account(account.datacenter, account.username, user)
            )
            key, login = made.key, made.username if ":" in made.username else account.login

        def finish(one: StorageAccount) -> StorageAccount:
            return replace(one, key=key, login=login, ready=True, transaction=None)

        self._store.change(StorageAccount, account.id, finish)

    async def _leave(self, account: StorageAccount) -> None:
        object_storage = self._object_storage
        if object_storage is not None:
            await in_daemon_thread(
                lambda: object_storage.delete_account(account.datacenter, account.username)
            )
        self._store.remove(StorageAccount, account.id)

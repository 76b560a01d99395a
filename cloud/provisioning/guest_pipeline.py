"""The transactions of virtual servers: provisioning, upgrade, reload, reclaim."""

from dataclasses import replace

from cloud.interfaces import Machines, MachineSpec
from cloud.provisioning.network_pipeline import NetworkPipeline
from cloud.provisioning.server_machine import MachineSize, machine_specification
from cloud.provisioning.server_pipeline import ServerPipeline
from cloud.provisioning.stages import PROVISION, RECLAIM, RELOAD, UPGRADE, Stage
from cloud.provisioning.stalls import InjectedStalls
from cloud.settings import Speed
from cloud.state.records import Guest
from cloud.state.store import Store

# Machines are real: more than a few starting at once only slow each other down (choice).
_AT_ONCE = 4


def guest_steps(guest: Guest) -> tuple[Stage, ...]:
    """Return all steps of the guest's active transaction; none when it has no transaction."""
    if guest.reclaiming:
        return RECLAIM
    if not guest.provisioned:
        return PROVISION
    return RELOAD if guest.reload else UPGRADE if guest.upgrade else ()


def guest_specification(guest: Guest) -> MachineSpec:
    """Return the machine a guest runs on.

    Raises:
        MachineError: The guest has no address yet.
    """
    return machine_specification(guest, _size(guest))


def _size(guest: Guest) -> MachineSize:
    return MachineSize(guest.cpus, guest.memory_mb, guest.disks[0])


def _resized(guest: Guest) -> Guest:
    """Return the guest as its upgrade makes it."""
    new = guest.upgrade
    if new is None:
        return guest
    return replace(guest, cpus=new.cpus, memory_mb=new.memory_mb, flavor=new.flavor, disks=new.disks)


def _renewed(guest: Guest) -> Guest:
    """Return the guest as its reload makes it."""
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


class GuestPipeline(ServerPipeline[Guest]):
    """Drives the account's virtual servers."""

    def __init__(
        self,
        store: Store,
        machines: Machines | None,
        speed: Speed,
        stalls: InjectedStalls,
        network: NetworkPipeline,
    ) -> None:
        super().__init__(Guest, store, machines, speed, stalls, _AT_ONCE)
        self._network = network

    def steps(self, server: Guest) -> tuple[Stage, ...]:
        """Return what `guest_steps` does."""
        return guest_steps(server)

    def size(self, server: Guest) -> MachineSize:
        """Return the ordered size; the machine has the first disk alone."""
        return _size(server)

    def settled(self, server: Guest) -> Guest:
        """Neither upgrade nor reload is left to do."""
        return replace(server, upgrade=None, reload=None)

    def changed(self, server: Guest, stage: Stage) -> Guest:
        """Return the guest as a step that is done makes it."""
        if stage.work == "resize":
            return _resized(server)
        return _renewed(server) if stage.work == "renew" else super().changed(server, stage)

    async def prepare(self, server: Guest, stage: Stage) -> None:
        """Apply firewalls before the machine runs; remove them and its routes before addresses are reused."""
        if stage.work == "destroy":
            await self.in_thread(lambda: self._network.release(server))
        elif stage.work in ("start", "reinstall"):
            await self.in_thread(self._network.apply_firewalls)

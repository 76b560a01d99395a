"""The transactions: what drives every resource from order to ready, and from cancel to deleted."""

from cloud.interfaces import Machines, ObjectStorage
from cloud.provisioning.guest_pipeline import GuestPipeline
from cloud.provisioning.hardware_pipeline import HardwarePipeline
from cloud.provisioning.network_pipeline import NetworkPipeline
from cloud.provisioning.stalls import InjectedStalls
from cloud.provisioning.storage_pipeline import StoragePipeline
from cloud.settings import Speed
from cloud.state.store import Store


class Pipeline:
    """Drives the account's resources; made outside, run inside an event loop.

    Attributes:
        network: Pipeline that drives security groups and global IPs.
        guests: Pipeline that drives the virtual servers.
        hardware: Pipeline that drives the bare metal.
        storage: Pipeline that drives the object storage.
    """

    def __init__(
        self,
        store: Store,
        machines: Machines | None,
        object_storage: ObjectStorage | None,
        speed: Speed,
        stalls: InjectedStalls | None = None,
    ) -> None:
        stalls = stalls or InjectedStalls()
        self.network = NetworkPipeline(store, machines, speed)
        self.guests = GuestPipeline(store, machines, speed, stalls, self.network)
        self.hardware = HardwarePipeline(store, machines, speed, stalls)
        self.storage = StoragePipeline(store, object_storage, speed)

    async def open(self) -> None:
        """Resume unfinished transactions, and power on what is meant to run."""
        for part in (self.network, self.guests, self.hardware, self.storage):
            await part.open()

    async def close(self) -> None:
        """Stop all tasks; the state keeps their progress."""
        for part in (self.network, self.guests, self.hardware, self.storage):
            await part.close()

    def release(self) -> None:
        """Resume the stalled transactions; a machine's own failure stays."""
        self.guests.release()
        self.hardware.release()

"""What the owner of the account may do to its global IPs. Every action is on disk when it returns."""

from dataclasses import replace

from cloud import faults
from cloud.clock import now
from cloud.provisioning.network_pipeline import NetworkPipeline, route_stage
from cloud.provisioning.stages import GLOBAL_IP_CREATE, GLOBAL_IP_RECLAIM
from cloud.state.network_records import GlobalIp
from cloud.state.records import Transaction
from cloud.state.store import Store


class GlobalIps:
    """The global IPs of one account."""

    def __init__(self, store: Store, pipeline: NetworkPipeline) -> None:
        self._store = store
        self._pipeline = pipeline

    def create(self, billing_id: int, created: str) -> GlobalIp:
        """Return a global IP just ordered; nothing is written. Wake it once it is."""
        store = self._store
        transaction = Transaction(store.numbers("Transaction")[0], GLOBAL_IP_CREATE.name, created)
        return GlobalIp(
            store.numbers("GlobalIp")[0],
            store.numbers("GlobalSubnet")[0],
            billing_id,
            created,
            transaction=transaction,
        )

    def wake(self, number: int) -> None:
        """Wake the work on global IPs."""
        self._pipeline.wake_global_ip(number)

    def active(self) -> tuple[GlobalIp, ...]:
        """Return those that have an address."""
        return tuple(global_ip for global_ip in self._store.all(GlobalIp) if global_ip.address)

    def note(self, number: int, note: str) -> None:
        """Keep a note at its address."""
        self._store.change(GlobalIp, number, lambda global_ip: replace(global_ip, note=note))

    def route(self, number: int, target: str | None) -> bool:
        """Start routing it to an address, or to none; False when it is routed there already.

        Raises:
            ApiFault: The address does not exist, or an earlier route is not complete.
        """
        with self._store.transaction():
            global_ip = self._store.get(GlobalIp, number)
            if global_ip is None or global_ip.reclaiming:
                raise faults.not_found(str(number))
            if global_ip.transaction is not None:
                raise faults.not_ready(global_ip.subnet_id)
            if global_ip.target == target:
                return False
            stage = route_stage(global_ip.target, target)
            transaction = Transaction(self._store.numbers("Transaction")[0], stage.name, now())
            self._store.put((replace(global_ip, pending_target=target, transaction=transaction),))
        self.wake(number)
        return True

    def cancel(self, number: int) -> None:
        """Give it back; a second time changes nothing."""
        transaction = Transaction(self._store.numbers("Transaction")[0], GLOBAL_IP_RECLAIM.name, now())
        self._store.change(
            GlobalIp,
            number,
            lambda global_ip: (
                global_ip
                if global_ip.reclaiming
                else replace(global_ip, reclaiming=True, pending_target=None, transaction=transaction)
            ),
        )
        self.wake(number)

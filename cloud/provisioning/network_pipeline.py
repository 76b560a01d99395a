"""What drives security groups and global IPs: from the account's state to the hosts.

One asyncio task for each change under way. All that matters is in the state, so a killed API resumes where it
was; the hosts take the same call twice.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from ipaddress import IPv4Network
from threading import Lock

from cloud.clock import now
from cloud.interfaces import MachineError, Machines
from cloud.provisioning.daemon_thread import in_daemon_thread
from cloud.provisioning.firewalls import firewall_policies
from cloud.provisioning.stages import (
    GLOBAL_IP_CREATE,
    GLOBAL_IP_RECLAIM,
    ROUTE_AGAIN,
    ROUTE_CLEAR,
    ROUTE_FIRST,
    SECURITY_CHANGE,
    Stage,
    seconds,
)
from cloud.provisioning.tasks import Tasks
from cloud.settings import Speed
from cloud.state.network_records import Event, GlobalIp, SecurityGroup, SecurityRequest, SecurityRule
from cloud.state.record import Record
from cloud.state.records import Guest
from cloud.state.store import Store

LOG = logging.getLogger("cloud.network")
_RETRY_SECONDS = 5.0
_LOOK_SECONDS = 0.2
_UNWIRED = "10.250.255.0/24"
"""Where a cloud without machines takes global IPs from (choice)."""


def route_stage(before: str | None, after: str | None) -> Stage:
    """Return the step that a change of a route is."""
    if after is None:
        return ROUTE_CLEAR
    return ROUTE_AGAIN if before else ROUTE_FIRST


class NetworkPipeline:
    """Drives the account's networks; made outside, run inside an event loop."""

    def __init__(self, store: Store, machines: Machines | None, speed: Speed) -> None:
        self._store = store
        self._machines = machines
        self._speed = speed
        self._tasks = Tasks()
        self._firewall_lock = Lock()

    async def open(self) -> None:
        """Apply the firewalls and routes of the state, and resume unfinished changes."""
        self._tasks.open()
        for request in self._store.all(SecurityRequest):
            self._spawn_request(request.id)
        for global_ip in self._store.all(GlobalIp):
            if global_ip.transaction:
                self._spawn_global_ip(global_ip.id)
        if self._machines is not None:
            self._spawn("restore", 0, self._restore)

    async def close(self) -> None:
        """Stop all tasks; the state keeps their progress."""
        await self._tasks.close()

    def wake_request(self, number: int) -> None:
        """Follow a security group's change; may be called from any thread."""
        self._tasks.wake(lambda: self._spawn_request(number))

    def wake_global_ip(self, number: int) -> None:
        """Do what is due for a global IP; may be called from any thread."""
        self._tasks.wake(lambda: self._spawn_global_ip(number))

    def apply_firewalls(self) -> None:
        """Apply the firewall policies of the state to the hosts. Blocks; the state is read inside the lock.

        Raises:
            MachineError: A host refuses.
        """
        machines, store = self._machines, self._store
        if machines is None:
            return
        with self._firewall_lock:
            machines.apply_firewalls(
                firewall_policies(store.all(SecurityGroup), store.all(Guest), store.all(GlobalIp))
            )

    def release(self, guest: Guest) -> None:
        """Take a guest that goes out of its groups, and routes away from it. Blocks, as `apply_walls`.

        Raises:
            MachineError: A host refuses; call it again.
        """
        for group in self._store.all(SecurityGroup):
            if any(binding.guest_id == guest.id for binding in group.bindings):
                self._store.change(SecurityGroup, group.id, lambda record: _without(record, guest.id))
        if guest.public_ip is not None:
            for global_ip in self._store.all(GlobalIp):
                self._clear_route_to(global_ip, guest.public_ip)
        self.apply_firewalls()

    def _clear_route_to(self, global_ip: GlobalIp, target: str) -> None:
        if global_ip.address and global_ip.target == target:
            self._set_route(global_ip.address, None)

        def away(record: GlobalIp) -> GlobalIp:
            return replace(
                record,
                target=None if record.target == target else record.target,
                pending_target=None if record.pending_target == target else record.pending_target,
            )

        self._store.change(GlobalIp, global_ip.id, away)

    def _spawn_request(self, number: int) -> None:
        self._spawn("request", number, lambda: self._drive_request(number))

    def _spawn_global_ip(self, number: int) -> None:
        self._spawn("global ip", number, lambda: self._drive_global_ip(number))

    def _spawn(self, kind: str, number: int, work: Callable[[], Awaitable[None]]) -> None:
        async def persistent() -> None:
            while True:
                try:
                    return await work()
                except Exception as error:
                    LOG.error("%s %d: %s", kind, number, error)
                    await asyncio.sleep(_RETRY_SECONDS)

        self._tasks.begin(kind, number, persistent)

    async def _restore(self) -> None:
        await in_daemon_thread(self.apply_firewalls)
        for global_ip in self._store.all(GlobalIp):
            if global_ip.address and global_ip.target:
                await self._set_route_in_thread(global_ip.address, global_ip.target)

    async def _drive_request(self, number: int) -> None:
        request = self._store.get(SecurityRequest, number)
        if request is None:
            return
        # The documented advice not to attach before provisioning is over: here the change waits for it.
        while any(self._provisioning(binding.guest_id) for binding in request.bindings):
            await asyncio.sleep(_LOOK_SECONDS)
        await asyncio.sleep(seconds(SECURITY_CHANGE, self._speed))
        await in_daemon_thread(self.apply_firewalls)
        with self._store.transaction():
            self._store.put(self._events(request))
            self._store.remove(SecurityRequest, number)

    def _provisioning(self, guest_id: int) -> bool:
        guest = self._store.get(Guest, guest_id)
        return guest is not None and guest.provisioned is None and not guest.reclaiming

    def _events(self, request: SecurityRequest) -> list[Record]:
        """Return one entry for the group; shape as in the official client's recorded log."""
        name = request.group_name or ""
        details: list[dict[str, object]] = [
            {"requestId": request.request_id, "rules": [_rule_details(rule) for rule in request.rules]}
        ]
        if request.bindings:
            details = [
                self._membership(request, binding.component_id, binding.guest_id)
                for binding in request.bindings
            ]
        numbers = self._store.numbers("Event", len(details))
        return [
            Event(number, request.kind, "Security Group", request.group_id, name, json.dumps(detail), now())
            for number, detail in zip(numbers, details, strict=True)
        ]

    def _membership(self, request: SecurityRequest, component: int, guest_id: int) -> dict[str, object]:
        guest = self._store.get(Guest, guest_id)
        return {
            "requestId": request.request_id,
            "fullyQualifiedDomainName": f"{guest.hostname}.{guest.domain}" if guest else "",
            "networkComponentId": str(component),
            "networkInterfaceType": "public" if component % 2 else "private",
        }

    async def _drive_global_ip(self, number: int) -> None:
        while (global_ip := self._store.get(GlobalIp, number)) and global_ip.transaction:
            if global_ip.reclaiming:
                await self._delete(global_ip)
            elif not global_ip.address:
                await asyncio.sleep(seconds(GLOBAL_IP_CREATE, self._speed))
                await in_daemon_thread(lambda: self._give_address(number))
            else:
                await self._route(global_ip)

    def _give_address(self, number: int) -> None:
        machines = self._machines
        network = IPv4Network(machines.global_network() if machines else _UNWIRED)

        def give(record: GlobalIp) -> GlobalIp:
            # Runs inside the state's transaction, so that no address is assigned twice.
            occupied = {global_ip.address for global_ip in self._store.all(GlobalIp)}
            free = next((str(host) for host in network.hosts() if str(host) not in occupied), None)
            if free is None:
                raise MachineError(f"no address is free in {network}; cancel some global IPs")
            return record if record.reclaiming else replace(record, address=free, transaction=None)

        self._store.change(GlobalIp, number, give)

    async def _route(self, global_ip: GlobalIp) -> None:
        await asyncio.sleep(seconds(route_stage(global_ip.target, global_ip.pending_target), self._speed))
        # The firewall of the new machine first: nothing may reach it by this address in between.
        await in_daemon_thread(self.apply_firewalls)
        current = self._store.get(GlobalIp, global_ip.id)
        if current is None or current.reclaiming:
            return
        await self._set_route_in_thread(current.address, current.pending_target)

        def done(record: GlobalIp) -> GlobalIp:
            if record.reclaiming or record.pending_target != current.pending_target:
                return record  # changed meanwhile: the next round follows
            return replace(record, target=record.pending_target, pending_target=None, transaction=None)

        self._store.change(GlobalIp, global_ip.id, done)

    async def _delete(self, global_ip: GlobalIp) -> None:
        await asyncio.sleep(seconds(GLOBAL_IP_RECLAIM, self._speed))
        if global_ip.address:
            await self._set_route_in_thread(global_ip.address, None)
        self._store.remove(GlobalIp, global_ip.id)
        await in_daemon_thread(self.apply_firewalls)

    async def _set_route_in_thread(self, address: str, target: str | None) -> None:
        await in_daemon_thread(lambda: self._set_route(address, target))

    def _set_route(self, address: str, target: str | None) -> None:
        if self._machines is not None:
            self._machines.route(address, target)


def _without(group: SecurityGroup, guest_id: int) -> SecurityGroup:
    return replace(
        group, bindings=tuple(binding for binding in group.bindings if binding.guest_id != guest_id)
    )


def _rule_details(rule: SecurityRule) -> dict[str, object]:
    return {
        "ruleId": str(rule.id),
        "remoteIp": rule.remote_ip,
        "remoteGroupId": rule.remote_group_id,
        "direction": rule.direction,
        "ethertype": rule.ethertype,
        "portRangeMin": rule.port_min,
        "portRangeMax": rule.port_max,
        "protocol": rule.protocol,
    }

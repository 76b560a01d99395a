"""What drives security groups and global IPs: from what the books say to what the hosts do.

One asyncio task for each change under way. All that matters is in the books, so a killed API goes on where it
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
from cloud.provisioning.firewalls import walls
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
from cloud.state.records import Guest, Record
from cloud.state.store import Store

LOG = logging.getLogger("cloud.network")
_RETRY_SECONDS = 5.0
_LOOK_SECONDS = 0.2
_UNWIRED = "10.250.255.0/24"
"""Where a cloud without machines takes global IPs from (choice)."""


def route_stage(before: str | None, after: str | None) -> Stage:
    """The step that a change of a route is."""
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
        self._walling = Lock()

    async def open(self) -> None:
        """Put up walls and routes as the books have them, and take up what is unfinished."""
        self._tasks.open()
        for request in self._store.all(SecurityRequest):
            self._spawn_request(request.id)
        for one in self._store.all(GlobalIp):
            if one.transaction:
                self._spawn_global_ip(one.id)
        if self._machines is not None:
            self._spawn("restore", 0, self._restore)

    async def close(self) -> None:
        """Stop driving; the books keep where everything is."""
        await self._tasks.close()

    def wake_request(self, number: int) -> None:
        """A security group's change has to be followed; may be called from any thread."""
        self._tasks.wake(lambda: self._spawn_request(number))

    def wake_global_ip(self, number: int) -> None:
        """A global IP has something to do; may be called from any thread."""
        self._tasks.wake(lambda: self._spawn_global_ip(number))

    def apply_walls(self) -> None:
        """Have the hosts follow the books. Blocks; the books are read when it is this call's turn.

        Raises:
            MachineError: a host refuses.
        """
        machines, store = self._machines, self._store
        if machines is None:
            return
        with self._walling:
            machines.wall_in(walls(store.all(SecurityGroup), store.all(Guest), store.all(GlobalIp)))

    def release(self, guest: Guest) -> None:
        """Take a guest that goes out of its groups, and routes away from it. Blocks, as `apply_walls`.

        Raises:
            MachineError: a host refuses; call it again.
        """
        for group in self._store.all(SecurityGroup):
            if any(one.guest_id == guest.id for one in group.bindings):
                self._store.change(SecurityGroup, group.id, lambda one: _without(one, guest.id))
        if guest.public_ip is not None:
            for one in self._store.all(GlobalIp):
                self._take_away(one, guest.public_ip)
        self.apply_walls()

    def _take_away(self, found: GlobalIp, target: str) -> None:
        if found.address and found.target == target:
            self._lead(found.address, None)

        def away(one: GlobalIp) -> GlobalIp:
            return replace(
                one,
                target=None if one.target == target else one.target,
                wanted=None if one.wanted == target else one.wanted,
            )

        self._store.change(GlobalIp, found.id, away)

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
        await in_daemon_thread(self.apply_walls)
        for one in self._store.all(GlobalIp):
            if one.address and one.target:
                await self._led(one.address, one.target)

    async def _drive_request(self, number: int) -> None:
        request = self._store.get(SecurityRequest, number)
        if request is None:
            return
        # The documented advice not to attach before provisioning is over: here the change waits for it.
        while any(self._provisioning(one.guest_id) for one in request.bindings):
            await asyncio.sleep(_LOOK_SECONDS)
        await asyncio.sleep(seconds(SECURITY_CHANGE, self._speed))
        await in_daemon_thread(self.apply_walls)
        with self._store.exclusively():
            self._store.put(self._events(request))
            self._store.remove(SecurityRequest, number)

    def _provisioning(self, guest_id: int) -> bool:
        guest = self._store.get(Guest, guest_id)
        return guest is not None and guest.provisioned is None and not guest.leaving

    def _events(self, request: SecurityRequest) -> list[Record]:
        """One entry for the group; shape as in the official client's recorded log."""
        name = request.group_name or ""
        details: list[dict[str, object]] = [
            {"requestId": request.request_id, "rules": [_told(one) for one in request.rules]}
        ]
        if request.bindings:
            details = [self._membership(request, one.component_id, one.guest_id) for one in request.bindings]
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
        while (found := self._store.get(GlobalIp, number)) and found.transaction:
            if found.leaving:
                await self._leave(found)
            elif not found.address:
                await asyncio.sleep(seconds(GLOBAL_IP_CREATE, self._speed))
                await in_daemon_thread(lambda: self._give_address(number))
            else:
                await self._route(found)

    def _give_address(self, number: int) -> None:
        machines = self._machines
        network = IPv4Network(machines.global_network() if machines else _UNWIRED)

        def give(one: GlobalIp) -> GlobalIp:
            # Runs inside the books' change, so that no two are given the same address.
            taken = {other.address for other in self._store.all(GlobalIp)}
            free = next((str(host) for host in network.hosts() if str(host) not in taken), None)
            if free is None:
                raise MachineError(f"no address is free in {network}; cancel some global IPs")
            return one if one.leaving else replace(one, address=free, transaction=None)

        self._store.change(GlobalIp, number, give)

    async def _route(self, found: GlobalIp) -> None:
        await asyncio.sleep(seconds(route_stage(found.target, found.wanted), self._speed))
        # The wall of the new machine first: nothing may reach it by this address in between.
        await in_daemon_thread(self.apply_walls)
        current = self._store.get(GlobalIp, found.id)
        if current is None or current.leaving:
            return
        await self._led(current.address, current.wanted)

        def done(one: GlobalIp) -> GlobalIp:
            if one.leaving or one.wanted != current.wanted:
                return one  # changed meanwhile: the next round follows
            return replace(one, target=one.wanted, wanted=None, transaction=None)

        self._store.change(GlobalIp, found.id, done)

    async def _leave(self, found: GlobalIp) -> None:
        await asyncio.sleep(seconds(GLOBAL_IP_RECLAIM, self._speed))
        if found.address:
            await self._led(found.address, None)
        self._store.remove(GlobalIp, found.id)
        await in_daemon_thread(self.apply_walls)

    async def _led(self, address: str, target: str | None) -> None:
        await in_daemon_thread(lambda: self._lead(address, target))

    def _lead(self, address: str, target: str | None) -> None:
        if self._machines is not None:
            self._machines.route(address, target)


def _without(group: SecurityGroup, guest_id: int) -> SecurityGroup:
    return replace(group, bindings=tuple(one for one in group.bindings if one.guest_id != guest_id))


def _told(rule: SecurityRule) -> dict[str, object]:
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

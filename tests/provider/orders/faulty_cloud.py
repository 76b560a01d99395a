"""The real cloud API in this process: its books, transactions, dispatcher and XML-RPC codec, without HTTP."""

import asyncio
import functools
import random
from collections import Counter
from dataclasses import replace
from pathlib import Path

from starlette.responses import Response

from cloud import faults
from cloud.account.account import Account
from cloud.api.dispatch import Dispatcher, Reply, Request
from cloud.api.wires import xmlrpc
from cloud.provisioning.pipeline import Pipeline
from cloud.services.catalogue import all_services
from cloud.services.servers.create_options import create_options
from cloud.settings import CloudSettings, Speed
from cloud.state.records import BillingItem, Guest, Hardware
from cloud.state.store import Store
from cloud.values import Json
from harness.cloud.running_api import API_KEY, USERNAME

ENDPOINT = "http://cloud.test/xmlrpc/v3.1/"
SETTLE = 30.0
"""Seconds within which the cloud accepts what it will accept, and lists it."""
ORDER = "createObject"
UPGRADE = "placeOrder"
RELOAD = "reloadOperatingSystem"
CANCEL = "cancelItem"
CHANGES = frozenset({UPGRADE, RELOAD, CANCEL})
"""What else is sent once only, and done to a server that stands."""
GUEST = "SoftLayer_Virtual_Guest"
METAL = "SoftLayer_Hardware_Server"
LISTS = frozenset({"getVirtualGuests", "getHardware"})
PRESET = "S1270_8GB_2X1TBSATA_NORAID"
TEMPLATES: dict[str, dict[str, Json]] = {
    GUEST: {
        "domain": "example.com",
        "datacenter": {"name": "dal05"},
        "operatingSystemReferenceCode": "UBUNTU_LATEST",
        "startCpus": 1,
        "maxMemory": 1024,
        "localDiskFlag": False,
        "hourlyBillingFlag": True,
    },
    METAL: {
        "domain": "example.com",
        "datacenter": {"name": "dal05"},
        "operatingSystemReferenceCode": "UBUNTU_22_64",
        "fixedConfigurationPreset": {"keyName": PRESET},
        "hourlyBillingFlag": True,
    },
}
"""Servers of others, but for their names."""


def identifier(server: Guest | Hardware) -> str:
    """What the state knows it by."""
    return str(server.id) if isinstance(server, Guest) else server.global_identifier


class FaultyCloud:
    """One account, which may list its servers late, and where others order servers of the same names.

    Attributes:
        loop: whose time is the cloud's.
        dice: all that is left to chance.
        others: servers that are somebody else's.
        orders: how many servers were ordered, others' left out.
        doubled: host names ordered while one of them was billed.
        changes: how many upgrades and reloads were accepted, by server.
        events: what happened, for a failing test.
    """

    def __init__(
        self,
        folder: Path,
        loop: asyncio.AbstractEventLoop,
        dice: random.Random,
        speed: Speed,
        lag: float,
        *,
        twins: bool,
    ) -> None:
        """Open an empty account.

        Args:
            folder: for its books.
            loop: runs its transactions.
            dice: what is left to chance.
            speed: of the transactions.
            lag: seconds until a new server is listed.
            twins: whether somebody orders a server of the same name whenever one is ordered.
        """
        self.loop = loop
        self.dice = dice
        self.foreign_ids: set[str] = set()
        self.orders = 0
        self.doubled: list[str] = []
        self.changes: Counter[str] = Counter()
        self.events: list[str] = []
        self._lag = lag
        self._twins = twins
        self._store = Store(folder / "books.sqlite")
        self._pipeline = Pipeline(self._store, None, None, speed)
        settings = CloudSettings(folder, USERNAME, API_KEY, speed)
        self._account = Account(settings, self._store, self._pipeline, None, None)
        self._dispatcher = Dispatcher(all_services(self._account))
        self._listed_from: dict[str, float] = {}

    async def open(self) -> None:
        """Let transactions run; somebody else has servers of much the same names."""
        await self._pipeline.open()
        for service, template in TEMPLATES.items():
            for hostname in ("web0", "web0-abcdefgh"):
                self._elsewhere(Request(service, ORDER, arguments=({**template, "hostname": hostname},)))

    async def close(self) -> None:
        """Stop them."""
        await self._pipeline.close()
        self._store.close()

    def record(self, what: str) -> None:
        """Add a line to the events."""
        self.events.append(f"{self.loop.time():8.2f} {what}")

    def living(self) -> list[Guest | Hardware]:
        """The servers that are billed for good, others' left out: one cancelled for its day is not."""
        every = self._servers()
        return [
            server
            for server in every
            if identifier(server) not in self.foreign_ids and not _cancelled(server)
        ]

    def billed(self, server: Guest | Hardware) -> list[str]:
        """The categories of what is billed for a server."""
        bill = self._store.get(BillingItem, server.billing_id)
        return [line.category for line in bill.lines] if bill else []

    def cancel_others(self) -> None:
        """The operator has the others' servers cancelled."""
        for server in self._servers():
            if identifier(server) not in self.foreign_ids or _cancelled(server):
                continue
            self.record(f"the operator cancels {identifier(server)}")
            if isinstance(server, Guest):
                self._account.cancel_guest(server)
            else:
                self._reclaim(server)

    def _servers(self) -> list[Guest | Hardware]:
        return [*self._store.all(Guest), *self._store.all(Hardware)]

    def _reclaim(self, server: Hardware) -> None:
        """Cancel bare metal that may be busy, which the API would refuse: the operator has somebody do it."""
        self._store.change(
            Hardware, server.id, lambda server: replace(server, reclaiming=True, stage=0, transaction=None)
        )
        self._account.hardware.wake(server.id)

    def accept(self, service: str, body: bytes) -> Response:
        """The API's answer to a request that arrived."""
        try:
            call, _ = xmlrpc.read_request(service, body)
            reply = self._answer(call)
        except faults.ApiFault as fault:
            return xmlrpc.write_failure(fault)
        return xmlrpc.write_reply(reply)

    def accept_later(self, service: str, body: bytes) -> None:
        """A request arrives after its sender was gone or gave up, in time to be listed within `SETTLE`."""

        def arrive() -> None:
            self.record("what was sent before arrives")
            self.accept(service, body)

        self.loop.call_later(self.dice.uniform(0.1, SETTLE - self._lag - 1), arrive)

    def _answer(self, call: Request) -> Reply:
        if call.method == "getCreateObjectOptions":
            return Reply(_few_options())
        reply = self._dispatcher.answer(call)
        if call.method == ORDER and isinstance(reply.result, dict):
            self._ordered(call, reply.result)
        if call.method in (UPGRADE, RELOAD):
            self._changed(call)
        if call.method in LISTS and isinstance(reply.result, list):
            listed = [record for record in reply.result if self._is_listed(_name_server(call, record))]
            return Reply(listed, len(listed))
        return reply

    def _ordered(self, call: Request, server: dict[str, Json]) -> None:
        name, hostname = _name_server(call, server), str(server["hostname"])
        self._listed_from[name] = self.loop.time() + self._lag
        self.orders += 1
        same = [identifier(server) for server in self.living() if server.hostname == hostname]
        if same != [name]:
            self.doubled.append(hostname)
        self.record(f"ordered {hostname}: {name}")
        if self._twins:
            twin = self._elsewhere(call)
            self._listed_from[twin] = self._listed_from[name]  # who copies a name has seen it
            self.record(f"somebody else's {hostname}: {twin}")

    def _changed(self, call: Request) -> None:
        """Count an upgrade or a reload that was accepted."""
        order = call.arguments[0]
        upgraded = order["virtualGuests"] if isinstance(order, dict) else []
        assert isinstance(upgraded, list)
        names = (
            [_name_server(call, server) for server in upgraded]
            if call.method == UPGRADE
            else [str(call.identifier)]
        )
        self.changes.update(names)
        self.record(f"accepted {call.method} of {', '.join(names)}")

    def _elsewhere(self, call: Request) -> str:
        """Somebody else orders a server."""
        name = _name_server(call, self._dispatcher.answer(call).result)
        self.foreign_ids.add(name)
        return name

    def _is_listed(self, name: str) -> bool:
        return self._listed_from.get(name, 0.0) <= self.loop.time()


def _name_server(call: Request, server: Json) -> str:
    """What a server in this call or its answer is known by; an order of bare metal is answered without id."""
    assert isinstance(server, dict)
    metal = call.service == METAL or call.method == "getHardware"
    return str(server["globalIdentifier" if metal else "id"])


def _cancelled(server: Guest | Hardware) -> bool:
    return server.reclaiming or (isinstance(server, Hardware) and server.ticket_id is not None)


@functools.cache
def _few_options() -> Json:
    """What can be ordered, two of a kind: the whole list takes longer to write and read than all else."""
    whole = create_options()
    few = {name: value[:2] if isinstance(value, list) else value for name, value in whole.items()}
    return {**few, "datacenters": whole["datacenters"]}

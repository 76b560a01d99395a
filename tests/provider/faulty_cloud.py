"""The real cloud API in this process: its books, transactions, dispatcher and XML-RPC codec, without HTTP."""

import asyncio
import functools
import random
from pathlib import Path

from starlette.responses import Response

from cloud.account import Account
from cloud.api import faults, xmlrpc
from cloud.api.dispatch import Dispatcher, Reply, Request
from cloud.records import Guest
from cloud.services.catalogue import all_services
from cloud.services.create_options import create_options
from cloud.settings import CloudSettings, Speed
from cloud.store import Store
from cloud.transactions import Pipeline
from cloud.values import Json
from tests.cloud.serving import API_KEY, USERNAME

ENDPOINT = "http://cloud.test/xmlrpc/v3.1/"
SETTLE = 30.0
"""Seconds within which the cloud accepts what it will accept, and lists it."""
ORDER = "createObject"
GUEST = "SoftLayer_Virtual_Guest"
TEMPLATE: dict[str, Json] = {
    "domain": "example.com",
    "datacenter": {"name": "dal05"},
    "operatingSystemReferenceCode": "UBUNTU_LATEST",
    "startCpus": 1,
    "maxMemory": 1024,
    "localDiskFlag": False,
    "hourlyBillingFlag": True,
}


class FaultyCloud:
    """One account, which may list its servers late, and where others order servers of the same names.

    Attributes:
        loop: whose time is the cloud's.
        dice: all that is left to chance.
        others: servers that are somebody else's.
        orders: how many servers were ordered, others' left out.
        told: what happened, for a failing test.
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
        self.others: set[int] = set()
        self.orders = 0
        self.told: list[str] = []
        self._lag = lag
        self._twins = twins
        self._store = Store(folder / "books.sqlite")
        self._pipeline = Pipeline(self._store, None, None, speed)
        settings = CloudSettings(folder, USERNAME, API_KEY, speed)
        self._account = Account(settings, self._store, self._pipeline, None, None)
        self._dispatcher = Dispatcher(all_services(self._account))
        self._listed_from: dict[int, float] = {}

    async def open(self) -> None:
        """Let transactions run; somebody else has servers of much the same names."""
        await self._pipeline.open()
        for hostname in ("web0", "web0-abcdefgh"):
            self._elsewhere(Request(GUEST, ORDER, arguments=({**TEMPLATE, "hostname": hostname},)))

    async def close(self) -> None:
        """Stop them."""
        await self._pipeline.close()
        self._store.close()

    def tell(self, what: str) -> None:
        """Add a line to the story."""
        self.told.append(f"{self.loop.time():8.2f} {what}")

    def living(self) -> list[Guest]:
        """The servers that are billed, others' left out."""
        return [one for one in self._store.all(Guest) if not one.leaving and one.id not in self.others]

    def cancel_others(self) -> None:
        """The operator has the others' servers cancelled."""
        for guest in self._store.all(Guest):
            if guest.id in self.others and not guest.leaving:
                self.tell(f"the operator cancels {guest.id}")
                self._account.cancel_guest(guest)

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
            self.tell("what was sent before arrives")
            self.accept(service, body)

        self.loop.call_later(self.dice.uniform(0.1, SETTLE - self._lag - 1), arrive)

    def _answer(self, call: Request) -> Reply:
        if call.method == "getCreateObjectOptions":
            return Reply(_few_options())
        reply = self._dispatcher.answer(call)
        if call.method == ORDER and isinstance(reply.result, dict):
            self._ordered(call, reply.result)
        if call.method == "getVirtualGuests" and isinstance(reply.result, list):
            listed = [one for one in reply.result if self._is_listed(one)]
            return Reply(listed, len(listed))
        return reply

    def _ordered(self, call: Request, guest: dict[str, Json]) -> None:
        number, hostname = int(str(guest["id"])), str(guest["hostname"])
        self._listed_from[number] = self.loop.time() + self._lag
        self.orders += 1
        same = [one.id for one in self.living() if one.hostname == hostname]
        assert same == [number], f"{hostname} was ordered twice: {same}"
        self.tell(f"ordered {hostname}: {number}")
        if self._twins:
            twin = self._elsewhere(call)
            self._listed_from[twin] = self._listed_from[number]  # who copies a name has seen it
            self.tell(f"somebody else's {hostname}: {twin}")

    def _elsewhere(self, call: Request) -> int:
        """Somebody else orders a server."""
        made = self._dispatcher.answer(call).result
        assert isinstance(made, dict)
        number = int(str(made["id"]))
        self.others.add(number)
        return number

    def _is_listed(self, guest: Json) -> bool:
        number = int(str(guest["id"])) if isinstance(guest, dict) and "id" in guest else 0
        return self._listed_from.get(number, 0.0) <= self.loop.time()


@functools.cache
def _few_options() -> Json:
    """What can be ordered, two of a kind: the whole list takes longer to write and read than all else."""
    whole = create_options()
    few = {name: one[:2] if isinstance(one, list) else one for name, one in whole.items()}
    return {**few, "datacenters": whole["datacenters"]}

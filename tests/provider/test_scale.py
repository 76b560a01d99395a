"""What many servers cost in calls, counted at the cloud, through the plugin as a process."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from provider.values import Properties
from tests.cloud.serving import RunningApi
from tests.provider.plugin import GUEST, Plugin
from tests.provider.test_bare_metal_server import DB, METAL
from tests.provider.test_virtual_guest import WEB

SERVERS = 220


@dataclass(frozen=True)
class Sort:
    """One kind of server.

    Attributes:
        resource: its type token.
        inputs: those of one.
        key: what it is known by.
        service: its service.
        listed: the account's method that lists them.
        template: of an order that is placed elsewhere.
        at_once: how many are ordered by one call.
    """

    resource: str
    inputs: Properties
    key: str
    service: str
    listed: str
    template: Properties
    at_once: int


GUESTS = Sort(
    GUEST,
    WEB,
    "id",
    "Virtual_Guest",
    "getVirtualGuests",
    {
        "domain": "example.com",
        "datacenter": {"name": "dal05"},
        "operatingSystemReferenceCode": "UBUNTU_22_64",
        "startCpus": 1,
        "maxMemory": 1024,
        "localDiskFlag": False,
        "hourlyBillingFlag": True,
    },
    at_once=20,
)
HARDWARE = Sort(
    METAL,
    DB,
    "globalIdentifier",
    "Hardware_Server",
    "getHardware",
    {
        "domain": "example.com",
        "datacenter": {"name": "dal13"},
        "operatingSystemReferenceCode": "UBUNTU_22_64",
        "fixedConfigurationPreset": {"keyName": "S1270_8GB_2X1TBSATA_NORAID"},
        "hourlyBillingFlag": True,
    },
    at_once=1,
)
sorts = pytest.mark.parametrize("sort", [GUESTS, HARDWARE], ids=lambda one: one.service)


def order(api: RunningApi, sort: Sort, count: int) -> list[tuple[str, Properties]]:
    """Servers ordered elsewhere and delivered, and the inputs that a state would hold of them."""
    client, made = api.client(), list[tuple[str, Properties]]()
    while len(made) < count:
        names = [f"web{len(made) + number}" for number in range(min(sort.at_once, count - len(made)))]
        templates = [{**sort.template, "hostname": name} for name in names]
        if sort.at_once > 1:
            placed = client.call(sort.service, "createObjects", templates)
        else:
            placed = [client.call(sort.service, "createObject", templates[0])]
        made += [
            (str(one[sort.key]), {**sort.inputs, "hostname": one["hostname"], "orderToken": "abcdefgh"})
            for one in placed
        ]
    waiting = {sort.listed[3:4].lower() + sort.listed[4:]: {"provisionDate": {"operation": "is null"}}}
    while client.call("Account", sort.listed, mask="mask[id]", filter=waiting):
        pass
    return made


@sorts
@pytest.mark.parametrize("at_once", [8, SERVERS])
def test_a_refresh_of_many_servers_reads_them_by_the_page(
    api: RunningApi, softlayer: Plugin, sort: Sort, at_once: int
) -> None:
    servers = order(api, sort, SERVERS)
    before = Counter(api.calls())

    def read(one: tuple[str, Properties]) -> str:
        identifier, inputs = one
        return softlayer.read(sort.resource, identifier, inputs, inputs)[0]

    with ThreadPoolExecutor(at_once) as lanes:
        assert list(lanes.map(read, servers)) == [identifier for identifier, _ in servers]
    cost = Counter(api.calls()) - before
    assert sum(cost.values()) <= SERVERS / 100 + 4, cost


@sorts
def test_waiting_for_many_servers_costs_one_list_call_a_poll(
    api: RunningApi, softlayer: Plugin, sort: Sort
) -> None:
    def polls(count: int, name: str) -> int:
        before = Counter(api.calls())
        with ThreadPoolExecutor(count) as lanes:
            made = list(
                lanes.map(
                    lambda number: softlayer.make(sort.resource, sort.inputs, name=f"{name}{number}"),
                    range(count),
                )
            )
        assert len({identifier for identifier, _, _ in made}) == count
        searches = count
        cost = Counter(api.calls()) - before
        alone = cost[f"SoftLayer_{sort.service}::getObject"]
        assert alone <= 2 * count, (
            "each is read by itself once it is ready, if no other is then; never polled"
        )
        return cost[f"SoftLayer_Account::{sort.listed}"] - searches

    assert polls(20, "many") <= polls(1, "one") + 8

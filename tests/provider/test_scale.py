"""What many servers cost in calls, counted at the cloud, through the plugin as a process."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from provider.values import Properties
from tests.cloud.serving import RunningApi
from tests.provider.plugin import GUEST, Plugin
from tests.provider.test_virtual_guest import WEB

LIST = "SoftLayer_Account::getVirtualGuests"
SERVERS = 220


def order(api: RunningApi, count: int) -> list[tuple[str, Properties]]:
    """Servers ordered elsewhere, and the inputs that a state would hold of them."""
    client, made = api.client(), list[tuple[str, Properties]]()
    template = {
        "domain": "example.com",
        "datacenter": {"name": "dal05"},
        "operatingSystemReferenceCode": "UBUNTU_22_64",
        "startCpus": 1,
        "maxMemory": 1024,
        "localDiskFlag": False,
        "hourlyBillingFlag": True,
    }
    while len(made) < count:
        names = [f"web{len(made) + number}" for number in range(min(20, count - len(made)))]
        placed = client.call(
            "Virtual_Guest", "createObjects", [{**template, "hostname": name} for name in names]
        )
        made += [
            (str(one["id"]), {**WEB, "hostname": one["hostname"], "orderToken": "abcdefgh"}) for one in placed
        ]
    return made


@pytest.mark.parametrize("at_once", [8, SERVERS])
def test_a_refresh_of_many_servers_reads_them_by_the_page(
    api: RunningApi, softlayer: Plugin, at_once: int
) -> None:
    servers = order(api, SERVERS)
    before = Counter(api.calls())

    def read(one: tuple[str, Properties]) -> str:
        identifier, inputs = one
        return softlayer.read(GUEST, identifier, inputs, inputs)[0]

    with ThreadPoolExecutor(at_once) as lanes:
        assert list(lanes.map(read, servers)) == [identifier for identifier, _ in servers]
    cost = Counter(api.calls()) - before
    assert sum(cost.values()) <= SERVERS / 100 + 4, cost


def test_waiting_for_many_servers_costs_one_list_call_a_poll(api: RunningApi, softlayer: Plugin) -> None:
    def polls(count: int, name: str) -> int:
        before = Counter(api.calls())
        with ThreadPoolExecutor(count) as lanes:
            made = list(
                lanes.map(lambda number: softlayer.make(GUEST, WEB, name=f"{name}{number}"), range(count))
            )
        assert len({identifier for identifier, _, _ in made}) == count
        searches = count
        return (Counter(api.calls()) - before)[LIST] - searches

    assert polls(20, "many") <= polls(1, "one") + 8

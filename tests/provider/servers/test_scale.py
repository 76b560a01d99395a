"""What many servers cost in calls, counted at the cloud, through the plugin as a process."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.cloud.running_api import RunningApi
from harness.provider.many_servers import GUESTS, HARDWARE, Sort, order
from harness.provider.plugin import Plugin
from provider.values import Properties

SERVERS = 220


sorts = pytest.mark.parametrize("sort", [GUESTS, HARDWARE], ids=lambda sort: sort.service)


@sorts
@pytest.mark.parametrize("at_once", [8, SERVERS])
def test_a_refresh_of_many_servers_reads_them_by_the_page(
    api: RunningApi, softlayer: Plugin, sort: Sort, at_once: int
) -> None:
    servers = order(api, sort, SERVERS)
    before = Counter(api.calls())

    def read(server: tuple[str, Properties]) -> str:
        identifier, inputs = server
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
            identifiers = list(
                lanes.map(
                    lambda number: softlayer.make(sort.resource, sort.inputs, name=f"{name}{number}"),
                    range(count),
                )
            )
        assert len({identifier for identifier, _, _ in identifiers}) == count
        searches = count
        cost = Counter(api.calls()) - before
        single_reads = cost[f"SoftLayer_{sort.service}::getObject"]
        assert single_reads <= 2 * count, (
            "each is read by itself once it is ready, if no other is then; never polled"
        )
        return cost[f"SoftLayer_Account::{sort.listed}"] - searches

    assert polls(20, "many") <= polls(1, "one") + 8

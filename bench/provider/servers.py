"""What many servers cost: `python -m bench.provider.servers`.

Orders 50 servers at once through the plugin's gRPC, refreshes 500, and does the same one by one with
SoftLayer's official Python client, on a local cloud at `instant` speed without machines, in a process of its
own; then the same calls are counted for bare metal. Prints figures and ratios, and fails where a limit below
is missed. The engine is left out: its own time for 50 resources is longer than all that is measured here.
"""

import multiprocessing
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import psutil
import SoftLayer
from rich.console import Console
from rich.table import Table

from bench.command import run_command
from bench.threshold import Threshold
from harness.cloud.running_api import RunningApi, serve
from harness.provider.many_servers import GUESTS, HARDWARE, Sort, order
from harness.provider.plugin import GUEST, Plugin, configuration, plugin
from provider.settings import NUMBERS
from provider.values import Properties

SERVERS = 50
REFRESHED = 500
SEQUENTIAL = 5
"""Servers ordered one after the other, for the time of the slowest."""
RATE = NUMBERS["rateLimit"][2]
TIMES_THE_SLOWEST = 1.5
CPU_SECONDS_A_SERVER = 0.020
MEMORY = 100 * 2**20
REFRESH_CALLS = 10
REFRESH_SECONDS = 5.0
POLLS = 30
"""List calls of servers that are waited for together, however many (choice)."""
GUEST_INPUTS: Properties = {
    "domain": "example.com",
    "datacenter": "dal05",
    "osCode": "UBUNTU_22_64",
    "cpus": 1,
    "memory": 1024,
    "probeSsh": False,
}


@dataclass(frozen=True)
class Cost:
    """What something took: seconds, and calls at the cloud by method."""

    seconds: float
    calls: Counter[str]


def _cloud(folder: str, pipe: Connection) -> None:
    with serve(Path(folder)) as api:
        pipe.send(api.port)
        pipe.recv()


@contextmanager
def cloud(folder: Path) -> Iterator[RunningApi]:
    """A cloud in a process of its own."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_cloud, args=(str(folder), theirs))
    process.start()
    try:
        yield RunningApi(ours.recv(), folder)
    finally:
        ours.send("end")
        process.join()


def costs(api: RunningApi, work: Callable[[], object]) -> Cost:
    """Do it and count."""
    before, started = Counter(api.calls()), time.monotonic()
    work()
    return Cost(time.monotonic() - started, Counter(api.calls()) - before)


def create(softlayer: Plugin, name: str) -> float:
    """Order a server and wait for it; the seconds it took."""
    started = time.monotonic()
    softlayer.make(GUEST, {**GUEST_INPUTS, "hostname": name}, name=name)
    return time.monotonic() - started


def processor(softlayer: Plugin) -> float:
    """Processor seconds of the plugin so far."""
    times = psutil.Process(softlayer.process.pid).cpu_times()
    return times.user + times.system


def created(api: RunningApi, softlayer: Plugin) -> tuple[list[Threshold], Cost]:
    """Servers at once, through the provider."""
    slowest = max(create(softlayer, f"alone{number}") for number in range(SEQUENTIAL))
    before = processor(softlayer)
    with ThreadPoolExecutor(SERVERS) as lanes:
        cost = costs(
            api, lambda: list(lanes.map(lambda number: create(softlayer, f"web{number}"), range(SERVERS)))
        )
    spent = processor(softlayer) - before
    memory = psutil.Process(softlayer.process.pid).memory_info().rss
    allowed = TIMES_THE_SLOWEST * slowest + cost.calls.total() / RATE
    thresholds = [
        Threshold(f"{SERVERS} servers at once (alone: {slowest:.2f} s)", cost.seconds, allowed, "s"),
        Threshold(
            "provider's processor, a server", 1000 * spent / SERVERS, 1000 * CPU_SECONDS_A_SERVER, "ms"
        ),
        Threshold("provider's memory", memory / 2**20, MEMORY / 2**20, "MB"),
    ]
    return thresholds, cost


def fill(api: RunningApi) -> list[tuple[str, Properties]]:
    """Servers up to `REFRESHED`, and the inputs that a state would hold of them."""
    client = api.client()
    have = client.call("Account", "getVirtualGuests", mask="mask[id,hostname]")
    while len(have) < REFRESHED:
        names = [f"more{len(have) + number}" for number in range(min(20, REFRESHED - len(have)))]
        templates = [{**GUESTS.template, "hostname": name} for name in names]
        have += client.call("Virtual_Guest", "createObjects", templates)
    while client.call("Virtual_Guest", "getObject", id=have[-1]["id"]).get("provisionDate") in (None, ""):
        time.sleep(0.1)
    return [
        (str(guest["id"]), {**GUEST_INPUTS, "hostname": guest["hostname"], "orderToken": ""})
        for guest in have
    ]


def refreshed(
    api: RunningApi,
    softlayer: Plugin,
    sort: Sort,
    state: Sequence[tuple[str, Properties]],
    at_once: int,
) -> tuple[list[Threshold], Cost]:
    """A refresh through the provider, so many reads at once."""

    def read(server: tuple[str, Properties]) -> None:
        if softlayer.read(sort.resource, server[0], server[1], server[1])[0] != server[0]:
            raise SystemExit(f"bench: server {server[0]} is gone")

    with ThreadPoolExecutor(at_once) as lanes:
        cost = costs(api, lambda: list(lanes.map(read, state)))
    name = f"refresh of {len(state)} {sort.listed[3:]}, {at_once} at once"
    return [
        Threshold(f"{name}: calls", cost.calls.total(), REFRESH_CALLS),
        Threshold(name, cost.seconds, REFRESH_SECONDS, "s"),
    ], cost


def refreshes(
    api: RunningApi, folder: Path, sort: Sort, state: Sequence[tuple[str, Properties]]
) -> tuple[list[Threshold], Cost]:
    """Refreshes, all reads at once and few as by the engine, each by a new plugin; the first's cost."""
    thresholds, reads = list[Threshold](), list[Cost]()
    for at_once in (REFRESHED, 8):
        with plugin({}, folder / "state") as softlayer:
            softlayer.configure(configuration(api))
            more, read = refreshed(api, softlayer, sort, state, at_once)
            thresholds += more
            reads.append(read)
    return thresholds, reads[0]


def metal(folder: Path) -> list[Threshold]:
    """Bare metal by the provider: polls while many are waited for, and a refresh."""
    with cloud(folder / "metal") as api:
        state = order(api, HARDWARE, REFRESHED)
        thresholds, _ = refreshes(api, folder, HARDWARE, state)
        with plugin({}, folder / "state") as softlayer, ThreadPoolExecutor(SERVERS) as lanes:
            softlayer.configure(configuration(api))

            def create(number: int) -> None:
                softlayer.make(HARDWARE.resource, HARDWARE.inputs, name=f"db{number}")

            cost = costs(api, lambda: list(lanes.map(create, range(SERVERS))))
        polls = cost.calls["SoftLayer_Account::getHardware"] - SERVERS
        return [
            *thresholds,
            Threshold(f"{SERVERS} bare metal at once: list calls beside searches", polls, POLLS),
        ]


def one_by_one(api: RunningApi, state: Sequence[tuple[str, Properties]]) -> tuple[Cost, Cost]:
    """The same with the official client: creates, each waited for, and reads."""
    manager = SoftLayer.VSManager(api.client())

    def create_all() -> None:
        for number in range(SERVERS):
            template = {**GUESTS.template, "hostname": f"plain{number}"}
            guest = manager.client.call("Virtual_Guest", "createObject", template)
            if not manager.wait_for_ready(guest["id"], limit=60, delay=1):
                raise SystemExit("bench: the official client's server did not get ready")

    def read_all() -> None:
        for identifier, _ in state:
            manager.get_instance(int(identifier))

    return costs(api, create_all), costs(api, read_all)


def main() -> None:
    """Measure, print, and exit with 1 where a limit is missed."""
    with tempfile.TemporaryDirectory() as name, cloud(Path(name, "cloud")) as api:
        folder = Path(name)
        with plugin({}, folder / "state") as softlayer:
            softlayer.configure(configuration(api))
            thresholds, cost = created(api, softlayer)
        state = fill(api)
        more, read = refreshes(api, folder, GUESTS, state)
        thresholds += more
        plain_made, plain_read = one_by_one(api, state)
        thresholds += metal(folder)
    show(
        thresholds, [(f"{SERVERS} servers", cost, plain_made), (f"refresh of {REFRESHED}", read, plain_read)]
    )
    raise SystemExit(int(any(not threshold.is_kept for threshold in thresholds)))


def show(thresholds: Sequence[Threshold], pairs: Sequence[tuple[str, Cost, Cost]]) -> None:
    """Print the thresholds, and the comparison with the official client."""
    console = Console(width=110)
    limits = Table("figure", "measured", "limit", "of the limit", "", title="limits")
    for threshold in thresholds:
        limits.add_row(
            threshold.name,
            f"{threshold.figure:.2f} {threshold.unit}",
            f"{threshold.limit:.2f} {threshold.unit}",
            f"{threshold.figure / threshold.limit:.2f}",
            "held" if threshold.is_kept else "MISSED",
        )
    beside = Table("", "provider", "official client", "ratio", title="beside the official client, one by one")
    for name, ours, theirs in pairs:
        beside.add_row(
            name, f"{ours.seconds:.2f} s", f"{theirs.seconds:.2f} s", f"{theirs.seconds / ours.seconds:.1f}"
        )
        calls = (ours.calls.total(), theirs.calls.total())
        beside.add_row(f"{name}: calls", str(calls[0]), str(calls[1]), f"{calls[1] / calls[0]:.1f}")
    console.print(limits, beside)
    console.print(f"calls of {SERVERS} servers: {dict(pairs[0][1].calls)}", highlight=False)


if __name__ == "__main__":
    run_command(main)

"""Hostile requests at both front doors: `python -m bench.proxy.hostile [--requests N] [--seed S]`.

A real HAProxy with a front door as `pulumi up` writes it, of each generation in turn, stands in front of a
registry that records what arrives. Attacks of all kinds (harness/clients/hostile_kinds.py) come from a
thousand addresses of the loopback, most as a stranger, some with the credentials of a reader or a writer,
while a good client goes on. Then 8,192 silent connections of one address are held open beside it
(bench/proxy/silent_connections.py). Exit code 1 where HAProxy ended, where something of a stranger arrived,
where a request could be read in two ways, where a reader wrote, where memory grew beyond its limit, or where
a request of the good client failed or its p99 is more than doubled.
"""

import argparse
import itertools
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from random import Random

from rich.console import Console
from rich.table import Table

from bench.command import run_command
from bench.proxy.good_client import MOST_P99, GoodClient
from bench.proxy.silent_connections import SILENT, SilentResult, hold_silent_connections, round_count
from harness.clients.hostile_client import HostileClient, status_of
from harness.clients.hostile_kinds import ATTACKER, KINDS, SMUGGLED, STRANGER
from harness.proxies.guarded_front_door import ROOTS, GuardedDoor, guarded_door, target_of
from harness.proxies.proxied_registry import CERTIFICATE
from settings import DEFAULT_DOOR_LIMITS

REQUESTS = 10_000
ADDRESSES = 1000
MOST_MEMORY_MB = 300
_AT_ONCE = 4
_ROUND = 100
_CALM_SECONDS = 10.0


@dataclass(frozen=True)
class HostileResult:
    """What became of the attacks on one door.

    Attributes:
        generation: Generation, `modern` or `legacy`.
        statuses: Number of answers by status; 0 is a closed connection.
        problems: What must not be, a line each.
        memory_mb: The most that HAProxy's processes held.
        p99: Seconds of the good client, without and with attacks.
    """

    generation: str
    statuses: Counter[int]
    problems: list[str]
    memory_mb: float
    p99: tuple[float, float]

    @property
    def ratio(self) -> float:
        """The good client's p99 with attacks by that without."""
        return self.p99[1] / self.p99[0]


def attack_door(generation: str, count: int, seed: int) -> HostileResult:
    """Attack a door of a generation."""
    with (
        tempfile.TemporaryDirectory() as folder,
        guarded_door(Path(folder), generation, DEFAULT_DOOR_LIMITS) as door,
    ):
        processes = haproxy_processes(door)
        statuses: Counter[int] = Counter()
        memory, calm, attacked = [memory_mb(processes)], GoodClient(door), GoodClient(door)
        attack = partial(_attack, door.port, generation, seed)
        # Processes of their own, which leave the processors to the good client.
        with ProcessPoolExecutor(_AT_ONCE, get_context("spawn"), os.nice, (15,)) as attackers:
            list(attackers.map(abs, range(_AT_ONCE)))
            # In turn, so that whatever else the machine does is in both.
            for first in range(0, count, _ROUND):
                start = time.monotonic()
                with attacked:
                    statuses.update(
                        attackers.map(attack, range(first, min(first + _ROUND, count)), chunksize=5)
                    )
                memory.append(memory_mb(processes))
                with calm:
                    time.sleep(min(time.monotonic() - start, _CALM_SECONDS))
        problems = [
            *arrivals(door),
            *(f"good client: {failure}" for failure in (calm.failures + attacked.failures)[:5]),
        ]
        if haproxy_processes(door) != processes:
            problems.append("HAProxy's processes are others than before")
        if max(memory) > MOST_MEMORY_MB:
            problems.append(f"HAProxy held {max(memory):.0f} MB, more than {MOST_MEMORY_MB}")
        return HostileResult(generation, statuses, problems, max(memory), (calm.p99, attacked.p99))


def arrivals(door: GuardedDoor) -> list[str]:
    """Return what arrived at the registry and must not have."""
    problems = [f"can be read in two ways: {doubt}" for doubt in door.backend.doubts]
    for request in door.backend.requests:
        attacker = request.headers.get(ATTACKER.lower(), "")
        method, path, _ = request.line.split(" ", 2)
        if SMUGGLED in path:
            problems.append(f"smuggled: {request.line}")
        if attacker == STRANGER:
            problems.append(f"of a stranger: {request.line}")
        if attacker == "eve" and method not in ("GET", "HEAD"):
            problems.append(f"a reader writes: {request.line}")
    return problems


def haproxy_processes(door: GuardedDoor) -> list[int]:
    """Return the processes of a door's HAProxy, its master first."""
    master = int((door.proxy.folder / "pid").read_text().split()[0])
    children = Path(f"/proc/{master}/task/{master}/children").read_text().split()
    return [master, *map(int, children)]


def memory_mb(processes: Sequence[int]) -> float:
    """Return the resident memory of processes."""
    pages = sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in processes)
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _attack(port: int, generation: str, seed: int, number: int) -> int:
    random = Random(f"{seed} {generation} {number}")  # noqa: S311 # repeated by its seed
    kind = KINDS[number % len(KINDS)]
    # Two of eight have credentials: of a user who may read, and of one who may push as well.
    user = ("", "", "", "eve", "", "", "", "bob")[number // len(KINDS) % 8]
    address = number % ADDRESSES
    source = f"127.2.{address // 250}.{address % 250 + 1}"
    attack = kind.build(random, target_of(generation, user))
    return status_of(HostileClient(port, CERTIFICATE.authority).send(attack, source))


def main() -> int:
    """Run; 1 where a door let through what it must not, or gave way."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--requests", type=int, default=REQUESTS, help="at each door")
    parser.add_argument("--scale", type=float, default=1.0, help="share of the requests and rounds")
    parser.add_argument("--seed", type=int, default=20261129)
    options = parser.parse_args()
    count = max(len(KINDS), int(options.requests * options.scale))
    results = [attack_door(generation, count, options.seed) for generation in ROOTS]
    rounds = round_count(options.scale)
    silent_results = [hold_silent_connections(generation, rounds) for generation in ROOTS]
    console = Console()
    console.print(_attack_table(count, results))
    console.print(_silent_table(rounds, silent_results))
    problems = list(itertools.chain.from_iterable(result.problems for result in results))
    problems += [
        f"{result.generation}: the good client's p99 is {result.ratio:.2f} times as long"
        for result in results
        if result.ratio > MOST_P99
    ]
    problems += itertools.chain.from_iterable(result.problems for result in silent_results)
    for problem in problems[:20]:
        sys.stderr.write(f"{problem}\n")
    return 1 if problems else 0


def _attack_table(count: int, results: Sequence[HostileResult]) -> Table:
    table = Table(title=f"{count} attacks of {len(KINDS)} kinds at each door")
    for column in ("door", "answers", "memory MB", "p99 calm ms", "p99 attacked ms", "ratio"):
        table.add_column(column)
    for result in results:
        answers = ", ".join(f"{status or 'closed'}: {n}" for status, n in sorted(result.statuses.items()))
        calm, attacked = (seconds * 1000 for seconds in result.p99)
        table.add_row(
            result.generation,
            answers,
            f"{result.memory_mb:.0f}",
            f"{calm:.1f}",
            f"{attacked:.1f}",
            f"{result.ratio:.2f}",
        )
    return table


def _silent_table(rounds: int, results: Sequence[SilentResult]) -> Table:
    table = Table(title=f"{SILENT} silent connections of one address, {rounds} rounds without and with them")
    for column in ("door", "held", "requests", "failures", "p99 calm ms", "p99 beside ms", "ratio"):
        table.add_column(column)
    for result in results:
        calm, beside = (seconds * 1000 for seconds in result.p99)
        table.add_row(
            result.generation,
            str(result.held),
            " + ".join(map(str, result.requests)),
            str(len(result.failures)),
            f"{calm:.1f}",
            f"{beside:.1f}",
            f"{result.ratio:.2f}",
        )
    return table


if __name__ == "__main__":
    run_command(main)

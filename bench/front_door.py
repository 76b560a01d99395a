"""What the front door costs: `python -m bench.front_door [--state DIR]`.

One registry, reached in several ways in turn, from the network of the server that carries it: by the
colour's own port (plain HTTP), through the front door (TLS), through a plain HAProxy with TLS (the same
binary, nothing of the colours), and the same registry's binary with the same configuration that speaks TLS
itself. Layers of 100 MB are pushed and pulled, and GET /v2/ is asked with credentials over connections that
are kept. What counts is the median over the rounds of the door by the other one. Exit code 1 where the door
is beyond a limit, beside its fair peer: the registry that speaks TLS itself.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.by_hand import ByHand, with_tls
from bench.door_peers import Measured, Task, Way
from bench.plain_haproxy import plain_haproxy
from bench.throughput import Stack, stack_up
from local.environment import CHECKOUT

LEAST_SHARE, MOST_MS = 0.95, 1.0
"""Of the direct throughput, at least; milliseconds more on GET /v2/ at the median, at most."""
DOOR, PLAIN, DIRECT, DIRECT_TLS = "front door", "plain HAProxy, TLS", "direct, plain HTTP", "direct, TLS"
_BESIDE = (DIRECT, DIRECT_TLS, PLAIN)
_SIZE = 100_000_000


def share(one: Measured, other: Measured, kind: Callable[[Measured], list[float]]) -> float:
    """The median over the rounds of one's throughput by the other's."""
    return statistics.median(theirs / mine for mine, theirs in zip(kind(one), kind(other), strict=True))


def more_ms(
    one: Measured, other: Measured, percent: int, kind: Callable[[Measured], list[list[float]]]
) -> float:
    """Milliseconds that one takes more than the other at a percentile: the median over the blocks."""
    pairs = zip(kind(one), kind(other), strict=True)
    return statistics.median(
        (percentile(mine, percent) - percentile(theirs, percent)) * 1e3 for mine, theirs in pairs
    )


def percentile(values: list[float], percent: int) -> float:
    """The value that so many of a hundred do not exceed."""
    return sorted(values)[min(len(values) - 1, len(values) * percent // 100)]


@contextmanager
def ways(stack: Stack) -> Iterator[tuple[Way, ...]]:
    """All ways to the live colour, for as long as the context lasts."""
    door, registry = stack.deployed, stack.registry
    address, container = registry.address("dal05-a"), stack.container
    configuration = registry.ssh_to(address, f"docker exec {container} cat /etc/docker/registry/config.yml")
    port = _port(stack)
    by_hand = ByHand(registry, address, container)
    with (
        plain_haproxy(registry, address, port) as plain,
        by_hand.running(with_tls(configuration.stdout), stack.user) as tls,
    ):
        user = stack.user
        yield (
            Way(DIRECT, "127.0.0.1", port, "", "", user),
            Way(DOOR, door.address, door.port, door.authority, "", user),
            Way(PLAIN, "127.0.0.1", plain, door.authority, door.address, user),
            Way(DIRECT_TLS, tls.address, tls.port, tls.authority, "", user),
        )


def _port(stack: Stack) -> int:
    """The live colour's own port on the server's loopback."""
    outputs = stack.registry.outputs()
    live: str = outputs["live"]["dal05"]  # type: ignore[index]
    return round(float(outputs["operate"]["colours"][live]["ports"]["modern"]))  # type: ignore[index]


def measured(stack: Stack, task: Task) -> dict[str, Measured]:
    """Measure in the server's own network, by a process of this host.

    Raises:
        RuntimeError: it could not be measured; the reason was told.
    """
    space = stack.registry.ssh_to(
        stack.registry.address("dal05-a"), "readlink /proc/self/ns/net"
    ).stdout.strip()
    command = [
        "nsenter",
        f"--net=/proc/{_process_in(space)}/ns/net",
        sys.executable,
        "-m",
        "bench.door_peers",
    ]
    done = subprocess.run(
        command, cwd=CHECKOUT, input=json.dumps(asdict(task)), stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode != 0:
        raise RuntimeError("the ways could not be measured; the reason is above")
    return {name: Measured(**one) for name, one in json.loads(done.stdout).items()}


def _process_in(space: str) -> str:
    """The oldest process of this host in a network, told as `net:[INODE]`: the server's first one."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if str((process / "ns" / "net").readlink()) == space:
                started = (process / "stat").read_text().rpartition(")")[2].split()[19]
                found.append((int(started), process.name))
        except OSError:
            continue  # It has ended meanwhile.
    if not found:
        raise RuntimeError(f"no process of this host is in the network {space} of the server")
    return min(found)[1]


def report(found: dict[str, Measured], size: int) -> bool:
    """Print what was measured; tell whether every limit is kept."""
    console, door = Console(width=120), found[DOOR]
    asked = [f"{what} {at}" for what in ("p50", "p99") for at in ("with user", "without")]
    table = Table("way", "push, MB/s", "pull, MB/s", *(f"{one}, ms" for one in asked))
    for name, one in found.items():
        rates = [f"{size / 1e6 / statistics.median(times):.0f}" for times in (one.push, one.pull)]
        kinds = [[seconds for block in kind(one) for seconds in block] for kind in _ASKED]
        times = [f"{percentile(kind, percent) * 1e3:.2f}" for percent in (50, 99) for kind in kinds]
        table.add_row(name, *rates, *times)
    console.print(table)
    beside = Table("front door beside", "push", "pull", *(f"{one}, ms more" for one in asked))
    for name in _BESIDE:
        other = found[name]
        shares = [f"{share(door, other, kind):.3f}" for kind in _MOVED]
        more = [f"{more_ms(door, other, percent, kind):+.2f}" for percent in (50, 99) for kind in _ASKED]
        beside.add_row(name, *shares, *more)
    console.print(beside)
    console.print(
        f"limits: {LEAST_SHARE} beside {DIRECT_TLS}; {MOST_MS} ms more at p50 beside both direct ways"
    )
    return kept(door, found[DIRECT], found[DIRECT_TLS])


def kept(door: Measured, direct: Measured, direct_tls: Measured) -> bool:
    """Whether the door keeps its limits beside a registry without it."""
    throughput = all(share(door, direct_tls, kind) >= LEAST_SHARE for kind in _MOVED)
    return throughput and all(
        more_ms(door, other, 50, kind) <= MOST_MS for other in (direct, direct_tls) for kind in _ASKED
    )


def _push(one: Measured) -> list[float]:
    return one.push


def _pull(one: Measured) -> list[float]:
    return one.pull


def _asked(one: Measured) -> list[list[float]]:
    return one.asked


def _refused(one: Measured) -> list[list[float]]:
    return one.refused


_MOVED, _ASKED = (_push, _pull), (_asked, _refused)


def main() -> None:
    """Read the command line; exit code 1 where a limit is not kept."""
    parser = argparse.ArgumentParser(prog="bench.front_door", description=__doc__)
    parser.add_argument("--state", type=Path, help="of a local environment that is up")
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--blocks", type=int, default=20)
    parser.add_argument("--requests", type=int, default=40, help="in a block, with a user")
    options = parser.parse_args()
    with stack_up(options.state) as stack, ways(stack) as there:
        print(f"load before: {os.getloadavg()[0]:.1f}", file=sys.stderr)
        task = Task(there, options.rounds, _SIZE, options.blocks, options.requests)
        raise SystemExit(int(not report(measured(stack, task), _SIZE)))


if __name__ == "__main__":
    main()

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


def more_ms(one: Measured, other: Measured, percent: int) -> float:
    """Milliseconds that one takes more than the other at a percentile: the median over the blocks."""
    pairs = zip(one.asked, other.asked, strict=True)
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
    """A process of this host in a network, which is told as `net:[INODE]`."""
    for process in Path("/proc").iterdir():
        try:
            if process.name.isdigit() and str((process / "ns" / "net").readlink()) == space:
                return process.name
        except OSError:
            continue
    raise RuntimeError(f"no process of this host is in the network {space} of the server")


def report(found: dict[str, Measured], size: int) -> bool:
    """Print what was measured; tell whether every limit is kept."""
    console, door = Console(width=120), found[DOOR]
    table = Table("way", "push, MB/s", "pull, MB/s", "GET /v2/ p50, ms", "p99, ms")
    for name, one in found.items():
        asked = [seconds for block in one.asked for seconds in block]
        rates = [f"{size / 1e6 / statistics.median(kind):.0f}" for kind in (one.push, one.pull)]
        table.add_row(name, *rates, *(f"{percentile(asked, at) * 1e3:.2f}" for at in (50, 99)))
    console.print(table)
    beside = Table("front door beside", "push", "pull", "p50, ms more", "p99, ms more")
    for name in _BESIDE:
        other = found[name]
        shares = (share(door, other, lambda one: one.push), share(door, other, lambda one: one.pull))
        beside.add_row(
            name, *(f"{one:.3f}" for one in shares), *(f"{more_ms(door, other, at):+.2f}" for at in (50, 99))
        )
    console.print(beside)
    console.print(f"limits: {LEAST_SHARE} of push and pull, {MOST_MS} ms more at p50, beside: {DIRECT_TLS}")
    return kept(door, found[DIRECT_TLS])


def kept(door: Measured, direct: Measured) -> bool:
    """Whether the door keeps its limits beside a registry without it."""
    shares = (share(door, direct, lambda one: one.push), share(door, direct, lambda one: one.pull))
    return min(shares) >= LEAST_SHARE and more_ms(door, direct, 50) <= MOST_MS


def main() -> None:
    """Read the command line; exit code 1 where a limit is not kept."""
    parser = argparse.ArgumentParser(prog="bench.front_door", description=__doc__)
    parser.add_argument("--state", type=Path, help="of a local environment that is up")
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--blocks", type=int, default=20)
    parser.add_argument("--requests", type=int, default=200, help="in a block")
    options = parser.parse_args()
    with stack_up(options.state) as stack, ways(stack) as there:
        print(f"load before: {os.getloadavg()[0]:.1f}", file=sys.stderr)
        task = Task(there, options.rounds, _SIZE, options.blocks, options.requests)
        raise SystemExit(int(not report(measured(stack, task), _SIZE)))


if __name__ == "__main__":
    main()

"""What the front door costs: `python -m bench.proxy.front_door [--state DIR]`.

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

from bench.command import run_command
from bench.proxy.door_peers import Measured, Route, Task
from bench.proxy.plain_haproxy import plain_haproxy
from bench.registry.standalone_registry import StandaloneRegistry, with_tls
from bench.registry.throughput import Stack, stack_up
from dev.local.environment import CHECKOUT

LEAST_SHARE, MOST_MS = 0.95, 1.0
"""Of the direct throughput, at least; milliseconds more on GET /v2/ at the median, at most."""
DOOR, PLAIN, DIRECT, DIRECT_TLS = "front door", "plain HAProxy, TLS", "direct, plain HTTP", "direct, TLS"
_BESIDE = (DIRECT, DIRECT_TLS, PLAIN)
_SIZE = 100_000_000


def share(measured: Measured, baseline: Measured, kind: Callable[[Measured], list[float]]) -> float:
    """The median over the rounds of one's throughput by the other's."""
    return statistics.median(
        theirs / mine for mine, theirs in zip(kind(measured), kind(baseline), strict=True)
    )


def more_ms(
    measured: Measured, baseline: Measured, percent: int, kind: Callable[[Measured], list[list[float]]]
) -> float:
    """Milliseconds that one takes more than the other at a percentile: the median over the blocks."""
    pairs = zip(kind(measured), kind(baseline), strict=True)
    return statistics.median(
        (percentile(mine, percent) - percentile(theirs, percent)) * 1e3 for mine, theirs in pairs
    )


def percentile(values: list[float], percent: int) -> float:
    """The value that so many of a hundred do not exceed."""
    return sorted(values)[min(len(values) - 1, len(values) * percent // 100)]


@contextmanager
def open_routes(stack: Stack) -> Iterator[tuple[Route, ...]]:
    """Open all routes to the live colour, for as long as the context lasts."""
    door, registry = stack.deployed, stack.registry
    address, container = registry.address("dal05-a"), stack.container
    configuration = registry.ssh_to(address, f"docker exec {container} cat /etc/docker/registry/config.yml")
    port = _port(stack)
    by_hand = StandaloneRegistry(registry, address, container)
    with (
        plain_haproxy(registry, address, port) as plain,
        by_hand.running(with_tls(configuration.stdout), stack.user) as tls,
    ):
        user, own = stack.user, _own_user(stack)
        yield (
            Route(DIRECT, "127.0.0.1", port, "", "", own),
            Route(DOOR, door.address, door.port, door.authority, "", user),
            Route(PLAIN, "127.0.0.1", plain, door.authority, door.address, own),
            Route(DIRECT_TLS, tls.address, tls.port, tls.authority, "", user),
        )


def _live(stack: Stack) -> str:
    """The live colour."""
    return str(stack.registry.outputs()["live"]["dal05"])  # type: ignore[index]


def _port(stack: Stack) -> int:
    """The live colour's own port on the server's loopback."""
    output = stack.registry.outputs()["operate"]
    return round(float(output["colours"][_live(stack)]["ports"]["modern"]))  # type: ignore[index]


def _own_user(stack: Stack) -> str:
    """`NAME:PASSWORD` of the live colour's own port."""
    output = stack.registry.outputs()["operate"]
    own = output["doors"][0]["credentials"]["modern"][_live(stack)]  # type: ignore[index]
    return f"{own['user']}:{own['password']}"


def measured(stack: Stack, task: Task) -> dict[str, Measured]:
    """Measure in the server's own network, by a process of this host.

    Raises:
        RuntimeError: It could not be measured; the process has printed the reason.
    """
    space = stack.registry.ssh_to(
        stack.registry.address("dal05-a"), "readlink /proc/self/ns/net"
    ).stdout.strip()
    command = [
        "nsenter",
        f"--net=/proc/{_process_in(space)}/ns/net",
        sys.executable,
        "-m",
        "bench.proxy.door_peers",
    ]
    done = subprocess.run(
        command, cwd=CHECKOUT, input=json.dumps(asdict(task)), stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode != 0:
        raise RuntimeError("the routes could not be measured; the reason is above")
    return {name: Measured(**result) for name, result in json.loads(done.stdout).items()}


def _process_in(space: str) -> str:
    """The oldest process of this host in a network, written as `net:[INODE]`: the server's first one."""
    processes = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if str((process / "ns" / "net").readlink()) == space:
                started = (process / "stat").read_text().rpartition(")")[2].split()[19]
                processes.append((int(started), process.name))
        except OSError:
            continue  # It has ended meanwhile.
    if not processes:
        raise RuntimeError(f"no process of this host is in the network {space} of the server")
    return min(processes)[1]


def report(results: dict[str, Measured], size: int) -> bool:
    """Print what was measured; tell whether every limit is kept."""
    console, door = Console(width=120), results[DOOR]
    columns = [f"{what} {at}" for what in ("p50", "p99") for at in ("with user", "without")]
    table = Table("route", "push, MB/s", "pull, MB/s", *(f"{column}, ms" for column in columns))
    for name, result in results.items():
        rates = [f"{size / 1e6 / statistics.median(times):.0f}" for times in (result.push, result.pull)]
        kinds = [[seconds for block in kind(result) for seconds in block] for kind in _REQUESTS]
        times = [f"{percentile(kind, percent) * 1e3:.2f}" for percent in (50, 99) for kind in kinds]
        table.add_row(name, *rates, *times)
    console.print(table)
    beside = Table("front door beside", "push", "pull", *(f"{column}, ms more" for column in columns))
    for name in _BESIDE:
        baseline = results[name]
        shares = [f"{share(door, baseline, kind):.3f}" for kind in _MOVED]
        more = [
            f"{more_ms(door, baseline, percent, kind):+.2f}" for percent in (50, 99) for kind in _REQUESTS
        ]
        beside.add_row(name, *shares, *more)
    console.print(beside)
    console.print(
        f"limits: {LEAST_SHARE} beside {DIRECT_TLS}; {MOST_MS} ms more at p50 beside both direct routes"
    )
    return kept(door, results[DIRECT], results[DIRECT_TLS])


def kept(door: Measured, direct: Measured, direct_tls: Measured) -> bool:
    """Whether the door keeps its limits beside a registry without it."""
    throughput = all(share(door, direct_tls, kind) >= LEAST_SHARE for kind in _MOVED)
    return throughput and all(
        more_ms(door, baseline, 50, kind) <= MOST_MS
        for baseline in (direct, direct_tls)
        for kind in _REQUESTS
    )


def _push(result: Measured) -> list[float]:
    return result.push


def _pull(result: Measured) -> list[float]:
    return result.pull


def _authorized(result: Measured) -> list[list[float]]:
    return result.authorized


def _unauthorized(result: Measured) -> list[list[float]]:
    return result.unauthorized


_MOVED, _REQUESTS = (_push, _pull), (_authorized, _unauthorized)


def main() -> None:
    """Read the command line; exit code 1 where a limit is not kept."""
    parser = argparse.ArgumentParser(prog="bench.proxy.front_door", description=__doc__)
    parser.add_argument("--state", type=Path, help="of a local environment that is up")
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--blocks", type=int, default=20)
    parser.add_argument("--requests", type=int, default=40, help="in a block, with a user")
    options = parser.parse_args()
    with stack_up(options.state) as stack, open_routes(stack) as routes:
        print(f"load before: {os.getloadavg()[0]:.1f}", file=sys.stderr)
        task = Task(routes, options.rounds, _SIZE, options.blocks, options.requests)
        raise SystemExit(int(not report(measured(stack, task), _SIZE)))


if __name__ == "__main__":
    run_command(main)

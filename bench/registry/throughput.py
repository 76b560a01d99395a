"""Push and pull by the deployed registry, and by its binary alone: `python -m bench.registry.throughput`.

Both run on the same server, over the same Swift, with TLS and the same users, in the same minutes: layer by
layer, one after the other, the first of them in turn. The stack's has its doors and its container around it.
What counts is the median over the layers of deployed by by-hand. Exit code 1 where that is below the limit,
or where Swift sends more than its limit for each byte that is pulled.
"""

import argparse
import hashlib
import shlex
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import httpx
from rich.console import Console
from rich.table import Table

from bench.command import run_command
from bench.registry.standalone_registry import StandaloneRegistry, configuration
from bench.registry.transfer import made_layer, pull, push
from bench.stack.live_stack import registry_up
from cloud.swift.fault_plan import FaultPlan, write_plan
from components.remote.script_source import script_source
from harness.clients.registry_client import Client
from harness.stack.live_stack import LiveRegistry, made_image

LEAST_SHARE = 0.95
"""Of by-hand's throughput, at least."""
MOST_READ = 1.02
"""Bytes that Swift sends for each byte pulled, at most; of the modern registry."""
Direction = Literal["push", "pull"]
_DIRECTIONS: tuple[Direction, ...] = ("push", "pull")
_REPOSITORY = "bench/throughput"
_UP = ("up", "--yes", "--skip-preview")


@dataclass(frozen=True)
class Transfer:
    """Seconds that one layer took, up and down."""

    size: int
    push: float
    pull: float

    def rate(self, direction: Direction) -> float:
        """Bytes per second."""
        return self.size / (self.push if direction == "push" else self.pull)


@dataclass(frozen=True)
class Pair:
    """The same size at both registries, one straight after the other."""

    deployed: Transfer
    by_hand: Transfer


def share(pairs: list[Pair], direction: Direction) -> float:
    """Return the median over the pairs of deployed throughput by by-hand.

    Args:
        pairs: Measured pairs.
        direction: Direction, `push` or `pull`.
    """
    return statistics.median(pair.deployed.rate(direction) / pair.by_hand.rate(direction) for pair in pairs)


def rate(transfers: list[Transfer], direction: Direction) -> float:
    """Return the median throughput in MB/s."""
    return statistics.median(transfer.rate(direction) / 1e6 for transfer in transfers)


def transfer(client: Client, size: int) -> Transfer:
    """Push a layer that nobody has seen before, and pull it.

    Args:
        client: Client of a registry.
        size: Size of the layer, bytes.

    Raises:
        RuntimeError: The registry refused, or sent other bytes.
    """
    layer = made_layer(size)
    started = time.perf_counter()
    push(client, _REPOSITORY, layer)
    pushed = time.perf_counter()
    content = pull(client, _REPOSITORY, layer)
    ended = time.perf_counter()
    if hashlib.sha256(content).hexdigest() != layer.digest.removeprefix("sha256:"):
        raise RuntimeError(f"{client.address}:{client.port} sent other bytes than {layer.digest}")
    return Transfer(size, pushed - started, ended - pushed)


class Stack:
    """The stack under test.

    Args:
        registry: Registry of the stack.
    """

    def __init__(self, registry: LiveRegistry) -> None:
        self.registry = registry
        outputs = registry.outputs()
        self.user = f"{outputs['user']}:{outputs['password']}"
        self._endpoint = urlsplit(str(outputs["endpoint"]))
        self._authority = str(outputs["certificateAuthority"])
        (account,) = registry.resources("softlayer:index:ObjectStorageAccount")
        self.swift = {name: str(account[name]) for name in ("authUrl", "username", "key")}

    @property
    def deployed(self) -> Client:
        """The modern registry behind its front door."""
        place = self._endpoint
        return Client(str(place.hostname), int(place.port or 443), self._authority, self.user)

    @property
    def container(self) -> str:
        """The live colour's container in the datacenter of the first server."""
        outputs = self.registry.outputs()
        live: str = outputs["live"]["dal05"]  # type: ignore[index]
        name: str = outputs["containers"]["dal05"]["modern"][live]  # type: ignore[index]
        return name

    def count_reads(self) -> None:
        """Begin to count, from nothing, what Swift sends."""
        faults = self.registry.environment.cloud / "swift" / "dal05" / "faults.json"
        write_plan(faults, FaultPlan(count_reads=True))

    def bytes_read(self) -> int:
        """What Swift has sent since."""
        origin = self.swift["authUrl"].removesuffix("/auth/v1.0")
        reads: dict[str, dict[str, int]] = httpx.get(f"{origin}/faults/reads", timeout=30).json()
        return sum(read["bytes"] for read in reads.values())

    def modern_reads(self, sizes: list[int]) -> float:
        """Bytes read for each byte pulled, of layers of so many MiB."""
        layers = [made_layer(size << 20) for size in sizes]
        for layer in layers:
            push(self.deployed, _REPOSITORY, layer)
        self.count_reads()
        pulled = sum(len(pull(self.deployed, _REPOSITORY, layer)) for layer in layers)
        return self.bytes_read() / pulled

    def legacy_reads(self, megabytes: int) -> float:
        """The same of the legacy registry, put beside now: one layer, by the program's scripts."""
        _add_legacy(self.registry)
        address = self.registry.address("dal05-a")
        # From the server itself: what the scripts do with the image is no matter here.
        result = self.registry.ssh_to(
            address,
            f"d=$(mktemp -d) && head -c {megabytes}000000 /dev/urandom >$d/content"
            " && tar -C $d -cf $d.tar content && docker import $d.tar bench/legacy:1 >/dev/null"
            " && stat -c %s $d.tar && rm -r $d $d.tar",
        )
        size = int(result.stdout)
        endpoint: str = self.registry.outputs()["endpoints"]["dal05"]["legacy"]  # type: ignore[index]
        certs = f"/etc/docker/certs.d/{urlsplit(endpoint).netloc}/ca.crt"
        common = (endpoint, "bench/legacy", "1")
        pushed = self._script(address, "v1-push.sh", *common, "bench/legacy:1", "docker", certs)
        self.count_reads()
        self._script(address, "v1-pull.sh", *common, "-", pushed, "docker", certs)
        return self.bytes_read() / size

    def _script(self, address: str, script: str, *arguments: str) -> str:
        stdin = f"{script_source(script)}{self.user.partition(':')[2]}\n"
        done = self.registry.ssh_to(address, f"bash -s -- {shlex.join(arguments)}", stdin_payload=stdin)
        if done.returncode != 0:
            raise RuntimeError(f"{script} on {address}: {done.stderr.strip()}")
        return done.stdout.strip()


@contextmanager
def stack_up(state: Path | None) -> Iterator[Stack]:
    """Bring a stack up; one in `state` is used, and stays."""
    with registry_up(state) as registry:
        yield Stack(registry)


def _add_legacy(registry: LiveRegistry) -> None:
    config = {
        "softlayer-registry:registryGeneration": "both",
        "softlayer-registry:legacyBaseArchive": str(made_image("legacy-base")),
        "softlayer-registry:legacyContainer": "legacy",
        "softlayer-registry:legacyWorkers": 2,
    }
    done = registry.pulumi(*_UP, config=config)
    if done.returncode != 0:
        raise RuntimeError(f"the legacy registry did not come up: {done.stdout[-2000:]}")


def measure(stack: Stack, sizes: list[int]) -> list[Pair]:
    """Measure pair by pair; who comes first changes, and the first pair does not count.

    Args:
        stack: The deployed registry.
        sizes: Sizes of the layers in order, MiB.
    """
    pairs = []
    beside = StandaloneRegistry(stack.registry, stack.deployed.address, stack.container)
    with beside.running(configuration(stack.swift), stack.user) as by_hand:
        registries = (stack.deployed, by_hand)
        for number, size in enumerate([sizes[0], *sizes]):
            order = (0, 1) if number % 2 else (1, 0)
            measured = {which: transfer(registries[which], size << 20) for which in order}
            pair = Pair(measured[0], measured[1])
            shares = ", ".join(f"{direction} {share([pair], direction):.2f}" for direction in _DIRECTIONS)
            print(f"{number}/{len(sizes)}: {size} MiB: {shares}", file=sys.stderr)
            pairs.append(pair)
    return pairs[1:]


def report(pairs: list[Pair], reads: dict[str, float]) -> bool:
    """Print the figures, and return whether every limit is kept.

    Args:
        pairs: Pairs of both registries.
        reads: Bytes read from Swift for a byte pulled, by generation.
    """
    table = Table("", "by hand, MB/s", "deployed, MB/s", "deployed / by hand", "limit")
    kept = reads["modern"] <= MOST_READ
    for direction in _DIRECTIONS:
        rates = [
            rate([pair.by_hand for pair in pairs], direction),
            rate([pair.deployed for pair in pairs], direction),
        ]
        kept = kept and share(pairs, direction) >= LEAST_SHARE
        cells = [f"{value:.1f}" for value in rates]
        table.add_row(direction, *cells, f"{share(pairs, direction):.3f}", f">= {LEAST_SHARE}")
    console = Console(width=110)
    console.print(table)
    reading = Table("generation", "read from Swift for a byte pulled", "limit")
    reading.add_row("modern", f"{reads['modern']:.3f}", f"<= {MOST_READ}")
    reading.add_row("legacy", f"{reads['legacy']:.3f}", "")
    console.print(reading)
    return kept


def main() -> None:
    """Read the command line; exit code 1 where a limit is not kept."""
    parser = argparse.ArgumentParser(prog="bench.registry.throughput", description=__doc__)
    parser.add_argument(
        "--state", type=Path, help="of a local environment that is up; it gets both generations"
    )
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--layers", type=int, nargs="+", default=[16, 16, 32, 64], metavar="MIB")
    options = parser.parse_args()
    with stack_up(options.state) as stack:
        pairs = measure(stack, options.layers * options.rounds)
        reads = {"modern": stack.modern_reads(options.layers), "legacy": stack.legacy_reads(20)}
        raise SystemExit(int(not report(pairs, reads)))


if __name__ == "__main__":
    run_command(main)

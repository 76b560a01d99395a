"""Pulls of small blobs from Swift, and what they ask of it: `python -m bench.registry.small_pulls`.

A registry as a server has it, two processes between both doors, beside the same binary without a cache that
speaks TLS itself and reaches the same Swift through a plain HAProxy, which counts. Each round pushes new
blobs and pulls them twice, one after the other on one connection, registry by registry in turn. Exit code 1
where a blob takes more requests than the limit, or blobs that were pulled before do not come so many times
faster.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from rich.console import Console
from rich.table import Table

from bench.command import run_command
from cloud.interfaces import SwiftAccount
from cloud.swift.fault_plan import FaultPlan
from cloud.swift.local_object_storage import LocalObjectStorage
from components.storage.drivers import SWIFT_SEGMENT, SwiftStorage
from harness.clients.images import digest_of, push_blob
from harness.ports import free_port
from harness.proxies.front_door import behind_front_door, storage_door, swift_requests
from harness.proxies.local_proxy import LocalProxy
from harness.registries.modern import modern_registry
from harness.registries.process import running_registry
from harness.registries.program import program
from harness.registries.storages import container

MOST_REQUESTS = 4
"""To Swift for a small blob, at most."""
LEAST_FASTER = 4.0
"""Times the rate of the bare registry, at least, for blobs that were pulled before."""
VERSION, DATACENTER = "2.8.3", "dal05"
BARE, DOORED = "bare registry", "deployed"


@dataclass
class Subject:
    """A registry under test.

    Attributes:
        client: Client of it.
        proxy: Through which it reaches Swift, and which logs each request.
        first: Seconds for all blobs of a round, pulled for the first time.
        repeated: The same, pulled before.
        requests: Requests to Swift for a blob, pulled for the first time and again.
    """

    client: httpx.Client
    proxy: LocalProxy
    first: list[float] = field(default_factory=list)
    repeated: list[float] = field(default_factory=list)
    requests: list[tuple[float, float]] = field(default_factory=list)

    def pull(self, blobs: Sequence[bytes]) -> tuple[float, float]:
        """Pull blobs; the seconds, and the requests to Swift for each.

        Raises:
            RuntimeError: Other bytes came.
        """
        before, started = len(swift_requests(self.proxy)), time.perf_counter()
        for blob in blobs:
            if self.client.get(f"/v2/small/blobs/{digest_of(blob)}").content != blob:
                raise RuntimeError(f"{self.client.base_url} sent other bytes")
        seconds = time.perf_counter() - started
        # Health checks list the root meanwhile.
        names = [digest_of(blob).partition(":")[2] for blob in blobs]
        requests = swift_requests(self.proxy)[before:]
        return seconds, sum(any(name in request for name in names) for request in requests) / len(blobs)

    def run(self, blobs: Sequence[bytes]) -> None:
        """Push blobs and pull them twice."""
        for blob in blobs:
            push_blob(self.client, "small", blob)
        first, repeated = self.pull(blobs), self.pull(blobs)
        self.first.append(first[0])
        self.repeated.append(repeated[0])
        self.requests.append((first[1], repeated[1]))


@contextmanager
def plain_proxy(folder: Path, auth_url: str) -> Iterator[tuple[LocalProxy, str]]:
    """A HAProxy that passes all on, and hides as much of Swift as a registry by itself must not see."""
    port, place = free_port(), urlsplit(auth_url)
    text = f"""\
frontend plain
  bind 127.0.0.1:{port}
  timeout http-keep-alive 10m
  default_backend plain-swift
backend plain-swift
  http-request set-header Host {place.netloc}
  http-response replace-header X-Storage-Url ^https?://[^/]+(/.*)?$ http://127.0.0.1:{port}\\1
  server swift {place.netloc}
"""
    proxy = LocalProxy(folder)
    with proxy.running({"plain.cfg": text}):
        yield proxy, f"http://127.0.0.1:{port}{place.path}"


@contextmanager
def subjects(folder: Path) -> Iterator[dict[str, Subject]]:
    """Both registries on one Swift, each with a container of its own."""
    cloud = LocalObjectStorage(folder / "cloud", None)
    try:
        accounts = [cloud.create_account(DATACENTER, f"SLOS1-{number}", "SL1") for number in (1, 2)]
        for account in accounts:
            container(account)
        cloud.inject(DATACENTER, FaultPlan(hide_info=True))
        with ExitStack() as running:
            yield {
                BARE: bare(running, folder / "bare", accounts[0], folder / "programs"),
                DOORED: doored(running, folder / "doored", accounts[1], folder / "programs"),
            }
    finally:
        cloud.stop()


def bare(running: ExitStack, folder: Path, account: SwiftAccount, programs: Path) -> Subject:
    """The binary with what one would write by hand, without a cache."""
    folder.mkdir()
    proxy, auth_url = running.enter_context(plain_proxy(folder / "proxy", account.auth_url))
    swift = {
        "authurl": auth_url, "authversion": 1, "username": account.username, "password": account.key,
        "container": "docker", "chunksize": SWIFT_SEGMENT,
    }  # fmt: skip
    registry = running.enter_context(modern_registry(program(VERSION, programs), folder, {"swift": swift}))
    return Subject(running.enter_context(registry.client()), proxy)


def doored(running: ExitStack, folder: Path, account: SwiftAccount, programs: Path) -> Subject:
    """Two processes between a front door and a storage door."""
    folder.mkdir()
    proxy, auth_url = running.enter_context(storage_door(folder / "storage", account.auth_url))
    storage = SwiftStorage(auth_url, account.username, account.key, "docker", "a key for temporary URLs")
    registry, pulls = (
        running.enter_context(
            running_registry(VERSION, storage, folder, programs=programs, pulls_only=pulls_only)
        )
        for pulls_only in (False, True)
    )
    return Subject(running.enter_context(behind_front_door(folder / "front", registry, pulls)), proxy)


def faster(measured: dict[str, Subject], seconds: Callable[[Subject], list[float]]) -> float:
    """The median over the rounds of the deployed registry's rate by the bare one's, which knows no again."""
    pairs = zip(measured[BARE].first, seconds(measured[DOORED]), strict=True)
    return statistics.median(plain / deployed for plain, deployed in pairs)


def report(measured: dict[str, Subject], count: int) -> bool:
    """Print the figures, and return whether every limit is kept."""
    table = Table("", "first, blobs/s", "again, blobs/s", "requests, first", "requests, again")
    for name, subject in measured.items():
        rates = [f"{count / statistics.median(seconds):.1f}" for seconds in (subject.first, subject.repeated)]
        requests = [statistics.mean(pair[turn] for pair in subject.requests) for turn in (0, 1)]
        table.add_row(name, *rates, *(f"{number:.1f}" for number in requests))
    first, repeated = (
        faster(measured, lambda subject: subject.first),
        faster(measured, lambda subject: subject.repeated),
    )
    most = max(pair[0] for pair in measured[DOORED].requests)
    console = Console(width=100)
    console.print(table)
    console.print(f"deployed by bare: first {first:.1f}, again {repeated:.1f} (limit {LEAST_FASTER})")
    console.print(f"requests to Swift for a blob: {most:.1f} (limit {MOST_REQUESTS})")
    return repeated >= LEAST_FASTER and most <= MOST_REQUESTS


def main() -> None:
    """Measure, print, and exit with 1 where a limit is missed."""
    parser = argparse.ArgumentParser(prog="bench.registry.small_pulls", description=__doc__)
    parser.add_argument("--blobs", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bp") as folder, subjects(Path(folder)) as measured:
        for number in range(options.rounds):
            names = (BARE, DOORED) if number % 2 else (DOORED, BARE)
            for name in names:
                measured[name].run([os.urandom(2000) for _ in range(options.blobs)])
        raise SystemExit(int(not report(measured, options.blobs)))


if __name__ == "__main__":
    run_command(main)

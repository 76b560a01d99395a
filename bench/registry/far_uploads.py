"""Uploads of clients that are far: `python -m bench.registry.far_uploads`.

A relay adds 25 ms each way in front of a registry's front door, and in front of the same binary that speaks
TLS itself. The same layer is uploaded by a client that speaks HTTP/1.1 and by one that offers HTTP/2, as
crane, oras, containerd and BuildKit do. What counts is the rate of the one that offers HTTP/2 by the other's,
the median over the rounds; exit code 1 where that is below the limit at the front door.
"""

import argparse
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from rich.console import Console
from rich.table import Table

from bench.command import run_command
from bench.registry.relay import Relay
from components.storage.drivers import FilesystemStorage
from harness.proxies.front_door import behind_front_door
from harness.proxies.proxied_registry import CERTIFICATE
from harness.registries.modern import PASSWORD, USER, modern_registry
from harness.registries.process import PASSWORD as DOOR_PASSWORD
from harness.registries.process import USER as DOOR_USER
from harness.registries.process import running_registry
from harness.registries.program import program

LEAST_SHARE = 0.9
"""Of HTTP/1.1's rate, at least."""
DELAY_SECONDS = 0.025
VERSION = "2.8.3"
BARE, DOOR = "bare registry", "front door"
_PROTOCOLS = ("--http1.1", "--http2")


@dataclass(frozen=True)
class FarRegistry:
    """A registry that is far.

    Attributes:
        name: Name for the table.
        endpoint: Endpoint, `https://127.0.0.1:PORT`, through the relay.
        user: User, `NAME:PASSWORD`.
        authority: File with the PEM that vouches for it.
    """

    name: str
    endpoint: str
    user: str
    authority: Path


@contextmanager
def far_registries(folder: Path) -> Iterator[tuple[FarRegistry, ...]]:
    """Both registries with a relay in front of each."""
    programs = folder / "programs"
    (folder / "bare").mkdir()
    door_authority = folder / "door.pem"
    door_authority.write_text(CERTIFICATE.authority)
    with ExitStack() as running:

        def far(address: str) -> str:
            port = int(address.rpartition(":")[2].strip("/"))
            relay = running.enter_context(Relay("127.0.0.1", port, DELAY_SECONDS).running())
            return f"https://127.0.0.1:{relay.port}"

        storage = {"filesystem": {"rootdirectory": str(folder / "bare" / "kept")}}
        bare = running.enter_context(
            modern_registry(program(VERSION, programs), folder / "bare", dict(storage))
        )
        kept = FilesystemStorage(str(folder / "kept"))
        registry, pulls = (
            running.enter_context(
                running_registry(VERSION, kept, folder, programs=programs, pulls_only=pulls_only)
            )
            for pulls_only in (False, True)
        )
        door = running.enter_context(behind_front_door(folder / "door", registry, pulls))
        yield (
            FarRegistry(BARE, far(bare.endpoint), f"{USER}:{PASSWORD}", folder / "bare" / "authority.pem"),
            FarRegistry(DOOR, far(str(door.base_url)), f"{DOOR_USER}:{DOOR_PASSWORD}", door_authority),
        )


def upload(place: FarRegistry, protocol: str, layer: Path) -> float:
    """Upload a layer by one PATCH; the seconds that it took.

    Raises:
        RuntimeError: It was not taken.
    """
    response = httpx.post(
        f"{place.endpoint}/v2/far/blobs/uploads/",
        auth=tuple(place.user.split(":", 1)),  # type: ignore[arg-type]
        verify=str(place.authority),
        timeout=60,
    )
    location = httpx.URL(place.endpoint).join(response.headers["Location"])
    # A registry that knows its own address alone leads past the relay.
    target = location.copy_with(port=httpx.URL(place.endpoint).port, host="127.0.0.1")
    started = time.perf_counter()
    done = subprocess.run(
        [
            "curl", "--silent", "--show-error", protocol, "--cacert", str(place.authority),
            "--user", place.user, "--request", "PATCH", "--upload-file", str(layer),
            "--header", "Content-Type: application/octet-stream", "--output", "/dev/null",
            "--write-out", "%{http_code}", str(target),
        ],
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    if done.stdout != "202":
        raise RuntimeError(f"{place.name} answers an upload with {done.stdout}: {done.stderr}")
    return time.perf_counter() - started


def measure(folder: Path, size: int, rounds: int) -> dict[str, dict[str, list[float]]]:
    """Seconds of uploads, by place and protocol; each round all of them."""
    layer = folder / "layer"
    layer.write_bytes(os.urandom(size))
    with far_registries(folder) as both:
        seconds: dict[str, dict[str, list[float]]] = {
            place.name: {protocol: [] for protocol in _PROTOCOLS} for place in both
        }
        for _ in range(rounds):
            for place in both:
                for protocol in _PROTOCOLS:
                    seconds[place.name][protocol].append(upload(place, protocol, layer))
    return seconds


def share(seconds: dict[str, list[float]]) -> float:
    """The median over the rounds of the rate with HTTP/2 on offer by the rate of HTTP/1.1."""
    pairs = zip(seconds[_PROTOCOLS[0]], seconds[_PROTOCOLS[1]], strict=True)
    return statistics.median(plain / offered for plain, offered in pairs)


def main() -> None:
    """Measure, print, and exit with 1 where the limit is missed."""
    parser = argparse.ArgumentParser(prog="bench.registry.far_uploads", description=__doc__)
    parser.add_argument("--megabytes", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bf") as folder:
        seconds = measure(Path(folder), options.megabytes * 1_000_000, options.rounds)
    table = Table("", "HTTP/1.1, s", "HTTP/2 offered, s", "rate, offered / HTTP/1.1", "limit")
    for name, measured in seconds.items():
        medians = [f"{statistics.median(measured[protocol]):.2f}" for protocol in _PROTOCOLS]
        limit = f">= {LEAST_SHARE}" if name == DOOR else ""
        table.add_row(name, *medians, f"{share(measured):.2f}", limit)
    Console(width=100).print(table)
    raise SystemExit(int(share(seconds[DOOR]) < LEAST_SHARE))


if __name__ == "__main__":
    run_command(main)

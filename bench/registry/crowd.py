"""A crowd at a registry's front door, at default settings: `python -m bench.registry.crowd [STORAGE...]`.

A stack of one server for each kind of storage. 64 layers of 40 MB are uploaded at once, then 200 pulls of
them run at once; at the legacy registry 16 and 16. The bare binary in a container of its own, on Swift and
with the same memory, meets the same crowd. Prints failures, times and the most memory that the container
held; exit code 1 where a request failed at a front door, or its container was killed.
"""

import argparse
import hashlib
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from rich.console import Console
from rich.table import Table

from bench.command import run_command
from bench.registry.bare_container import BareContainer
from bench.registry.legacy_client import LegacyLayer, pull_layer, push_layer
from bench.registry.transfer import Layer, made_layer, push
from bench.stack.live_stack import registry_up
from harness.clients.registry_client import Client
from harness.stack.bucket import bucket_of, one_server
from harness.stack.example_stack import ExampleStack, standing
from harness.stack.live_stack import LiveRegistry, made_image

STORAGES = ("swift", "s3", "filesystem", "legacy")
SIZE = 40_000_000
UPLOADS, PULLS, LEGACY = 64, 200, 16
PATIENCE_SECONDS = 900.0
BARE = "swift, bare registry"
_REPOSITORY = "bench/crowd"
# What its processes hold, without the kernel's cache: `anon` of cgroup v2, or `total_rss` of v1.
_STATISTICS = "/sys/fs/cgroup/memory.stat /sys/fs/cgroup/memory/memory.stat"
MEMORY_SAMPLE = f"cat {_STATISTICS} 2>/dev/null | grep -E '^(anon|total_rss) '"
"""Command of a shell in a container, which prints the memory that the container's processes hold."""
_SAMPLES = f"while :; do {MEMORY_SAMPLE}; sleep 0.2; done"
_STATE = "docker inspect --format '{{.State.OOMKilled}} {{.RestartCount}} {{.HostConfig.Memory}}'"


@dataclass
class Outcome:
    """What a crowd met.

    Attributes:
        uploads: Uploads at once.
        pulls: Pulls at once, afterwards.
        upload_seconds: Seconds until the last upload was answered.
        pull_seconds: Seconds until the last pull was answered.
        failures: Failures, one for each request that failed.
        peak: Largest number of MB that the container's processes held; None where it was not measured.
        limit: Limit in MB.
        killed: Whether it was killed, or restarted.
    """

    uploads: int
    pulls: int
    upload_seconds: float = 0.0
    pull_seconds: float = 0.0
    failures: list[str] = field(default_factory=list)
    peak: float | None = None
    limit: float = 0.0
    killed: bool = False


def crowd(jobs: Sequence[Callable[[], None]]) -> tuple[float, list[str]]:
    """Do everything at once; the seconds, and what failed."""

    def attempt(job: Callable[[], None]) -> str:
        try:
            job()
        except Exception as error:
            return f"{type(error).__name__}: {error}"
        return ""

    started = time.monotonic()
    with ThreadPoolExecutor(len(jobs)) as clients:
        failures = [failure for failure in clients.map(attempt, jobs) if failure]
    return time.monotonic() - started, failures


def pull(client: Client, layer: Layer) -> None:
    """Download a layer piece by piece and compare it.

    Raises:
        RuntimeError: The registry did not send it.
    """
    connection = client.connect()
    try:
        connection.request("GET", f"/v2/{_REPOSITORY}/blobs/{layer.digest}", headers=client.headers)
        response, digest = connection.getresponse(), hashlib.sha256()
        while piece := response.read(1 << 18):
            digest.update(piece)
        if response.status != 200 or f"sha256:{digest.hexdigest()}" != layer.digest:
            raise RuntimeError(f"a pull is answered with {response.status}, or other bytes")
    finally:
        connection.close()


def peak_memory(samples: Iterable[str]) -> float | None:
    """Return the largest of the samples that `MEMORY_SAMPLE` printed, in MB; None without one."""
    return max((int(sample.split()[1]) / 2**20 for sample in samples), default=None)


@contextmanager
def watched(registry: LiveRegistry, address: str, container: str, outcome: Outcome) -> Iterator[None]:
    """Sample a container's memory while the context lasts, and look at its end whether it was killed."""
    before = registry.ssh_to(address, f"{_STATE} {container}").stdout.split()
    command = [
        "ssh", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
        "-o", "LogLevel=ERROR", "-i", str(registry.environment.ssh_key), f"root@{address}",
        f"docker exec {container} sh -c \"{_SAMPLES}\"",
    ]  # fmt: skip
    sampler = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def read() -> None:
        outcome.peak = peak_memory(sampler.stdout or ())

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield
    finally:
        sampler.terminate()
        reader.join()
        after = registry.ssh_to(address, f"{_STATE} {container}").stdout.split()
        outcome.killed = after[:2] != before[:2] or "true" in after
        outcome.limit = int(after[2]) / 2**20


def meet(client: Client, scale: float) -> Outcome:
    """Let the crowd upload and pull at a modern registry."""
    outcome = Outcome(max(1, round(UPLOADS * scale)), max(1, round(PULLS * scale)))
    layers = [made_layer(SIZE) for _ in range(outcome.uploads)]

    def uploading(layer: Layer) -> Callable[[], None]:
        return lambda: push(client, _REPOSITORY, layer)

    def pulling(layer: Layer) -> Callable[[], None]:
        return lambda: pull(client, layer)

    outcome.upload_seconds, failures = crowd([uploading(layer) for layer in layers])
    outcome.failures += [f"upload: {failure}" for failure in failures]
    pulled = [layers[number % len(layers)] for number in range(outcome.pulls)]
    outcome.pull_seconds, failures = crowd([pulling(layer) for layer in pulled])
    outcome.failures += [f"pull: {failure}" for failure in failures]
    return outcome


def meet_legacy(client: Client, scale: float) -> Outcome:
    """Let the crowd push and pull at the legacy registry."""
    count = max(1, round(LEGACY * scale))
    outcome, layers = Outcome(count, count), [LegacyLayer.create(SIZE) for _ in range(count)]

    def pushing(layer: LegacyLayer) -> Callable[[], None]:
        return lambda: push_layer(client, layer)

    def pulling(layer: LegacyLayer) -> Callable[[], None]:
        return lambda: pull_layer(client, layer)

    outcome.upload_seconds, failures = crowd([pushing(layer) for layer in layers])
    outcome.failures += [f"upload: {failure}" for failure in failures]
    outcome.pull_seconds, failures = crowd([pulling(layer) for layer in layers])
    outcome.failures += [f"pull: {failure}" for failure in failures]
    return outcome


def stack_file(registry: LiveRegistry, storage: str, running: ExitStack) -> str:
    """Return the settings of a stack on a kind of storage, all others by default."""
    match storage:
        case "s3":
            bucket = running.enter_context(bucket_of(registry, "bench-crowd"))
            archive = str(made_image("registry-base-3"))
            return one_server(registry, **bucket.settings, registryStorage="s3", registryBaseArchive=archive)
        case "filesystem":
            return one_server(registry, registryStorage="filesystem")
        case "legacy":
            archive = str(made_image("legacy-base"))
            return one_server(
                registry,
                registryGeneration="legacy",
                legacyBaseArchive=archive,
                objectContainer="crowd-legacy",
            )
        case _:
            return one_server(registry, objectContainer="crowd")


def measure(registry: LiveRegistry, storage: str, folder: Path, scale: float) -> dict[str, Outcome]:
    """Bring a stack up, and let the crowd come; on Swift to the bare registry, too."""
    folder.mkdir()
    with ExitStack() as running:
        stack = ExampleStack(registry, folder, stack_file(registry, storage, running), 900)
        running.enter_context(standing(stack))
        outputs = stack.outputs(secrets=True)
        place = urlsplit(str(outputs["endpoint"]))
        user = f"{outputs['user']}:{outputs['password']}"
        client = Client(
            str(place.hostname), int(place.port or 443), str(outputs["certificateAuthority"]), user,
            patience=PATIENCE_SECONDS,
        )  # fmt: skip
        address = str(place.hostname)
        container = "registry-legacy-1" if storage == "legacy" else "registry-1"
        outcomes = {storage: watch(registry, address, container, client, scale, legacy=storage == "legacy")}
        if storage == "swift":
            (account,) = registry.resources("softlayer:index:ObjectStorageAccount")
            swift = {name: str(account[name]) for name in ("authUrl", "username", "key")}
            bare = BareContainer(registry, address, container, round(outcomes[storage].limit))
            with bare.running(swift, user, PATIENCE_SECONDS) as bare_client:
                outcomes[BARE] = watch(registry, address, bare.name, bare_client, scale, legacy=False)
        return outcomes


def watch(
    registry: LiveRegistry, address: str, container: str, client: Client, scale: float, *, legacy: bool
) -> Outcome:
    """Let the crowd come to a container, and watch its memory."""
    watching = Outcome(0, 0)
    with watched(registry, address, container, watching):
        outcome = meet_legacy(client, scale) if legacy else meet(client, scale)
    outcome.peak, outcome.limit, outcome.killed = watching.peak, watching.limit, watching.killed
    return outcome


def report(outcomes: dict[str, Outcome]) -> bool:
    """Print what the crowds met, and return whether every limit is kept."""
    table = Table("", "uploads, s", "pulls, s", "failures", "peak / limit, MB", "killed")
    for name, outcome in outcomes.items():
        table.add_row(
            name,
            f"{outcome.uploads}: {outcome.upload_seconds:.0f}",
            f"{outcome.pulls}: {outcome.pull_seconds:.0f}",
            str(len(outcome.failures)),
            f"{'not measured' if outcome.peak is None else f'{outcome.peak:.0f}'} / {outcome.limit:.0f}",
            "yes" if outcome.killed else "no",
        )
        for failure in outcome.failures[:3]:
            print(f"{name}: {failure}", file=sys.stderr)
    Console(width=100).print(table)
    return not any(outcome.failures or outcome.killed for name, outcome in outcomes.items() if name != BARE)


def main() -> None:
    """Read the command line; exit code 1 where a request failed or a container was killed."""
    parser = argparse.ArgumentParser(prog="bench.registry.crowd", description=__doc__)
    parser.add_argument("storages", nargs="*", default=STORAGES, metavar="STORAGE", help=", ".join(STORAGES))
    parser.add_argument("--state", type=Path, help="of a local environment that is up")
    parser.add_argument("--scale", type=float, default=1.0, help="share of the crowd")
    options = parser.parse_args()
    outcomes: dict[str, Outcome] = {}
    with registry_up(options.state) as registry, tempfile.TemporaryDirectory(prefix="bc") as folder:
        for storage in options.storages:
            outcomes |= measure(registry, storage, Path(folder, storage), options.scale)
        raise SystemExit(int(not report(outcomes)))


if __name__ == "__main__":
    run_command(main)

"""Bytes read from Swift for each byte that is pulled: `python -m bench.registry.legacy_reads [MB]`.

Both generations run on a Docker of the bench's own before the same real Swift, through a relay that counts
what Swift sends. Each is given one image of one layer of random bytes, and that is pulled once. Modern reads
a byte once; it stands beside legacy as what is possible, and as the limit of the bench itself: a modern that
reads more than a tenth more than it gives is measured wrongly.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import yaml
from rich.console import Console
from rich.table import Table
from swiftclient import Connection

from bench.command import run_command
from bench.registry.relay import Relay
from cloud.interfaces import SwiftAccount
from cloud.swift.local_object_storage import LocalObjectStorage
from components.registry.legacy import CONTEXT, legacy_container
from components.storage.legacy_storage import LegacyStorage
from dev.local.environment import CHECKOUT
from harness.docker_daemon import docker_daemon
from harness.ports import free_port
from harness.registries.legacy import LegacyHost
from harness.waiting import until

MODERN_LIMIT = 1.1
"""Bytes read for a byte pulled."""

_IMAGE = "measured:1"


@dataclass(frozen=True)
class StorageReads:
    """What one pull came to, in bytes: those of the layer, and those that Swift sent."""

    generation: str
    pulled: int
    read: int

    @property
    def ratio(self) -> float:
        """Bytes read for a byte pulled."""
        return self.read / self.pulled


def _base(name: str) -> Path:
    done = subprocess.run(
        [sys.executable, "-m", "dev.images", name],
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return Path(done.stdout.splitlines()[-1])


def _make_image(host: LegacyHost, folder: Path, megabytes: int) -> int:
    """Make an image of random bytes; return the size of its layer."""
    layer = folder / "layer.tar"
    with Path("/dev/urandom").open("rb") as random, (folder / "content").open("wb") as content:
        for _ in range(megabytes):
            content.write(random.read(1_000_000))
    subprocess.run(["tar", "-C", str(folder), "-cf", str(layer), "content"], check=True)
    host.daemon.docker("import", str(layer), _IMAGE)
    return layer.stat().st_size


def measure_legacy(host: LegacyHost, storage: LegacyStorage, relay: Relay, size: int) -> StorageReads:
    """Push the image to a legacy registry, pull it, and count the pull."""
    host.load(_base("legacy-base"))
    host.build(CONTEXT)
    with host.running(legacy_container(storage, 2)) as registry:
        assert registry.settled().status == "healthy", registry.health().last_output
        pushed = host.checked_script("v1-push.sh", registry.endpoint, "bench/image", "1", _IMAGE)
        relay.take_count()
        host.checked_script("v1-pull.sh", registry.endpoint, "bench/image", "1", "-", pushed)
        return StorageReads("legacy", size, relay.take_count())


@contextmanager
def _modern(host: LegacyHost, storage: LegacyStorage, folder: Path) -> Iterator[str]:
    address = f"127.0.0.1:{free_port()}"
    swift = {
        "authurl": storage.auth_url,
        "authversion": 1,
        "username": storage.username,
        "password": storage.password,
        "container": storage.container,
    }
    config = folder / "config.yml"
    config.write_text(
        yaml.safe_dump(
            {
                "version": 0.1,
                "storage": {"swift": swift, "redirect": {"disable": True}},
                "http": {"addr": address},
            }
        )
    )
    mount = f"{config}:/etc/docker/registry/config.yml:ro"
    name = host.daemon.docker("run", "--detach", "--network", "host", "--volume", mount, "registry:2.8.3")
    try:
        until(lambda: _answers(address), "the modern registry answers", 30)
        yield address
    finally:
        host.daemon.docker("rm", "--force", name)


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"http://{address}/v2/").status_code == 200
    except httpx.HTTPError:
        return False


def measure_modern(
    host: LegacyHost, storage: LegacyStorage, relay: Relay, folder: Path, size: int
) -> StorageReads:
    """Push the image to a modern registry, pull it, and count the pull.

    Docker packs what it pushes; random bytes stay as long as they are, to a part in a thousand.
    """
    host.load(_base("registry-base"))
    with _modern(host, storage, folder) as address:
        image = f"{address}/bench/image:1"
        host.daemon.docker("tag", _IMAGE, image)
        host.daemon.docker("push", image)
        host.daemon.docker("rmi", image, _IMAGE)
        relay.take_count()
        host.daemon.docker("pull", image)
        return StorageReads("modern", size, relay.take_count())


def measure(megabytes: int) -> list[StorageReads]:
    """Measure both generations with an image of so many megabytes."""
    with (
        tempfile.TemporaryDirectory(prefix="br") as folder,
        tempfile.TemporaryDirectory(prefix="bd") as docker,
        docker_daemon(Path(docker), "overlay2") as daemon,
    ):
        storage = LocalObjectStorage(Path(folder) / "cloud", None)
        try:
            account = storage.create_account("dal05", "SLOS1-1", "SL1")
            return _measure(LegacyHost(daemon), account, Path(folder), megabytes)
        finally:
            storage.stop()


def _measure(host: LegacyHost, account: SwiftAccount, folder: Path, megabytes: int) -> list[StorageReads]:
    connection = Connection(account.auth_url, account.username, account.key, retries=0)
    for container in ("legacy", "modern"):
        connection.put_container(container)
    place = urlsplit(account.auth_url)
    with Relay(str(place.hostname), int(place.port or 80)).running() as relay:
        # Swift names the storage after the host that it was asked by: everything goes through the relay.
        url = place._replace(netloc=f"127.0.0.1:{relay.port}").geturl()
        legacy, modern = (
            LegacyStorage(url, account.username, account.key, name) for name in ("legacy", "modern")
        )
        size = _make_image(host, folder, megabytes)
        return [
            measure_legacy(host, legacy, relay, size),
            measure_modern(host, modern, relay, folder, size),
        ]


def main() -> None:
    """Print both; exit code 1 where modern's reads say that the measuring is wrong."""
    reads = measure(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
    table = Table("generation", "layer, bytes", "read from Swift, bytes", "read for a byte pulled")
    for read in reads:
        table.add_row(read.generation, f"{read.pulled}", f"{read.read}", f"{read.ratio:.2f}")
    Console(width=110).print(table)
    modern = next(read for read in reads if read.generation == "modern")
    raise SystemExit(int(not 1 / MODERN_LIMIT < modern.ratio < MODERN_LIMIT))


if __name__ == "__main__":
    run_command(main)

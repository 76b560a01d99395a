"""A Docker daemon of the tests' own: a network without traffic, its data in a folder that goes away."""

import secrets
import shutil
import subprocess
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cloud.machines.network.default_bridge import add_default_bridge, delete_default_bridge

_START_LIMIT = 60.0


@dataclass(frozen=True)
class DockerDaemon:
    """A daemon that runs; `host` is its socket, as a URL."""

    host: str

    def docker(self, *arguments: str) -> str:
        """Run the command line, which must succeed; return what it printed."""
        done = subprocess.run(
            ["docker", "--host", self.host, *arguments], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def load(self, executable: Path, tag: str, folder: Path) -> None:
        """Make an image that holds nothing but one static program, /program."""
        packed = folder / "image.tar"
        with tarfile.open(packed, "w") as archive:
            archive.add(executable, "program")
        self.docker("import", str(packed), tag)
        packed.unlink()


@contextmanager
def docker_daemon(folder: Path, storage_driver: str = "vfs") -> Iterator[DockerDaemon]:
    """Run a daemon whose data lie in a folder, which should have a short path."""
    # A socket's path may have 108 characters, so it lies in a short folder.
    host = f"unix://{folder}/s"
    program = shutil.which("dockerd", path="/usr/sbin:/usr/bin:/usr/local/bin")
    assert program is not None, "no dockerd: apt-get install docker.io"
    log, bridge = folder / "log", f"docker-{secrets.token_hex(4)}"
    add_default_bridge(bridge)
    with log.open("w") as output:
        process = subprocess.Popen(
            [
                *(program, "--host", host, "--data-root", f"{folder}/data", "--exec-root", f"{folder}/exec"),
                *("--pidfile", f"{folder}/pid", "--storage-driver", storage_driver, "--bridge", bridge),
                *("--iptables=false", "--ip6tables=false", "--ip-masq=false"),
            ],
            stdout=output,
            stderr=output,
        )
    daemon = DockerDaemon(host)
    try:
        deadline = time.monotonic() + _START_LIMIT
        while not _answers(host):
            assert process.poll() is None, log.read_text()[-2000:]
            assert time.monotonic() < deadline, log.read_text()[-2000:]
            time.sleep(0.1)
        yield daemon
        if containers := daemon.docker("ps", "--all", "--quiet").split():
            daemon.docker("rm", "--force", *containers)
    finally:
        process.terminate()
        process.wait()
        # What containers on the host's network leave behind; the folder could not be removed.
        subprocess.run(["umount", f"{folder}/exec/netns/default"], capture_output=True, check=False)
        delete_default_bridge(bridge)


def _answers(host: str) -> bool:
    version_check = subprocess.run(["docker", "--host", host, "version"], capture_output=True, check=False)
    return version_check.returncode == 0

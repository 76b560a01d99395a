"""A registry run by hand: the binary of a base image, without Docker."""

import itertools
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import bcrypt
import httpx

from components.access.door_credential import DoorCredential
from components.registry.config import HttpSettings, configuration
from components.storage.drivers import RegistryStorage
from harness.ports import free_port
from harness.registries.program import program
from settings import DEFAULT_CONTENT_POLICY, ContentPolicy

USER, PASSWORD = "docker", "a password of the tests"
DOOR_PASSWORD = "0123456789abcdef" * 4
"""Password of a front door that compares its clients' passwords itself."""
HTTP_SECRET = "one secret for all registries of the tests"
_START_SECONDS = 60


class RegistryEndedError(Exception):
    """The registry did not come up; the message is its log."""


@dataclass(frozen=True)
class RunningRegistry:
    """Where it answers, and its log."""

    url: str
    debug_url: str
    log: Path
    process: subprocess.Popen[bytes]

    @property
    def port(self) -> int:
        """TCP port on the loopback."""
        return int(self.url.rpartition(":")[2])

    def client(self) -> httpx.Client:
        """A client with credentials, that follows no redirects."""
        return httpx.Client(base_url=self.url, auth=(USER, PASSWORD), timeout=120)

    def log_text(self) -> str:
        """Its log so far."""
        return self.log.read_text(errors="replace")

    def errors(self) -> list[str]:
        """Its log entries of level error, with their details."""
        lines = [json.loads(line) for line in self.log_text().splitlines() if line.startswith("{")]
        return [
            f"{line['msg']} {line.get('err.detail', '')}"
            for line in lines
            if line["level"] in ("error", "fatal")
        ]


_NUMBERS = itertools.count()


@contextmanager
def running_registry(
    version: str,
    storage: RegistryStorage,
    folder: Path,
    *,
    programs: Path,
    redirect: bool = False,
    content: ContentPolicy = DEFAULT_CONTENT_POLICY,
    pulls_only: bool = False,
    before: Mapping[str, str] | None = None,
    overrides: Mapping[str, str] | None = None,
) -> Iterator[RunningRegistry]:
    """Run a registry until the block ends.

    Args:
        version: Version, one of `registry_program.BASES`.
        storage: Storage where it keeps everything.
        folder: Folder for its files.
        programs: Folder where images are unpacked.
        redirect: Whether it sends clients to the storage.
        content: What it takes and lists.
        pulls_only: Whether it is the process that serves pulls of blobs, and remembers them.
        overrides: Environment variables that override its configuration, as distribution reads them.
        before: A program that starts the registry's own, `PROGRAM`, and its environment.

    Raises:
        RegistryEndedError: It ended before it was healthy.
    """
    home = folder / f"registry-{next(_NUMBERS)}"
    home.mkdir(parents=True)
    port, debug = free_port(), free_port()
    http = HttpSettings(f"127.0.0.1:{port}", f"127.0.0.1:{debug}", HTTP_SECRET, redirect)
    (home / "htpasswd").write_text(_htpasswd())
    text = configuration(storage, http, content, str(home / "htpasswd"), pulls_only=pulls_only)
    (home / "config.yml").write_text(text)
    # Nothing of this machine's: AWS variables would be heard.
    environment = {
        "PATH": os.environ["PATH"],
        "OTEL_TRACES_EXPORTER": "none",
        **(before or {}),
        **(overrides or {}),
    }
    command = [before["PROGRAM"]] if before else program(version, programs)
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "serve", str(home / "config.yml")],
            stdout=log, stderr=subprocess.STDOUT, env=environment,
        )  # fmt: skip
    registry = RunningRegistry(f"http://127.0.0.1:{port}", f"http://127.0.0.1:{debug}", home / "log", process)
    try:
        _wait(registry)
        yield registry
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _htpasswd() -> str:
    # The cheapest hash there is: the registry compares at every request, and time is short here.
    own = f"{USER}:{bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()}\n"
    return own + DoorCredential(DOOR_PASSWORD).htpasswd


def _wait(registry: RunningRegistry) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        if registry.process.poll() is not None:
            raise RegistryEndedError(registry.log_text())
        try:
            if httpx.get(f"{registry.url}/").status_code == 200:
                return
        except httpx.TransportError:
            pass
        assert time.monotonic() < deadline, registry.log_text()
        time.sleep(0.05)

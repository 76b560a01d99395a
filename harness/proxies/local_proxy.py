"""Programs as processes of a test's own: HAProxy with doors, and the registry out of its image."""

import contextlib
import csv
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from components.proxy.haproxy_config import ProxyShape, global_configuration
from harness.ports import free_port
from harness.registries.program import program
from settings import DEFAULT_DOOR_LIMITS

_PATIENCE_SECONDS = 30.0


def await_true(condition: Callable[[], bool], what: str, log: Path) -> None:
    """Wait for something to come true."""
    end = time.monotonic() + _PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < end, f"{what}: {log.read_text()[-2000:]}"
        time.sleep(0.02)


def answers(port: int) -> bool:
    """Return whether something listens on a TCP port of 127.0.0.1.

    Args:
        port: The TCP port.
    """
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5):
        return True
    return False


@dataclass
class LocalProxy:
    """HAProxy in a folder of its own, as a server's unit runs it.

    Attributes:
        folder: The doors' files are in `current` in it.
        metrics_port: TCP port of the exporter.
        front_connections: Connections that each front door holds at once.
    """

    folder: Path
    metrics_port: int = field(default_factory=free_port)
    front_connections: int = DEFAULT_DOOR_LIMITS.connections

    @property
    def log(self) -> Path:
        """The file of its log."""
        return self.folder / "log"

    def command(self, command: str) -> str:
        """What a command to the running process prints."""
        with socket.socket(socket.AF_UNIX) as runtime:
            runtime.settimeout(_PATIENCE_SECONDS)
            runtime.connect(str(self.folder / "door.sock"))
            runtime.sendall(f"{command}\n".encode())
            return b"".join(iter(lambda: runtime.recv(1 << 16), b"")).decode()

    def counter(self, proxy: str, name: str, kind: str = "FRONTEND") -> str:
        """Return one number of a frontend or a backend, by its name in HAProxy's CSV of statistics."""
        names, *rows = csv.reader(self.command("show stat").removeprefix("# ").splitlines())
        row = next(row for row in rows if row[:2] == [proxy, kind])
        return row[names.index(name)]

    def finished_lines(self) -> list[str]:
        """One line a request, as HAProxy logs it, once every request has ended.

        A client has its answer before HAProxy logs the request, and forgets its stream.
        """
        await_true(lambda: not self._streams(), "requests do not end", self.log)
        return self.log.read_text().splitlines()

    def _streams(self) -> list[str]:
        """The streams in work; that of the command that asks for them has no address."""
        streams = self.command("show sess").splitlines()
        return [stream for stream in streams if " src=127." in stream]

    @contextlib.contextmanager
    def running(self, files: Mapping[str, str]) -> Iterator[None]:
        """Run with these files beside the global one."""
        current = self.folder / "current"
        current.mkdir(parents=True)
        log = "stdout format raw local0 info"
        text = global_configuration(ProxyShape(self.metrics_port, log, self.front_connections))
        for name, content in {"00-global.cfg": text, **files}.items():
            (current / name).write_text(content)
        environment = {"REGISTRY_DOOR": str(self.folder), "REGISTRY_DOOR_RUN": str(self.folder)}
        with self.log.open("wb") as output:
            process = subprocess.Popen(
                [
                    "haproxy",
                    "-W",
                    "-f",
                    str(current),
                    "-p",
                    str(self.folder / "pid"),
                    "-S",
                    str(self.folder / "master.sock"),
                ],
                env={**os.environ, **environment},
                stdout=output,
                stderr=output,
            )
        try:
            await_true(lambda: answers(self.metrics_port), "HAProxy does not listen", self.log)
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(_PATIENCE_SECONDS)


@dataclass(frozen=True)
class LocalRegistry:
    """The registry 2.8.3, out of the image that stands in for the public one."""

    folder: Path

    @property
    def log(self) -> Path:
        """The file of its log."""
        return self.folder / "registry.log"

    @contextlib.contextmanager
    def running(self, configuration: str, port: int) -> Iterator[None]:
        """Run until the end of the block; the configuration has the port as well."""
        file = self.folder / "config.yml"
        file.write_text(configuration)
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [*program("2.8.3", self.folder), "serve", str(file)], stdout=log, stderr=log
            )
        try:
            await_true(
                lambda: answers(port) or process.poll() is not None, "the registry does not listen", self.log
            )
            assert process.poll() is None, self.log.read_text()[-2000:]
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(_PATIENCE_SECONDS)

"""A Docker that runs the legacy registry as components/registry/legacy.py describes it, and scripts of v1.

Its containers use this host's network: the daemon has no bridge. So each registry has a port of its own.
"""

import io
import json
import os
import subprocess
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from components.registry.container.shape import ContainerShape
from components.registry.legacy import IMAGE
from components.remote.script_source import script_source
from harness.docker_daemon import DockerDaemon
from harness.ports import free_port


@dataclass(frozen=True)
class Health:
    """A container's health: its status, and the output of the last check."""

    status: str
    last_output: str


@dataclass(frozen=True)
class LegacyHost:
    """One server's Docker."""

    daemon: DockerDaemon

    def load(self, archive: Path) -> None:
        """Load an image's archive."""
        self.daemon.docker("load", "--input", str(archive))

    def build(self, context: Path, tag: str = IMAGE) -> None:
        """As the article does, without a network."""
        words = ["docker", "--host", self.daemon.host, "build", "--network", "none", "-t", tag, str(context)]
        done = subprocess.run(
            words, env=os.environ | {"DOCKER_BUILDKIT": "0"}, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr

    @contextmanager
    def running(
        self, container: ContainerShape, image: str = IMAGE, *, hasty: bool = False
    ) -> Iterator["Run"]:
        """Run it; a hasty one's health is checked often and decided after two failures."""
        port = free_port()
        name = f"registry-{port}"
        environment = {**container.environment, "REGISTRY_PORT": str(port)}
        health = container.health
        assert health.test[0] == "CMD"
        assert len(health.test) == 2
        times = ("1s", "0s", 2) if hasty else ("1s", f"{health.start_period}s", health.retries)
        self.daemon.docker(
            *("create", "--name", name, "--network", "host", "--memory", "1g"),
            *(word for key, value in environment.items() for word in ("--env", f"{key}={value}")),
            *("--health-cmd", health.test[1], "--health-timeout", f"{health.timeout}s"),
            *("--health-interval", times[0], "--health-start-period", times[1]),
            *("--health-retries", str(times[2])),
            *(image, *container.command),
        )
        try:
            self._upload(name, container)
            self.daemon.docker("start", name)
            yield Run(self, name, port)
        finally:
            self.daemon.docker("rm", "--force", name)

    def _upload(self, name: str, container: ContainerShape) -> None:
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as tar:
            for file in container.files:
                info = tarfile.TarInfo(file.path.lstrip("/"))
                content = file.content.encode()
                info.size, info.mode = len(content), int(file.mode, 8)
                tar.addfile(info, io.BytesIO(content))
        words = ["docker", "--host", self.daemon.host, "cp", "-", f"{name}:/"]
        subprocess.run(words, input=packed.getvalue(), check=True, capture_output=True)

    def script(
        self, name: str, *arguments: str, stdin_payload: str = "", path: str = ""
    ) -> "subprocess.CompletedProcess[str]":
        """Run a script as it is run on a server: from standard input, with what is secret behind it."""
        return subprocess.run(
            ["bash", "-s", "--", *arguments],
            input=script_source(name) + stdin_payload,
            env={
                "PATH": f"{path}:{os.environ['PATH']}",
                "DOCKER_HOST": self.daemon.host,
                "HOME": "/nonexistent",
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    def checked_script(self, name: str, *arguments: str, path: str = "") -> str:
        """Run a script that must succeed; what it printed."""
        done = self.script(name, *arguments, path=path)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def layers(self, image: str) -> list[str]:
        """Return the digests of an image's layers."""
        document = json.loads(
            self.daemon.docker("image", "inspect", "--format", "{{json .RootFS.Layers}}", image)
        )
        return [str(layer) for layer in document]


@dataclass(frozen=True)
class Run:
    """A running registry."""

    host: LegacyHost
    name: str
    port: int

    @property
    def endpoint(self) -> str:
        """Its URL on the loopback."""
        return f"http://127.0.0.1:{self.port}"

    def health(self) -> Health:
        """Return what Docker says of its health."""
        document = json.loads(
            self.host.daemon.docker("inspect", "--format", "{{json .State.Health}}", self.name)
        )
        log = document["Log"] or [{"Output": ""}]
        return Health(document["Status"], log[-1]["Output"])

    def settled(self, seconds: float = 120) -> Health:
        """Its health once Docker has decided; a process that does not listen yet says nothing of it."""
        end = time.monotonic() + seconds
        while (health := self.health()).status == "starting" or "Connection refused" in health.last_output:
            assert time.monotonic() < end, f"{health}\n{self.host.daemon.docker('logs', self.name)}"
            time.sleep(0.1)
        return health

"""The Docker of one of the stack's servers: pushes and pulls an image, round after round."""

import shlex
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from harness.clients.registry_client import Client
from harness.load.pushes import TAGS
from harness.load.tally import Fault, Tally

KIND = "docker push and pull"
DOCKER_SECONDS = 320.0
"""For a round (choice): a machine that is busy answers late, which is no failure."""
SCRIPT = Path(__file__).with_name("docker-round.sh")


@dataclass
class DockerRounds:
    """An image a round.

    Attributes:
        on_server: Runs a command on the server with Docker, given what follows on its standard input.
        client: Client that pushes.
        repository: Repository of this lane alone.
        tally: Tally that counts each round as one request: those that Docker makes are not visible from here.
    """

    on_server: Callable[[str, str], "subprocess.CompletedProcess[str]"]
    client: Client
    repository: str
    tally: Tally
    _numbers: Iterator[int] = field(default_factory=count)

    def turn(self, _: threading.Event) -> None:
        """Push and pull one image."""
        user, _separator, password = self.client.user.partition(":")
        image = f"{self.repository}:t{next(self._numbers) % TAGS}"
        arguments = shlex.join([f"{self.client.address}:{self.client.port}", image, user])
        at = time.monotonic()
        try:
            done = self.on_server(
                f"timeout {DOCKER_SECONDS - 20:.0f} bash -s -- {arguments}",
                f"{SCRIPT.read_text()}{password}\n",
            )
        except subprocess.SubprocessError as error:
            self.tally.failed(KIND, "failed", type(error).__name__)
            return
        if done.returncode == 0:
            self.tally.answered(KIND, at)
            return
        fault: Fault = "wrong digest" if "wrong digest" in done.stderr else "failed"
        self.tally.failed(KIND, fault, done.stderr[-400:])

    def close(self) -> None:
        """Nothing is kept open between rounds."""

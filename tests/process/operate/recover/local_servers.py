"""A stack whose servers are folders of this machine, and a Swift that fails."""

import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

from swiftclient.exceptions import ClientException

from operate.servers.ssh import SshError, SshLink
from operate.stack.facts import DoorFacts, SwiftFacts
from tests.unit.operate.recover.standby_facts import FACTS

FOLDERS = replace(FACTS, record_key="r" * 64)
"""Facts of a stack without Swift."""
SWIFT = SwiftFacts("https://swift.example/auth/v1.0", "SLOS1-1:SL1", "k", "docker")


@dataclass
class LocalServers:
    """Servers that are folders of this machine; runs scripts for those that are not lost."""

    folder: Path
    unreachable: set[str] = field(default_factory=set)
    fences: dict[str, int] = field(default_factory=dict)

    def run(
        self, server: DoorFacts, script: Path, *arguments: str, stdin_payload: bytes = b""
    ) -> tuple[int, bytes, str]:
        is_door = script.name == "door-status.sh"
        if server.name in self.unreachable or (is_door and server.name not in self.fences):
            raise SshError(f"{server.name}: no answer")
        if is_door:
            status = {"live": {}, "fence": self.fences[server.name], "backends": {}}
            return 0, json.dumps(status).encode(), ""
        done = subprocess.run(
            ["bash", "-s", "--", *arguments],
            input=script.read_bytes() + stdin_payload,
            env={"PATH": os.environ["PATH"], "REGISTRY_OPERATE": str(self.folder / server.name)},
            capture_output=True,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr.decode()

    def run_each(
        self, servers: Sequence[DoorFacts], script: Path, patience: float, *arguments: str
    ) -> list[tuple[int, bytes, str] | SshError]:
        answers: list[tuple[int, bytes, str] | SshError] = []
        for server in servers:
            try:
                answers.append(self.run(server, script, *arguments))
            except SshError as error:
                answers.append(error)
        return answers

    def close(self) -> None:
        """End no connection: none is open."""

    @property
    def link(self) -> SshLink:
        return cast(SshLink, self)


class FailingConnection:
    """Swift's answer to everything."""

    def __init__(self, status: int) -> None:
        self._status = status

    def get_container(self, *_: object, **__: object) -> None:
        raise ClientException("no", http_status=self._status, http_reason="no")

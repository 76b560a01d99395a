"""A mixed load on one registry: readers, pushers in three ways, python-dxf and Docker, at once."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from harness.clients.registry_client import Client
from harness.load.docker_client import DockerRounds
from harness.load.dxf_client import DxfRounds
from harness.load.image import Shelf, blob
from harness.load.lane import Lane
from harness.load.pushes import Pusher, Way
from harness.load.reads import Catalog, Reads
from harness.load.tally import Tally

_SIZES = (1 << 10, 16 << 10, 64 << 10)
"""Bytes of the layers that are read (choice): small ones, whose time is the registry's and not the wire's."""
_METHODS: tuple[Way, ...] = ("at once", "chunked", "trickling")


@dataclass(frozen=True)
class Shape:
    """How much of everything (choices).

    A lane that keeps its connection asks again within 60 s, when the door would close it: a client that does
    not try again must not ask at that very moment.

    Attributes:
        readers: Connections that read.
        reads: Reads that each connection makes in a second, if the registry is quick enough.
        catalog: Seconds from one look at the catalog to the next.
        push: Seconds from the beginning of one push to the next, of each lane.
        dxf: The same of python-dxf.
        docker: The same of Docker.
        chunked: Lanes that push in chunks.
        pause: Seconds between two chunks: such an upload is to outlast a switch.
        repositories: Number of repositories that exist from the beginning, with three images each.
    """

    readers: int = 4
    reads: float = 6.8
    catalog: float = 55.0
    push: float = 55.0
    dxf: float = 60.0
    docker: float = 180.0
    chunked: int = 1
    pause: float = 5.0
    repositories: int = 3


@dataclass
class MixedLoad:
    """Begins with the context and ends with it, each lane at the end of its round.

    Attributes:
        client: The registry's first user.
        authority: File with the certificate authority.
        docker: Runs a command on a server with Docker, given what follows on its standard input.
        shape: How much of everything.
        tally: Tally that counts all requests.
    """

    client: Client
    authority: Path
    docker: Callable[[str, str], "subprocess.CompletedProcess[str]"]
    shape: Shape = field(default_factory=Shape)
    tally: Tally = field(default_factory=Tally)
    _stop: threading.Event = field(default_factory=threading.Event)
    _lanes: list[Lane] = field(default_factory=list)

    def __enter__(self) -> Self:
        shelf = self._seeded()
        self._lanes = [*self._readers(shelf), *self._pushers(shelf), *self._other_lanes()]
        for lane in self._lanes:
            lane.start(self._stop)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        for lane in self._lanes:
            lane.end()
        if error is not None:  # What clients saw tells why a test was cut off.
            print(self.tally.summarize(), file=sys.stderr)

    def _seeded(self) -> Shelf:
        """Push what is read from the beginning."""
        shelf, never = Shelf(), threading.Event()
        for number in range(self.shape.repositories):
            repository = f"load/read{number}"
            pusher = Pusher(self.client, shelf, self.tally, repository, "at once", self.shape.pause)
            for size in _SIZES:
                sent = pusher.push(f"s{size}", blob(os.urandom(size)), never)
                if sent is None:
                    raise RuntimeError(f"the load cannot be prepared: {self.tally.failures[-1].text}")
                shelf.keep(sent)
            pusher.close()
        return shelf

    def _readers(self, shelf: Shelf) -> list[Lane]:
        shape, tally = self.shape, self.tally
        reads = [
            Lane(f"reads {number}", Reads(self.client, shelf, tally, number), 1 / shape.reads, tally)
            for number in range(shape.readers)
        ]
        return [*reads, Lane("catalog", Catalog(self.client, shelf, tally), shape.catalog, tally)]

    def _pushers(self, shelf: Shelf) -> list[Lane]:
        lanes = []
        for way in _METHODS:
            for number in range(self.shape.chunked if way == "chunked" else 1):
                name = f"load/push-{way.replace(' ', '-')}{number}"
                pusher = Pusher(self.client, shelf, self.tally, name, way, self.shape.pause)
                lanes.append(Lane(name, pusher, self.shape.push, self.tally))
        return lanes

    def _other_lanes(self) -> list[Lane]:
        shape, tally = self.shape, self.tally
        dxf = DxfRounds(self.client, self.authority, "load/dxf", tally)
        docker = DockerRounds(self.docker, self.client, "load/docker", tally)
        return [Lane("dxf", dxf, shape.dxf, tally), Lane("docker", docker, shape.docker, tally)]

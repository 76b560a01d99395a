"""python-dxf, a client by others: pushes and pulls blobs under an alias, with checks of its own."""

import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import cast

import requests
from dxf import DXF, DXFBase
from dxf.exceptions import DXFDigestMismatchError, DXFError

from harness.clients.registry_client import Client
from harness.load.image import blob
from harness.load.pushes import TAGS
from harness.load.tally import Fault, Tally

_SIZE, _PIECE = 200_000, 32768


class CountedDxf(DXF):
    """python-dxf as it is; its requests are counted where all of them pass.

    Args:
        client: Client, with the address of the registry.
        authority: File with the certificate authority.
        repository: The repository.
        tally: Tally that counts the requests.
    """

    def __init__(self, client: Client, authority: Path, repository: str, tally: Tally) -> None:
        user, _, password = client.user.partition(":")

        def login(dxf: DXFBase, answer: requests.Response) -> None:
            dxf.authenticate(user, password, response=answer)

        where = f"{client.name or client.address}:{client.port}"
        super().__init__(where, repository, login, tlsverify=str(authority), timeout=client.patience)
        self._tally = tally

    def _base_request(self, method: str, path: str, **words: object) -> requests.Response:
        at = time.monotonic()
        try:
            answer = cast(requests.Response, super()._base_request(method, path, **words))  # type: ignore[no-untyped-call]
        except requests.HTTPError as error:
            # What it asks for before a push is not there: an answer like any other.
            if method == "head" and error.response is not None and error.response.status_code == 404:
                self._tally.answered("dxf head", at)
            raise
        self._tally.answered(f"dxf {method}", at)
        return answer


@dataclass
class DxfRounds:
    """A blob a round: pushed, named, looked up and pulled.

    Attributes:
        client: Client that pushes.
        authority: File with the certificate authority.
        repository: Repository of this lane alone.
        tally: Tally that counts the requests.
    """

    client: Client
    authority: Path
    repository: str
    tally: Tally
    _dxf: CountedDxf = field(init=False)
    _numbers: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        self._dxf = CountedDxf(self.client, self.authority, self.repository, self.tally)

    def turn(self, _: threading.Event) -> None:
        """Push and pull one blob."""
        try:
            with self._dxf:
                self._round(f"a{next(self._numbers) % TAGS}")
        except (DXFError, requests.RequestException, OSError) as error:
            fault: Fault = "wrong digest" if isinstance(error, DXFDigestMismatchError) else "failed"
            self.tally.failed("dxf", fault, repr(error))

    def close(self) -> None:
        """Nothing is kept open between rounds."""

    def _round(self, alias: str) -> None:
        sent = blob(os.urandom(_SIZE))
        pieces = (sent.content[first : first + _PIECE] for first in range(0, sent.size, _PIECE))
        self._dxf.push_blob(data=pieces, digest=sent.digest)
        self._dxf.set_alias(alias, sent.digest)
        if (alias_digests := self._dxf.get_alias(alias)) != [sent.digest]:
            self.tally.failed("dxf", "wrong digest", f"alias {alias} is {alias_digests}, not {sent.digest}")
        chunks = self._dxf.pull_blob(sent.digest)
        pulled = b"".join(chunks[0] if isinstance(chunks, tuple) else chunks)
        if len(pulled) != sent.size:
            self.tally.failed("dxf", "truncated", f"{len(pulled)} of {sent.size} bytes")
        elif pulled != sent.content:
            self.tally.failed("dxf", "wrong digest", f"{sent.digest} has other bytes")

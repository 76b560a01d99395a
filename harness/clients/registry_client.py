"""Clients of a door who count what goes wrong, and one who pulls slowly."""

import hashlib
import http.client
import socket
import ssl
import time
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Self

from harness.background import Background


class _Connection(http.client.HTTPSConnection):
    """Verified for a name when it is opened, whatever the address, and at each reconnection."""

    def __init__(self, client: "Client", receive_buffer: int) -> None:
        super().__init__(client.name or client.address, client.port, timeout=client.patience)
        self._client, self._receive_buffer = client, receive_buffer

    def connect(self) -> None:
        plain = socket.socket()
        if self._receive_buffer:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self._receive_buffer)
        plain.settimeout(self._client.patience)
        try:
            plain.connect((self._client.address, self._client.port))
            trusted = ssl.create_default_context(cadata=self._client.authority)
            self.sock = trusted.wrap_socket(plain, server_hostname=self.host)
        except OSError:
            plain.close()
            raise


@dataclass(frozen=True)
class Client:
    """Where to go, whom to trust, who one is, as `NAME:PASSWORD`, and the server's name if it has one."""

    address: str
    port: int
    authority: str
    user: str = ""
    name: str = ""
    patience: float = 30

    def connect(self, receive_buffer: int = 0) -> http.client.HTTPSConnection:
        """A connection that is verified when it is made, by its first use at the latest."""
        return _Connection(self, receive_buffer)

    @property
    def headers(self) -> dict[str, str]:
        """The header that says who one is; none for nobody."""
        return {"Authorization": f"Basic {b64encode(self.user.encode()).decode()}"} if self.user else {}

    def status(self, path: str = "/v2/") -> int:
        """What one request on a connection of its own is answered with."""
        connection = self.connect()
        try:
            connection.request("GET", path, headers=self.headers)
            answer = connection.getresponse()
            answer.read()
            return answer.status
        finally:
            connection.close()

    def location(self, path: str) -> str:
        """Where a request is redirected to."""
        connection = self.connect()
        try:
            connection.request("GET", path, headers=self.headers)
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 307, answer.status
            return answer.headers["Location"]
        finally:
            connection.close()

    def certificate(self) -> bytes:
        """The certificate that a new connection is shown, as DER."""
        connection = self.connect()
        connection.connect()
        try:
            output = connection.sock.getpeercert(binary_form=True)
            assert output is not None
            return bytes(output)
        finally:
            connection.close()


@dataclass
class BackgroundLoad(Background):
    """Requests, a pause after each; half of the workers on one connection, half on a new one each time.

    With a digest, a body of other bytes is a failure as well. Without a pause a load takes all of this
    machine, and what it is there to meet, a switch or a reload, takes longer.
    """

    client: Client
    path: str = "/v2/"
    workers: int = 4
    pause: float = 0.02
    digest: str = ""
    done: int = 0
    failures: list[str] = field(default_factory=list)

    def works(self) -> Sequence[Callable[[], None]]:
        """Return a thread of work for each worker."""
        return [partial(self._run, number % 2 == 0) for number in range(self.workers)]

    def await_more(self, count: int, seconds: float = 60) -> None:
        """Wait for that many further answers.

        Args:
            count: Number of answers to wait for.
            seconds: The time limit; beyond it the test fails.
        """
        target_count, end = self.done + count, time.monotonic() + seconds
        while self.done < target_count:
            assert time.monotonic() < end, (
                f"{self.done} of {target_count} answers; failed: {self.failures[:3]}"
            )
            time.sleep(0.01)

    def _run(self, keep: bool) -> None:
        connection, going = self.client.connect(), True
        while going:
            try:
                connection.request("GET", self.path, headers=self.client.headers)
                answer = connection.getresponse()
                body = answer.read()
                if answer.status != 200:
                    self.failures.append(f"status {answer.status}")
                elif self.digest and self.digest != f"sha256:{hashlib.sha256(body).hexdigest()}":
                    self.failures.append(f"{len(body)} other bytes")
                self.done += 1
                # http.client reconnects by itself where the response ended the connection.
                if not keep:
                    connection.close()
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(repr(error))
                connection.close()
            going = self.goes_on(self.pause)
        connection.close()


@dataclass
class SlowPull:
    """A pull that is under way until it is stopped; what it holds back is more than any buffer takes."""

    client: Client
    path: str
    _digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)
    received: int = 0

    def begin(self) -> Self:
        """Ask, and take the first bytes."""
        self._connection = self.client.connect(receive_buffer=65536)
        self._connection.request("GET", self.path, headers=self.client.headers)
        self._answer = self._connection.getresponse()
        assert self._answer.status == 200, self._answer.status
        self.size = int(self._answer.headers["Content-Length"])
        self.take(65536)
        return self

    def take(self, count: int) -> None:
        """Receive that many bytes more."""
        part = self._answer.read(count)
        self.received += len(part)
        self._digest.update(part)

    def end(self) -> str:
        """Receive the rest; return the digest of all, as a registry writes it."""
        while self.received < self.size:
            before = self.received
            self.take(1 << 20)
            assert self.received > before, f"cut after {self.received} of {self.size} bytes"
        self._connection.close()
        return f"sha256:{self._digest.hexdigest()}"

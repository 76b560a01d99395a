"""The network between a provider process and the cloud, which fails on demand; and kill -9 of the process."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from enum import Enum
from typing import ParamSpec, TypeVar

import requests
import urllib3
from requests.adapters import BaseAdapter
from starlette.responses import Response

from cloud import faults
from cloud.api.wires import xmlrpc
from provider.cancellation_token import CancellationToken
from tests.provider.orders.faulty_cloud import SETTLE, FaultyCloud

P = ParamSpec("P")
T = TypeVar("T")
TIMEOUT = 10.0
"""Seconds that the provider gives a call."""
BRIEFLY = 0.2
"""Seconds that a call takes at most, either way."""


class Fault(Enum):
    """What befalls one call."""

    NONE = "answered"
    NO_CONNECTION = "no connection"
    TIMEOUT_BEFORE = "timed out, never accepted"
    TIMEOUT_LATE = "timed out, accepted later"
    TIMEOUT_AFTER = "accepted, timed out"
    RESET_BEFORE = "reset, never accepted"
    RESET_AFTER = "accepted, reset"
    ERROR_BEFORE = "HTTP 500, never accepted"
    ERROR_AFTER = "accepted, HTTP 500"
    VAGUE_AFTER = "accepted, answered with Internal Error"
    RATE_LIMIT = "refused, too many calls"
    CANCEL = "accepted, Ctrl-C meanwhile"
    KILL_BEFORE = "provider killed, never accepted"
    KILL_LATE = "provider killed, accepted later"
    KILL_AFTER = "accepted, provider killed"


LATE = frozenset({Fault.TIMEOUT_LATE, Fault.KILL_LATE})
KILLS = frozenset({Fault.KILL_BEFORE, Fault.KILL_LATE, Fault.KILL_AFTER})
TIMEOUTS = frozenset({Fault.TIMEOUT_BEFORE, Fault.TIMEOUT_LATE, Fault.TIMEOUT_AFTER})
RESETS = frozenset({Fault.RESET_BEFORE, Fault.RESET_AFTER})
BEFORE_DELIVERY = frozenset(
    {Fault.TIMEOUT_BEFORE, Fault.RESET_BEFORE, Fault.ERROR_BEFORE, Fault.KILL_BEFORE, *LATE}
)
REFUSED = frozenset({Fault.NO_CONNECTION, Fault.RATE_LIMIT})
"""Late ones arrive after their sender was gone or gave up; lost and refused ones were never accepted."""


class KilledError(BaseException):
    """Nothing of this process goes on."""


class Network(BaseAdapter):
    """What requests hands its requests to."""

    def __init__(self, cloud: FaultyCloud, process: "Process") -> None:
        super().__init__()
        self._cloud = cloud
        self._process = process

    def send(self, request: requests.PreparedRequest, *_: object, **__: object) -> requests.Response:
        """Deliver a request, or what its fault leaves of it."""
        service = str(request.url).rpartition("/")[2]
        body = request.body if isinstance(request.body, bytes) else str(request.body).encode()
        method = body.partition(b"<methodName>")[2].partition(b"<")[0].decode()
        fault = self._process.next_fault(method)
        self._cloud.record(f"{service}::{method}: {fault.value}")
        answer = Response("", 500)
        if fault not in BEFORE_DELIVERY | REFUSED:
            answer = self._cloud.accept(service, body)
        if fault in LATE:
            self._cloud.accept_later(service, body)
        if fault is Fault.RATE_LIMIT:
            answer = xmlrpc.write_failure(faults.rate_limit())
        if fault is Fault.VAGUE_AFTER:
            answer = xmlrpc.write_failure(faults.internal_error())
        if fault is Fault.ERROR_AFTER:
            answer = Response("Internal Server Error", 500)
        return self._received(fault, request, answer)

    def _received(
        self, fault: Fault, request: requests.PreparedRequest, answer: Response
    ) -> requests.Response:
        if fault in KILLS:
            self._process.kill()
            raise KilledError
        if fault in TIMEOUTS:
            self._process.delay = TIMEOUT
            raise requests.ReadTimeout("read timed out")
        if fault in RESETS:
            raise requests.ConnectionError(urllib3.exceptions.ProtocolError("Connection aborted."))
        if fault is Fault.NO_CONNECTION:
            refused = urllib3.exceptions.NewConnectionError(None, "refused")  # type: ignore[arg-type]
            raise requests.ConnectionError(urllib3.exceptions.MaxRetryError(None, "/", refused))  # type: ignore[arg-type]
        if fault is Fault.CANCEL:
            self._process.delay = self._cloud.dice.random() * 2
            self._process.stop.cancel()
        response = requests.Response()
        response.status_code = answer.status_code
        response.headers.update(answer.headers)
        response._content = bytes(answer.body)  # as requests' own adapter does
        response.request, response.url = request, str(request.url)
        return response

    def close(self) -> None:
        """Nothing is held."""


class Process(Executor):
    """One provider process. Its calls do not block in threads: they are sent and answered moments later.

    Attributes:
        stop: what Ctrl-C throws.
        dead: done once it was killed; nothing it calls returns, and nothing it notes is written any more.
        delay: seconds that the call under way takes.
    """

    def __init__(self, cloud: FaultyCloud, next_fault: Callable[[str], Fault]) -> None:
        self.next_fault = next_fault
        self.stop = CancellationToken()
        self.dead = cloud.loop.create_future()
        self.delay = 0.0
        self._cloud = cloud

    def kill(self) -> None:
        """kill -9."""
        if not self.dead.done():
            self.dead.set_result(None)

    def submit(self, work: Callable[P, T], /, *args: P.args, **options: P.kwargs) -> "Future[T]":
        """Send a moment from now, answer a moment later."""
        future: Future[T] = Future()

        def answer(give: Callable[[], None]) -> None:
            self._soon(lambda: None if self.dead.done() else give(), self.delay)

        def send() -> None:
            if self.dead.done():
                return
            self.delay = 0.0
            try:
                result = work(*args, **options)
            except KilledError:
                return
            except Exception as error:
                raised = error
                answer(lambda: future.set_exception(raised))
            else:
                answer(lambda: future.set_result(result))

        self._soon(send, 0.0)
        return future

    def _soon(self, act: Callable[[], None], seconds: float) -> None:
        self._cloud.loop.call_later(seconds + self._cloud.dice.random() * BRIEFLY, act)


assert TIMEOUT < SETTLE

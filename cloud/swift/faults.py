"""Middleware: makes Swift fail as its plan says, and counts what is read. Loaded by the proxy first of all.

`GET /faults/reads` answers `{"/v1/ACCOUNT/CONTAINER/OBJECT": {"requests": n, "bytes": n}}`, all that was read
since the plan came into force.
"""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from email.utils import formatdate
from pathlib import Path

import eventlet
from swift.common.utils import InputProxy

from cloud.seeded_random import fraction
from cloud.swift.fault_plan import FaultPlan, PlanFile
from cloud.swift.skewed_clock import skew_clocks
from cloud.swift.wsgi import Application, Environment, StartResponse

_READS = "/faults/reads"
# A piece is sent, then its time is waited for: as many pieces a second keep the flow even.
_PIECES_A_SECOND = 20


class Faults:
    """Fails on request.

    Args:
        app: What follows in the pipeline.
        plan: Faults to inject.
    """

    def __init__(self, app: Application, plan: PlanFile) -> None:
        self._app = app
        self._file = plan
        self._calls: Counter[str] = Counter()
        self._requests: Counter[str] = Counter()
        self._bytes: Counter[str] = Counter()
        self._plan_version = 0

    def __call__(self, env: Environment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request, or fail to."""
        plan = self._plan()
        path, method = env.get("PATH_INFO", ""), env["REQUEST_METHOD"]
        if path == _READS:
            return _answer(start_response, "200 OK", json.dumps(self._reads()))
        if plan.hide_info and path == "/info":
            return _answer(start_response, "404 Not Found", "")
        failure = self._strike(plan, method)
        if failure == "hang":
            eventlet.sleep(plan.hang_seconds)
            return _answer(start_response, "504 Gateway Timeout", "")
        if failure == "error":
            return _answer(start_response, "500 Internal Error", "an error on purpose")
        if method in ("PUT", "POST") and (plan.cut_upload_bytes, plan.bytes_per_second) != (None, None):
            chunked = "chunked" in env.get("HTTP_TRANSFER_ENCODING", "").lower()
            env["wsgi.input"] = Upload(
                env["wsgi.input"], plan.cut_upload_bytes, plan.bytes_per_second, chunked=chunked
            )
        body = self._app(env, _at(plan.clock_skew_seconds, start_response))
        if method != "GET" or not self._touches(plan):
            return body
        return self._sent(path, body, plan)

    @staticmethod
    def _touches(plan: FaultPlan) -> bool:
        return plan.count_reads or plan.bytes_per_second is not None or plan.cut_answer_bytes is not None

    def _plan(self) -> FaultPlan:
        plan = self._file.plan()
        if self._file.changes != self._plan_version:
            for count in (self._calls, self._requests, self._bytes):
                count.clear()
            self._plan_version = self._file.changes
        return plan

    def _strike(self, plan: FaultPlan, method: str) -> str | None:
        if plan.methods and method not in plan.methods:
            return None
        self._calls[method] += 1
        drawn = fraction(plan.seed, method, self._calls[method])
        if drawn < plan.error_share:
            return "error"
        return "hang" if drawn < plan.error_share + plan.hang_share else None

    def _reads(self) -> dict[str, dict[str, int]]:
        return {
            path: {"requests": count, "bytes": self._bytes[path]} for path, count in self._requests.items()
        }

    def _sent(self, path: str, body: Iterable[bytes], plan: FaultPlan) -> Iterator[bytes]:
        remaining = plan.cut_answer_bytes
        if plan.count_reads:
            self._requests[path] += 1
        try:
            for chunk in body:
                for piece in throttle(chunk[:remaining], plan.bytes_per_second):
                    if plan.count_reads:
                        self._bytes[path] += len(piece)
                    yield piece
                remaining = None if remaining is None else remaining - len(chunk)
                if remaining is not None and remaining <= 0:
                    return
        finally:
            if hasattr(body, "close"):
                body.close()


class Upload(InputProxy):  # type: ignore[misc]  # Swift has no types
    """A request's body that comes slowly, or ends before its length.

    Args:
        wsgi_input: The body.
        cut: Bytes after which it breaks off.
        bytes_per_second: Speed in bytes a second.
        chunked: Whether it has no length; its end would then be taken for the upload's.
    """

    def __init__(
        self,
        wsgi_input: object,
        cut_after_bytes: int | None,
        bytes_per_second: int | None,
        *,
        chunked: bool = False,
    ) -> None:
        super().__init__(wsgi_input)
        self._chunked = chunked
        self._remaining = cut_after_bytes
        self._speed = bytes_per_second

    def chunk_update(self, chunk: bytes, eof: bool, *_: object) -> bytes:
        """Give what comes of a chunk that was read."""
        if self._speed is not None:
            eventlet.sleep(len(chunk) / self._speed)
        if self._remaining is None:
            return chunk
        kept = chunk[: self._remaining]
        if self._chunked and chunk and not kept:
            raise OSError("the upload broke off, on purpose")
        self._remaining -= len(kept)
        return kept


def throttle(chunk: bytes, bytes_per_second: int | None) -> Iterator[bytes]:
    """Give a chunk in pieces at that speed; whole and at once for None.

    Args:
        chunk: Bytes of a body.
        bytes_per_second: The speed; None for no limit.
    """
    if bytes_per_second is None:
        yield chunk
        return
    size = max(1, bytes_per_second // _PIECES_A_SECOND)
    for at in range(0, len(chunk), size):
        piece = chunk[at : at + size]
        eventlet.sleep(len(piece) / bytes_per_second)
        yield piece


def _answer(start_response: StartResponse, status: str, text: str) -> list[bytes]:
    body = text.encode()
    start_response(status, [("Content-Length", str(len(body))), ("Content-Type", "application/json")])
    return [body]


def _at(ahead: float, start_response: StartResponse) -> StartResponse:
    """Let the answer carry the hour of a clock that is so many seconds ahead."""
    if not ahead:
        return start_response

    def begin(status: str, headers: list[tuple[str, str]], *arguments: object) -> object:
        kept = [pair for pair in headers if pair[0].lower() != "date"]
        return start_response(
            status, [*kept, ("Date", formatdate(time.time() + ahead, usegmt=True))], *arguments
        )

    return begin


def filter_factory(global_conf: dict[str, str], **local_conf: str) -> Callable[[Application], Faults]:
    """Return the filter for the proxy's pipeline; `faults_file` is the plan's file."""
    plan = PlanFile(Path({**global_conf, **local_conf}["faults_file"]))
    skew_clocks(lambda: plan.plan().clock_skew_seconds)
    return lambda app: Faults(app, plan)

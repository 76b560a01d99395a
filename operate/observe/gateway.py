"""Serves a stack's metrics on the loopback for a Prometheus beside it.

Exporters listen on the loopback of their servers. They are reached as everything of `operate` is, by SSH with
pinned host keys, so that nothing is opened to anybody for the sake of a graph.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from operate.error import OperateError
from operate.observe.stack_metrics import CONTENT_TYPE, StackMetrics, disk_text, parse_disks, stack_text
from operate.observe.targets import MetricsTarget

_HEADERS = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
STACK_PATH = "/metrics"


class MetricsReader(Protocol):
    """Reads from a stack's servers; may be used by several threads."""

    def exporter(self, target: MetricsTarget) -> bytes:
        """Return what an exporter answers.

        Raises:
            OperateError: The exporter cannot be reached.
        """

    def disks(self, target: MetricsTarget) -> bytes:
        """Return what disk-space.sh prints.

        Raises:
            OperateError: The server cannot be reached.
        """


def gateway(
    targets: Callable[[], Sequence[MetricsTarget]], reader: MetricsReader, stack: Callable[[], StackMetrics]
) -> Starlette:
    """Return the application.

    Args:
        targets: Returns the exporters, as they are after the last swap.
        reader: Reads the exporters' metrics.
        stack: Returns what no exporter has.
    """

    def relayed(kind: str, name: str) -> Response:
        target = next((target for target in targets() if (target.kind, target.name) == (kind, name)), None)
        if target is None:
            return PlainTextResponse("no such exporter\n", 404, headers=_HEADERS)
        try:
            content = (
                disk_text(parse_disks(reader.disks(target))) if kind == "disk" else reader.exporter(target)
            )
        except (OperateError, ValueError) as error:
            return PlainTextResponse(f"{error}\n", 503, headers=_HEADERS)
        return Response(content, media_type=CONTENT_TYPE, headers=_HEADERS)

    async def relay(request: Request) -> Response:
        return await run_in_threadpool(relayed, request.path_params["kind"], request.path_params["name"])

    async def whole(_: Request) -> Response:
        text = await run_in_threadpool(lambda: stack_text(stack()))
        return Response(text, media_type=CONTENT_TYPE, headers=_HEADERS)

    def list_paths() -> Response:
        paths = [STACK_PATH, *(target.path for target in targets())]
        return PlainTextResponse("".join(f"{path}\n" for path in paths), headers=_HEADERS)

    async def root(_: Request) -> Response:
        return await run_in_threadpool(list_paths)

    routes = [Route("/", root), Route(STACK_PATH, whole), Route("/metrics/{kind:str}/{name:str}", relay)]
    # Else a page elsewhere could read it by a name that it points at the loopback.
    hosts = Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])
    return Starlette(routes=routes, middleware=[hosts])

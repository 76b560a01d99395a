"""The dashboard's server: on 127.0.0.1 only, reads only."""

import socket
import time
from collections.abc import Callable, Mapping
from functools import partial

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from operate.dashboard.page import SCRIPT_PATH, body, failure, page, script
from operate.error import OperateError

_FRESH = 1.0
"""Seconds for which a status serves everybody who looks (choice): each asks the doors and the storage."""
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'self'; connect-src 'self'; img-src 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}

Ask = Callable[[], Mapping[str, object]]
Report = Callable[[str], str | None]


class _Kept:
    """The last status, for as long as it is fresh."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._at = float("-inf")
        self._found: Mapping[str, object] = {}

    def __call__(self) -> Mapping[str, object]:
        if time.monotonic() - self._at > _FRESH:
            self._found = self._ask()
            self._at = time.monotonic()
        return self._found


def dashboard(environment: str, ask: Ask, report: Report) -> Starlette:
    """Return the application.

    Args:
        environment: the stack's name.
        ask: returns the status as plain data; raises OperateError where it cannot be had.
        report: returns the report of an entry of the history.
    """
    kept = _Kept(ask)

    async def middle() -> str:
        try:
            return body(await run_in_threadpool(kept))
        except OperateError as error:
            return failure(str(error))

    async def whole(_: Request) -> Response:
        return HTMLResponse(page(environment, await middle()), headers=_HEADERS)

    async def part(_: Request) -> Response:
        return HTMLResponse(await middle(), headers=_HEADERS)

    async def plain(_: Request) -> Response:
        try:
            return JSONResponse(await run_in_threadpool(kept), headers=_HEADERS)
        except OperateError as error:
            return JSONResponse({"error": str(error)}, 503, headers=_HEADERS)

    async def again(_: Request) -> Response:
        return Response(script(), media_type="text/javascript", headers=_HEADERS)

    async def kept_report(request: Request) -> Response:
        found = await run_in_threadpool(partial(report, request.path_params["identity"]))
        if found is None:
            return HTMLResponse(failure("there is no such report"), 404, headers=_HEADERS)
        return HTMLResponse(found, headers=_HEADERS)

    routes = [
        Route("/", whole),
        Route("/body", part),
        Route("/status.json", plain),
        Route(SCRIPT_PATH, again),
        Route("/history/{identity:str}", kept_report),
    ]
    # Else a page elsewhere could read it by a name that it points at the loopback.
    hosts = Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])
    return Starlette(routes=routes, middleware=[hosts])


def serve(application: Starlette, port: int, told: Callable[[str], None]) -> None:
    """Serve until interrupted.

    Args:
        application: the dashboard.
        port: on 127.0.0.1; 0 takes a free one.
        told: is given the address.

    Raises:
        OperateError: the port is taken.
    """
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError as error:
        listener.close()
        raise OperateError(f"port {port} of 127.0.0.1: {error.strerror}; take another with --port") from None
    with listener:
        told(f"http://127.0.0.1:{listener.getsockname()[1]}/")
        server = uvicorn.Server(uvicorn.Config(application, log_level="warning", lifespan="off"))
        server.run(sockets=[listener])

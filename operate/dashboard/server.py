"""The dashboard's server: on 127.0.0.1 only, reads only."""

import html
import os
import re
import socket
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from operate.dashboard.figures import Figures
from operate.dashboard.page import (
    ICON_PATH,
    IMAGES_PATH,
    SCRIPT_PATH,
    STYLE_PATH,
    TRAFFIC_PATH,
    body,
    failure,
    images_page,
    page,
    repositories_page,
    traffic_page,
)
from operate.dashboard.source import Ask, Source
from operate.error import LostError, OperateError
from operate.images.browser import Browser
from operate.pages import REPORT_POLICY, page_file
from operate.program_name import name_program, started_program

_NOWHERE = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
_PAGE = f"{_NOWHERE}style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'"
_REPORT = f"{REPORT_POLICY}; frame-ancestors 'none'"
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_FILES = {
    SCRIPT_PATH: ("again.js", "text/javascript"),
    STYLE_PATH: ("style.css", "text/css"),
    ICON_PATH: ("icon.svg", "image/svg+xml"),
}
_PAGE_TAGS = 50
"""Repositories or tags on a page (choice): each tag takes the registry a few requests."""
_IDENTITY = re.compile(r"[0-9A-Za-z.-]{1,64}")

Report = Callable[[str], str | None]


def dashboard(
    environment: str,
    ask: Ask,
    report: Report,
    *,
    figures: Callable[[], Figures] = Figures,
    browser: Browser | None = None,
) -> Starlette:
    """Return the application.

    Args:
        environment: The stack's name.
        ask: Returns the status; raises OperateError where it cannot be had.
        report: Returns the report of an entry of the history.
        figures: Returns storage used and cost.
        browser: Shows the images; None where there are none to show.
    """
    source = Source(environment, ask, figures)

    async def whole(_: Request) -> Response:
        return _html(page(await run_in_threadpool(source)))

    async def part(_: Request) -> Response:
        return _html(body(await run_in_threadpool(source)))

    async def plain(_: Request) -> Response:
        state = await run_in_threadpool(source)
        if state.unavailable or state.status is None:
            return JSONResponse({"error": state.unavailable}, 503, headers=_HEADERS)
        return JSONResponse(state.status.as_json(), headers=_HEADERS)

    async def name(_: Request) -> Response:
        return JSONResponse({"environment": environment}, headers=_HEADERS)

    async def kept_report(request: Request) -> Response:
        try:
            return await run_in_threadpool(_reported, report, request.path_params["identity"])
        except OperateError as error:
            return _html(failure(f"the report cannot be had: {error}"), 503)

    async def traffic(_: Request) -> Response:
        state = await run_in_threadpool(source)
        return _html(traffic_page(state, source.history))

    async def images(request: Request) -> Response:
        return await run_in_threadpool(_images, environment, browser, request)

    routes = [
        Route("/", whole),
        Route(TRAFFIC_PATH, traffic),
        Route(IMAGES_PATH, images),
        Route(f"{IMAGES_PATH}/{{repository:path}}", images),
        Route("/body", part),
        Route("/status.json", plain),
        Route("/environment.json", name),
        Route("/history/{identity:str}", kept_report),
        *(Route(path, partial(_file, name, kind)) for path, (name, kind) in _FILES.items()),
    ]
    # Else a page elsewhere could read it by a name that it points at the loopback.
    hosts = Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])
    return Starlette(routes=routes, middleware=[hosts])


async def _file(name: str, kind: str, _: Request) -> Response:
    return Response(page_file(name), media_type=kind, headers=_HEADERS)


def _images(environment: str, browser: Browser | None, request: Request) -> Response:
    """Show a page of repositories, or of the tags of the one that the path names."""
    repository, after = str(request.path_params.get("repository", "")), request.query_params.get("after", "")
    if browser is None:
        return _html(failure("this dashboard shows no images"), 404)
    try:
        if repository:
            listing = browser.images(repository, _PAGE_TAGS, after)
            return _html(images_page(environment, listing, after, datetime.now(UTC)))
        return _html(repositories_page(environment, browser.repositories(_PAGE_TAGS, after), after))
    except LostError as error:
        return _html(failure(f"the images cannot be shown: {error}"), 503)
    except OperateError as error:
        return _html(failure(f"the images cannot be shown: {error}"), 404)


def _reported(report: Report, identity: str) -> Response:
    content = report(identity) if _IDENTITY.fullmatch(identity) else None
    return _with_policy(content, _REPORT) if content else _html(failure("there is no such report"), 404)


def _html(content: str, code: int = 200) -> Response:
    """Return a page, whose commands name the program as it was started where the dashboard is read."""
    program = html.escape(started_program(os.environ))
    return _with_policy(name_program(content, program), _PAGE, code)


def _with_policy(content: str, policy: str, code: int = 200) -> Response:
    return HTMLResponse(content, code, headers={**_HEADERS, "Content-Security-Policy": policy})


def serve(application: Starlette, port: int, report_url: Callable[[str], None]) -> None:
    """Serve until interrupted.

    Args:
        application: The dashboard.
        port: Port on 127.0.0.1; 0 takes a free one.
        report_url: Called with the address.

    Raises:
        OperateError: The port is taken.
    """
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError as error:
        listener.close()
        raise OperateError(f"port {port} of 127.0.0.1: {error.strerror}; take another with --port") from None
    with listener:
        listener.listen(128)  # Who goes there at once waits until it is answered.
        report_url(f"http://127.0.0.1:{listener.getsockname()[1]}/")
        server = uvicorn.Server(uvicorn.Config(application, log_level="warning", lifespan="off"))
        with suppress(KeyboardInterrupt):
            server.run(sockets=[listener])

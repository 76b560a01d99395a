"""The control endpoint's routes: `/control/faults` and `/control/calls`, for callers on this machine."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cloud.api import faults, rest
from cloud.api.body import read_body
from cloud.api.control import Control, read_planned_fault
from cloud.records import Order
from cloud.store import Store

_HERE = ("127.0.0.1", "::1")


def control_routes(control: Control, store: Store) -> list[Route]:
    """POST and DELETE /control/faults; GET /control/calls answers `{"calls": {...}, "orders_placed": n}`.

    Calls are counted since the process began, orders since the books were begun.
    """

    async def plan(request: Request) -> Response:
        control.plan(read_planned_fault(rest.read_json(await read_body(request))))
        return JSONResponse({"planned": True})

    async def clear(_: Request) -> Response:
        control.clear()
        return JSONResponse({"planned": False})

    async def calls(_: Request) -> Response:
        return JSONResponse({"calls": control.counts(), "orders_placed": len(store.all(Order))})

    return [
        Route("/control/faults", _from_here(plan), methods=["POST"]),
        Route("/control/faults", _from_here(clear), methods=["DELETE"]),
        Route("/control/calls", _from_here(calls), methods=["GET"]),
    ]


def _from_here(act: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    async def guarded(request: Request) -> Response:
        if request.client is None or request.client.host not in _HERE:
            return Response(status_code=403)
        try:
            return await act(request)
        except faults.ApiFault as fault:
            return JSONResponse({"error": fault.text}, status_code=400)

    return guarded

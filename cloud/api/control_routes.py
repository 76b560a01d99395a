"""The control endpoint's routes below `/control/`, for callers on this machine. See docs/local-cloud.md."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cloud.account import Account
from cloud.api import arguments, faults, rest
from cloud.api.body import read_body
from cloud.api.control import Control
from cloud.api.control_faults import chance, read_planned_fault, read_random_faults
from cloud.chance import fraction
from cloud.hindrances import Hindrance, Hindrances
from cloud.records import Guest, Hardware, Order, Server
from cloud.stages import HARDWARE, PROVISION, RECLAIM, RELOAD, UPGRADE
from cloud.store import Store
from cloud.transactions import Pipeline
from cloud.values import Json

_HERE = ("127.0.0.1", "::1")
_HOSTS = (*_HERE, "localhost")
"""Names by which it may be called: a page in a browser of this machine calls it by a name of its own."""
_STAGES = tuple(one.name for one in (*PROVISION, *UPGRADE, *RELOAD, *RECLAIM, *HARDWARE))


def control_routes(control: Control, store: Store) -> list[Route]:
    """What the wire does: faults to calls, one by one or at random, and what was called.

    Calls are counted since the process began, orders since the books were begun.
    """

    async def plan(request: Request) -> Response:
        control.plan(read_planned_fault(await _body(request)))
        return JSONResponse({"planned": True})

    async def randomly(request: Request) -> Response:
        control.randomly(read_random_faults(await _body(request)))
        return JSONResponse({"planned": True})

    async def clear(_: Request) -> Response:
        control.clear()
        return JSONResponse({"planned": False})

    async def struck(_: Request) -> Response:
        return JSONResponse({"struck": control.struck()})

    async def calls(_: Request) -> Response:
        return JSONResponse({"calls": control.counts(), "orders_placed": len(store.all(Order))})

    return [
        _route("POST", "faults", plan),
        _route("GET", "faults", struck),
        _route("DELETE", "faults", clear),
        _route("POST", "random", randomly),
        _route("GET", "calls", calls),
    ]


def operator_routes(account: Account, hindrances: Hindrances, pipeline: Pipeline) -> list[Route]:
    """What the cloud's operator does: transactions that get stuck, servers that are taken away."""

    async def hinder(request: Request) -> Response:
        hindrances.plan(_hindrance(arguments.mapping(await _body(request), "The hindrance")))
        return JSONResponse({"planned": True})

    async def release(_: Request) -> Response:
        hindrances.release()
        pipeline.release()
        return JSONResponse({"planned": False})

    async def reclaim(request: Request) -> Response:
        wanted = arguments.mapping(await _body(request), "The reclaim")
        server = _victim(account.store, wanted)
        if isinstance(server, Hardware):
            account.hardware.take_away(server.id)
            return JSONResponse({"hardware": server.id})
        account.cancel_guest(server)
        return JSONResponse({"guest": server.id})

    return [
        _route("POST", "transactions", hinder),
        _route("DELETE", "transactions", release),
        _route("POST", "reclaim", reclaim),
    ]


def _hindrance(wanted: dict[str, Json]) -> Hindrance:
    stage = arguments.text(wanted, "stage")
    if stage not in _STAGES:
        raise faults.invalid_value("stage", f"{', '.join(_STAGES)} are possible.")
    seed, times = arguments.number(wanted.get("seed"), "seed"), arguments.number(wanted.get("times"), "times")
    if seed is None:
        return Hindrance(stage, 1 if times is None else times)
    return Hindrance(stage, times, seed, chance(wanted))


def _victim(store: Store, wanted: dict[str, Json]) -> Guest | Hardware:
    """The server that is named, virtual or bare metal, or one of all that the seed chooses."""
    guests = [one for one in store.all(Guest) if not one.leaving]
    metal = [one for one in store.all(Hardware) if not one.leaving]
    if wanted.keys() == {"seed"}:
        seed = arguments.number(wanted["seed"], "seed")
        there: list[Guest | Hardware] = [*guests, *metal]
        if seed is not None and there:
            return there[int(fraction(seed, "reclaim") * len(there))]
    elif wanted.keys() in ({"guest"}, {"hardware"}):
        ((kind, name),) = wanted.items()
        named: list[Guest | Hardware] = [*(guests if kind == "guest" else metal)]
        named = [one for one in named if _is_named(one, name)]
        if len(named) == 1:
            return named[0]
    raise faults.invalid_parameter(
        "The id or host name of one guest or one hardware that is there, or a seed, is needed."
    )


def _is_named(server: Server, text: Json) -> bool:
    names = (str(server.id), server.hostname, f"{server.hostname}.{server.domain}")
    return not isinstance(text, bool) and str(text) in names


def _route(verb: str, name: str, act: Callable[[Request], Awaitable[Response]]) -> Route:
    async def guarded(request: Request) -> Response:
        is_near = request.client is not None and request.client.host in _HERE
        if not is_near or request.url.hostname not in _HOSTS:
            return Response(status_code=403)
        try:
            return await act(request)
        except faults.ApiFault as fault:
            return JSONResponse({"error": fault.text}, status_code=400)

    return Route(f"/control/{name}", guarded, methods=[verb])


async def _body(request: Request) -> Json:
    return rest.read_json(await read_body(request))

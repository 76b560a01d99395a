"""The control endpoint's routes below `/control/`, for callers on this machine.

docs/design/local-cloud.md describes them.
"""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cloud import arguments, faults
from cloud.account.account import Account
from cloud.api.body import read_body
from cloud.api.control.faults import chance, read_planned_fault, read_random_faults
from cloud.api.control.state import ControlState
from cloud.api.wires import rest
from cloud.provisioning.pipeline import Pipeline
from cloud.provisioning.stages import HARDWARE, PROVISION, RECLAIM, RELOAD, UPGRADE
from cloud.provisioning.stalls import InjectedStall, InjectedStalls
from cloud.seeded_random import fraction
from cloud.state.records import Guest, Hardware, Order, Server
from cloud.state.store import Store
from cloud.values import Json

_HERE = ("127.0.0.1", "::1")
_HOSTS = (*_HERE, "localhost")
"""Names by which it may be called: a page in a browser of this machine calls it by a name of its own."""
_STAGES = tuple(stage.name for stage in (*PROVISION, *UPGRADE, *RELOAD, *RECLAIM, *HARDWARE))


def control_routes(control: ControlState, store: Store) -> list[Route]:
    """Return what the wire does: faults to calls, one by one or at random, and what was called.

    Calls are counted since the process began, orders since the account was created.
    """

    async def plan(request: Request) -> Response:
        control.plan(read_planned_fault(await _body(request)))
        return JSONResponse({"planned": True})

    async def plan_random(request: Request) -> Response:
        control.plan_random(read_random_faults(await _body(request)))
        return JSONResponse({"planned": True})

    async def clear(_: Request) -> Response:
        control.clear()
        return JSONResponse({"planned": False})

    async def list_triggered(_: Request) -> Response:
        return JSONResponse({"triggered": control.triggered()})

    async def calls(_: Request) -> Response:
        return JSONResponse({"calls": control.counts(), "orders_placed": len(store.all(Order))})

    return [
        _route("POST", "faults", plan),
        _route("GET", "faults", list_triggered),
        _route("DELETE", "faults", clear),
        _route("POST", "random", plan_random),
        _route("GET", "calls", calls),
    ]


def operator_routes(account: Account, stalls: InjectedStalls, pipeline: Pipeline) -> list[Route]:
    """Return what the cloud's operator does: transactions that stall, servers that are reclaimed."""

    async def hinder(request: Request) -> Response:
        stalls.plan(_read_stall(arguments.mapping(await _body(request), "The stall")))
        return JSONResponse({"planned": True})

    async def release(_: Request) -> Response:
        stalls.release()
        pipeline.release()
        return JSONResponse({"planned": False})

    async def reclaim(request: Request) -> Response:
        properties = arguments.mapping(await _body(request), "The reclaim")
        server = _victim(account.store, properties)
        if isinstance(server, Hardware):
            account.hardware.reclaim(server.id)
            return JSONResponse({"hardware": server.id})
        account.cancel_guest(server)
        return JSONResponse({"guest": server.id})

    return [
        _route("POST", "transactions", hinder),
        _route("DELETE", "transactions", release),
        _route("POST", "reclaim", reclaim),
    ]


def _read_stall(properties: dict[str, Json]) -> InjectedStall:
    stage = arguments.text(properties, "stage")
    if stage not in _STAGES:
        raise faults.invalid_value("stage", f"{', '.join(_STAGES)} are possible.")
    seed, times = (
        arguments.number(properties.get("seed"), "seed"),
        arguments.number(properties.get("times"), "times"),
    )
    if seed is None:
        return InjectedStall(stage, 1 if times is None else times)
    return InjectedStall(stage, times, seed, chance(properties))


def _victim(store: Store, properties: dict[str, Json]) -> Guest | Hardware:
    """Return the server that is named, virtual or bare metal, or one of all that the seed chooses."""
    guests = [guest for guest in store.all(Guest) if not guest.reclaiming]
    metal = [server for server in store.all(Hardware) if not server.reclaiming]
    if properties.keys() == {"seed"}:
        seed = arguments.number(properties["seed"], "seed")
        servers: list[Guest | Hardware] = [*guests, *metal]
        if seed is not None and servers:
            return servers[int(fraction(seed, "reclaim") * len(servers))]
    elif properties.keys() in ({"guest"}, {"hardware"}):
        ((kind, name),) = properties.items()
        candidates: list[Guest | Hardware] = [*(guests if kind == "guest" else metal)]
        candidates = [server for server in candidates if _is_named(server, name)]
        if len(candidates) == 1:
            return candidates[0]
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

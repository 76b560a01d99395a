"""The ASGI application: every route of the API, and the life of its transactions."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from cloud.account.account import Account
from cloud.api.control.routes import control_routes, operator_routes
from cloud.api.control.state import ControlState
from cloud.api.dispatch import Dispatcher
from cloud.api.endpoints import Endpoints
from cloud.interfaces import CloudPaths, Machines, ObjectStorage
from cloud.provisioning.pipeline import Pipeline
from cloud.provisioning.stalls import InjectedStalls
from cloud.services.catalogue import all_services
from cloud.settings import CloudSettings
from cloud.state.store import Store

_VERSIONS = ("v3", "v3.1")
_VERBS = ["GET", "POST", "PUT", "DELETE"]


def build_app(
    settings: CloudSettings, machines: Machines | None, object_storage: ObjectStorage | None
) -> Starlette:
    """Build the API of one account.

    Args:
        settings: Folder of the account's state, and credentials of the callers.
        machines: Real machines behind the guests; None records guests that run nowhere.
        object_storage: Real Swift behind the object storage accounts; None records the accounts alone.

    Returns:
        The application; its lifespan drives the transactions, so it must be run with one, and once.

    Raises:
        StateError: The database in the state folder cannot be opened.
    """
    store = Store(CloudPaths(settings.state_dir).database)
    stalls = InjectedStalls()
    pipeline = Pipeline(store, machines, object_storage, settings.speed, stalls)
    account = Account(settings, store, pipeline, machines, object_storage)
    control = ControlState()
    endpoints = Endpoints(settings, Dispatcher(all_services(account)), control)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await pipeline.open()
        yield
        await pipeline.close()
        store.close()

    routes = [Route("/health", _health), *_wires(endpoints)]
    if settings.control:
        routes += control_routes(control, store)
        routes += operator_routes(account, stalls, pipeline)
    return Starlette(routes=routes, lifespan=lifespan)


async def _health(_: Request) -> JSONResponse:
    return JSONResponse({"status": "ok"})


def _wires(endpoints: Endpoints) -> list[Route]:
    routes = []
    for version in _VERSIONS:
        routes.append(Route(f"/xmlrpc/{version}/{{path:path}}", endpoints.xmlrpc, methods=["POST"]))
        routes.append(Route(f"/rest/{version}/{{path:path}}", endpoints.rest, methods=_VERBS))
    return routes

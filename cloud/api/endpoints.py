"""The two wires as HTTP endpoints: read, let in, answer, write; every failure becomes a fault."""

import logging
from collections.abc import Awaitable, Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from cloud import faults
from cloud.api import credentials
from cloud.api.body import read_body
from cloud.api.control.faults import AFTER_ACCEPT
from cloud.api.control.state import ControlState
from cloud.api.dispatch import Dispatcher, Reply
from cloud.api.dispatch import Request as Call
from cloud.api.interruption import corrupt_response, replacement_response
from cloud.api.rate_limit import RateLimit
from cloud.api.wires import rest, xmlrpc
from cloud.settings import CloudSettings

LOG = logging.getLogger("cloud.api")
Answer = Callable[[], Awaitable[Response]]


class Endpoints:
    """The endpoints of one account."""

    def __init__(self, settings: CloudSettings, dispatcher: Dispatcher, control: ControlState) -> None:
        self._settings = settings
        self._dispatcher = dispatcher
        self._control = control
        self._limit = RateLimit(settings.calls_a_second)

    async def xmlrpc(self, request: Request) -> Response:
        """Answer `POST /xmlrpc/{version}/{Service}`."""

        async def reply() -> Response:
            service = request.path_params["path"].strip("/")
            call, sent = xmlrpc.read_request(service, await read_body(request))
            sent = sent or credentials.from_basic(request.headers.get("authorization"))
            credentials.check(self._settings, sent, faults.invalid_token())
            return await self._answer(call, xmlrpc.write_reply)

        return await _faulting(reply, xmlrpc.write_failure)

    async def rest(self, request: Request) -> Response:
        """Answer `/rest/{version}/{Service}[/{id}][/{method}]`."""

        async def reply() -> Response:
            sent = credentials.from_basic(request.headers.get("authorization"))
            credentials.check(self._settings, sent, faults.access_denied())
            body = await read_body(request)
            call = rest.read_request(request.method, request.path_params["path"], request.query_params, body)
            return await self._answer(call, rest.write_reply)

        return await _faulting(reply, rest.write_failure)

    async def _answer(self, call: Call, write: Callable[[Reply], Response]) -> Response:
        self._limit.take()
        fault = self._control.record_call(f"{call.service}::{call.method}")
        if fault and fault.kind not in AFTER_ACCEPT:
            return await replacement_response(fault)
        answer = write(await run_in_threadpool(self._dispatcher.answer, call))
        return await corrupt_response(fault, answer) if fault else answer


async def _faulting(reply: Answer, write: Callable[[faults.ApiFault], Response]) -> Response:
    try:
        return await reply()
    except faults.ApiFault as fault:
        return write(fault)
    except ClientDisconnect:
        return Response(status_code=400)  # read by nobody
    except Exception:
        LOG.exception("a call failed by the API's own mistake")
        return write(faults.internal_error())

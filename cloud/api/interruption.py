"""What a fault on demand does to a call: instead of it, or to its answer."""

import asyncio

from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from cloud.api.control.faults import API_FAULTS, PlannedFault


class TruncatedResponse(Response):
    """A response that breaks off: a promised body never comes and the server closes the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the beginning alone."""
        headers = [(b"content-type", b"application/octet-stream"), (b"content-length", b"1000000")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b" ", "more_body": True})


async def replacement_response(fault: PlannedFault) -> Response:
    """Return the answer to a call that is never made.

    Raises:
        ApiFault: The fault is a proper one of the API.
    """
    if fault.kind in API_FAULTS:
        raise API_FAULTS[fault.kind]()
    if fault.kind == "timeout_before_accept":
        await asyncio.sleep(fault.seconds)
        return PlainTextResponse("Gateway Timeout", status_code=504)
    return TruncatedResponse() if fault.kind == "reset_before_accept" else _broken()


async def corrupt_response(fault: PlannedFault, answer: Response) -> Response:
    """Return what becomes of the answer to a call that was made."""
    if fault.kind == "timeout_after_accept":
        await asyncio.sleep(fault.seconds)
        return answer
    return TruncatedResponse() if fault.kind == "reset_after_accept" else _broken()


def _broken() -> Response:
    return PlainTextResponse("Internal Server Error", status_code=500)

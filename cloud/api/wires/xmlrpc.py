"""The XML-RPC wire: `POST /xmlrpc/v3.1/{Service}`.

The first parameter holds the headers (who calls, which object, mask, filter, limit), the others are the
arguments. Faults travel with HTTP 200: the official client takes anything else for a broken transport.
"""

from starlette.responses import Response

from cloud import faults
from cloud.api.credentials import SentCredentials, from_header
from cloud.api.dispatch import Reply, Request
from cloud.api.mask import Field, Mask, parse_mask
from cloud.api.wires.xmlrpc_reader import read_method_call
from cloud.api.wires.xmlrpc_writer import write_fault, write_result
from cloud.values import Json

_TYPE = "text/xml; charset=utf-8"
_DEEPEST = 20


def read_request(service: str, body: bytes) -> tuple[Request, SentCredentials | None]:
    """Return the call in a body, and who sent it.

    Raises:
        ApiFault: The body cannot be read.
    """
    method, parameters = read_method_call(body)
    first = parameters[0] if parameters else None
    headers = first.get("headers") if isinstance(first, dict) else None
    if not isinstance(headers, dict):
        return Request(service, method, arguments=tuple(parameters)), None
    offset, limit = _window(headers.get("resultLimit"))
    request = Request(
        service,
        method,
        _identifier(headers.get(f"{service}InitParameters")),
        tuple(parameters[1:]),
        _mask(headers, service),
        headers.get(f"{service}ObjectFilter"),
        offset,
        limit,
    )
    return request, from_header(headers.get("authenticate"))


def _identifier(value: Json) -> str | None:
    identifier = value.get("id") if isinstance(value, dict) else None
    return None if identifier in (None, "") or isinstance(identifier, dict | list) else str(identifier)


def _window(value: Json) -> tuple[int, int]:
    if not isinstance(value, dict):
        return 0, 0
    return _count(value.get("offset")), _count(value.get("limit"))


def _count(value: Json) -> int:
    return max(value, 0) if isinstance(value, int) and not isinstance(value, bool) else 0


def _mask(headers: dict[str, Json], service: str) -> Mask:
    for name in ("SoftLayer_ObjectMask", f"{service}ObjectMask"):
        header = headers.get(name)
        text = header.get("mask") if isinstance(header, dict) else None
        if isinstance(text, str):
            return parse_mask(text)
        if isinstance(text, dict):
            return _legacy(text, 0)
    return Mask()


def _legacy(properties: dict[str, Json], depth: int) -> Mask:
    """Return the oldest form of a mask: a structure of property names."""
    if depth > _DEEPEST:
        raise faults.invalid_mask("The object mask is nested too deeply.")
    return Mask(
        tuple(
            Field(name, None, _legacy(inner, depth + 1) if isinstance(inner, dict) else Mask())
            for name, inner in properties.items()
        )
    )


def write_reply(reply: Reply) -> Response:
    """Return the response to a call that worked."""
    return Response(write_result(reply.result), headers=total_header(reply), media_type=_TYPE)


def write_failure(fault: faults.ApiFault) -> Response:
    """Return the response to one that did not."""
    return Response(write_fault(fault), media_type=_TYPE)


def total_header(reply: Reply) -> dict[str, str]:
    """Return the header paging clients count by; on both wires."""
    return {} if reply.total is None else {"SoftLayer-Total-Items": str(reply.total)}

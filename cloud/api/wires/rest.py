"""The REST wire: `/rest/v3.1/{Service}[/{id}][/{method}][.json]`.

Without a method GET means getObject, POST createObject, PUT editObject and DELETE deleteObject; no suffix
means JSON. Bodies are `{"parameters": [...]}`, and answers carry no white space around the value: Go
clients read booleans and addresses raw.
"""

import json
import re
from collections.abc import Mapping

from starlette.responses import Response

from cloud import faults
from cloud.api.dispatch import Reply, Request, check_depth
from cloud.api.mask import parse_mask
from cloud.api.wires.xmlrpc import total_header
from cloud.values import Json

_METHODS = {"GET": "getObject", "POST": "createObject", "PUT": "editObject", "DELETE": "deleteObject"}
_NAME = re.compile(r"[a-z][A-Za-z_]*")
_TYPE = "application/json"


def read_request(verb: str, path: str, query: Mapping[str, str], body: bytes) -> Request:
    """Return the call in a request's parts.

    Raises:
        ApiFault: The call cannot be read.
    """
    service, identifier, method = _target(verb, path)
    offset, limit = _window(query.get("resultLimit", ""))
    return Request(
        service,
        method,
        identifier,
        _arguments(body),
        parse_mask(query.get("objectMask", "")),
        _filter(query.get("objectFilter", "")),
        offset,
        limit,
    )


def _target(verb: str, path: str) -> tuple[str, str | None, str]:
    parts = [part for part in path.strip("/").split("/") if part]
    if not parts or len(parts) > 3:
        raise faults.unknown_service()
    parts[-1] = parts[-1].removesuffix(".json")
    service, rest, method = parts[0], parts[1:], _METHODS.get(verb, "getObject")
    if rest and _NAME.fullmatch(rest[-1]):
        method = rest.pop()
    if len(rest) > 1:
        raise faults.unknown_method(rest[-1])
    return service, rest[0] if rest else None, method


def _arguments(body: bytes) -> tuple[Json, ...]:
    if not body.strip():
        return ()
    document = read_json(body)
    parameters = document.get("parameters", []) if isinstance(document, dict) else None
    if not isinstance(parameters, list):
        raise faults.malformed_json()
    return tuple(parameters)


def read_json(text: bytes | str) -> Json:
    """Return a JSON value.

    Raises:
        ApiFault: The text is no JSON, or nested too deeply.
    """
    try:
        document: Json = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise faults.malformed_json() from error
    check_depth(document)
    return document


def _refuse(constant: str) -> Json:
    raise ValueError(constant)


def _filter(text: str) -> Json:
    """Return the object filter; a malformed one is ignored, as by the real API."""
    try:
        return read_json(text) if text else None
    except faults.ApiFault:
        return None


def _window(text: str) -> tuple[int, int]:
    numbers = [int(part) if part.strip().isdecimal() and len(part) < 10 else 0 for part in text.split(",")]
    return (numbers[0], numbers[1]) if len(numbers) == 2 else (0, numbers[0])


def write_reply(reply: Reply) -> Response:
    """Return the response to a call that worked."""
    text = json.dumps(reply.result, separators=(",", ":"), allow_nan=False)
    return Response(text, headers=total_header(reply), media_type=_TYPE)


def write_failure(fault: faults.ApiFault) -> Response:
    """Return the response to one that did not."""
    text = json.dumps({"error": fault.text, "code": fault.code}, separators=(",", ":"))
    return Response(text, status_code=fault.status, media_type=_TYPE)

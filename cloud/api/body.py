"""Reading a request's body, up to a limit."""

from starlette.requests import Request

from cloud import faults

LARGEST = 4 * 1024 * 1024


async def read_body(request: Request) -> bytes:
    """Return the whole body.

    Raises:
        ApiFault: The body is larger than `LARGEST` bytes; no more than that is ever held.
    """
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length[:18]) > LARGEST:
        raise faults.too_large(LARGEST)
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > LARGEST:
            raise faults.too_large(LARGEST)
        parts.append(part)
    return b"".join(parts)

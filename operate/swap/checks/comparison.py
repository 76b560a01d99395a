"""Two colours' answers to the same read; pure."""

import re
from dataclasses import dataclass

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
SERVED = frozenset({200, 206, 302, 307})
"""A layer may come from the registry, or by a redirect from the object storage: a setting of a release."""


@dataclass(frozen=True)
class ReadResult:
    """Response of a colour to a read.

    Attributes:
        status: HTTP status.
        digest: Digest of the whole body; "" where it was not read.
        length: Bytes that came.
        content_length: Content-Length header; None if it is absent.
    """

    status: int
    digest: str
    length: int
    content_length: int | None


def describe_difference(method: str, path: str, idle: ReadResult, live: ReadResult) -> str:
    """Describe how the idle colour's response is worse than the live one's; "" if it is not."""
    if idle.status in SERVED and live.status in SERVED:
        return _compare_bodies(method, path, idle, live)
    if idle.status != live.status:
        return f"{method} {path}: {idle.status}, live {live.status}"
    return ""


def _compare_bodies(method: str, path: str, idle: ReadResult, live: ReadResult) -> str:
    if idle.status not in (200, 206) or method == "HEAD":
        return ""
    if idle.content_length is not None and idle.length != idle.content_length:
        return f"{method} {path}: {idle.length} of {idle.content_length} bytes"
    expected_digest = _DIGEST.search(path.rpartition("/")[2])
    if expected_digest and idle.digest != expected_digest[0]:
        return f"{method} {path}: its bytes have another digest"
    if not expected_digest and live.status == idle.status and idle.digest != live.digest:
        return f"{method} {path}: other bytes than the live colour"
    return ""

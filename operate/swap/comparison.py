"""Two colours' answers to the same read; pure."""

import re
from dataclasses import dataclass

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
SERVED = frozenset({200, 206, 302, 307})
"""A layer may come from the registry, or by a redirect from the object storage: a setting of a release."""


@dataclass(frozen=True)
class Answer:
    """What a colour answered.

    Attributes:
        status: HTTP.
        digest: of the whole body; "" where it was not read.
        length: bytes that came.
        promised: Content-Length; None where it was not told.
    """

    status: int
    digest: str
    length: int
    promised: int | None


def difference(method: str, path: str, idle: Answer, live: Answer) -> str:
    """Tell in what the idle colour's answer is worse than the live one's; "" where it is not."""
    if idle.status in SERVED and live.status in SERVED:
        return _of_bodies(method, path, idle, live)
    if idle.status != live.status:
        return f"{method} {path}: {idle.status}, live {live.status}"
    return ""


def _of_bodies(method: str, path: str, idle: Answer, live: Answer) -> str:
    if idle.status not in (200, 206) or method == "HEAD":
        return ""
    if idle.promised is not None and idle.length != idle.promised:
        return f"{method} {path}: {idle.length} of {idle.promised} bytes"
    named = _DIGEST.search(path.rpartition("/")[2])
    if named and idle.digest != named[0]:
        return f"{method} {path}: its bytes have another digest"
    if not named and live.status == idle.status and idle.digest != live.digest:
        return f"{method} {path}: other bytes than live"
    return ""

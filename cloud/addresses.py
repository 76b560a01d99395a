"""Addresses of guests that run nowhere: a cloud without machines hands out 10.250.0.0/16 itself."""

from collections.abc import Iterable
from ipaddress import IPv4Address

from cloud.ports import Addresses

_PUBLIC = int(IPv4Address("10.250.0.10"))
_PRIVATE = int(IPv4Address("10.250.128.10"))
_EACH = 32_000


def free_addresses(taken: Iterable[str | None], *, private_only: bool) -> Addresses | None:
    """The lowest free addresses, or None when all are taken."""
    used = {one for one in taken if one}
    private = _lowest(_PRIVATE, used)
    public = None if private_only else _lowest(_PUBLIC, used)
    if private is None or (public is None and not private_only):
        return None
    return Addresses(public, private)


def _lowest(first: int, used: set[str]) -> str | None:
    for number in range(first, first + _EACH):
        text = str(IPv4Address(number))
        if text not in used:
            return text
    return None

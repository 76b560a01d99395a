"""Which services and methods SoftLayer has, beyond those of this cloud.

What the real API has and this cloud does not is refused as not implemented; a name that is nobody's is
refused as the real API refuses it. Source: the API's own metadata, as softlayer-go 1.2.0's services show it.
"""

import json
from functools import cache
from pathlib import Path


@cache
def _services() -> dict[str, frozenset[str]]:
    raw: dict[str, str] = json.loads((Path(__file__).parent / "methods.json").read_text("utf-8"))
    return {service: frozenset(names.split()) for service, names in raw.items()}


def services() -> frozenset[str]:
    """Return the names of every service of the real API."""
    return frozenset(_services())


def methods(service: str) -> frozenset[str]:
    """Return the names of the real service's methods; none for a name that is no service."""
    return _services().get(service, frozenset())

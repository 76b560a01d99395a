"""Which properties SoftLayer's types have, beyond those this cloud fills.

A mask may name any of them (the absent ones are left out, or an empty list); one that names anything else
is refused, as the real API does. Source: the API's own metadata, as softlayer-go@423a027's types
show it; types that are not listed accept every name.
"""

import json
from functools import cache
from pathlib import Path
from typing import Literal

Kind = Literal["list", "single", "unknown", "open"]


@cache
def _types() -> dict[str, tuple[frozenset[str], frozenset[str]]]:
    raw: dict[str, dict[str, str]] = json.loads((Path(__file__).parent / "schema.json").read_text("utf-8"))
    return {
        name: (frozenset(kinds["lists"].split()), frozenset(kinds["others"].split()))
        for name, kinds in raw.items()
    }


def kind(type_name: str, name: str) -> Kind:
    """Return the kind of a property: a list, a single one, unknown to the type, or of an unlisted type."""
    properties = _types().get(type_name)
    if properties is None:
        return "open"
    lists, singles = properties
    if name in lists:
        return "list"
    return "single" if name in singles else "unknown"

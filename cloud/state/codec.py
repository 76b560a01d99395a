"""Records to JSON text and back, by their type hints; unknown fields of an older book are refused."""

import dataclasses
import json
import types
from typing import TypeVar, Union, get_args, get_origin, get_type_hints

from cloud.values import Json

R = TypeVar("R")


class StateError(Exception):
    """The state cannot be read or written; the message says which file, why and what to do."""


def encode(record: object) -> str:
    """Return one record as a line of JSON.

    Raises:
        StateError: The value is no record.
    """
    if not dataclasses.is_dataclass(record) or isinstance(record, type):
        raise StateError(f"{type(record).__name__} is not a record of the account")
    return json.dumps(dataclasses.asdict(record), separators=(",", ":"))


def decode(kind: type[R], text: str) -> R:
    """Return the record of that kind which `encode` wrote.

    Raises:
        StateError: The text does not fit the kind.
    """
    try:
        record = _built(kind, json.loads(text))
    except (ValueError, TypeError, KeyError) as error:
        raise StateError(
            f"a {kind.__name__} in the account's database cannot be read: {error}; run cloud reset"
        ) from error
    if not isinstance(record, kind):
        raise StateError(f"the account's database must hold a {kind.__name__} here; run cloud reset")
    return record


def _built(hint: object, value: Json) -> object:
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        if not isinstance(value, dict):
            raise TypeError(f"{hint.__name__} is not an object")
        hints = get_type_hints(hint)
        return hint(**{name: _built(hints[name], inner) for name, inner in value.items()})
    if get_origin(hint) is tuple and isinstance(value, list):
        inner_hint = get_args(hint)[0]
        return tuple(_built(inner_hint, element) for element in value)
    if get_origin(hint) in (Union, types.UnionType) and value is not None:
        return _built(next(argument for argument in get_args(hint) if argument is not type(None)), value)
    return value

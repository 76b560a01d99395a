"""Plain data: what handlers take and return instead of Pulumi's wire types.

Secrets are unwrapped at the edge, which also wraps them again; unknown values (preview) stay as `UNKNOWN`.
"""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Final, TypeAlias


class Unknown(Enum):
    """The value of a property that a preview cannot know yet."""

    UNKNOWN = "unknown"


UNKNOWN: Final = Unknown.UNKNOWN

Value: TypeAlias = bool | int | float | str | Unknown | Sequence["Value"] | Mapping[str, "Value"] | None
Properties: TypeAlias = Mapping[str, Value]


def has_unknown(value: Value) -> bool:
    """Return whether the value or anything inside it is unknown."""
    if isinstance(value, Unknown):
        return True
    if isinstance(value, str):
        return False
    if isinstance(value, Mapping):
        return any(has_unknown(item) for item in value.values())
    return isinstance(value, Sequence) and any(has_unknown(item) for item in value)


def text(properties: Properties, name: str) -> str:
    """Return the string under a name; "" when it is absent, unknown or of another type."""
    value = properties.get(name)
    return value if isinstance(value, str) else ""


def whole(properties: Properties, name: str) -> int | None:
    """Return the whole number under a name; None when it is absent, unknown or of another type."""
    value = properties.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def flag(properties: Properties, name: str) -> bool:
    """Return the boolean under a name; False when it is absent, unknown or of another type."""
    return properties.get(name) is True


def items(properties: Properties, name: str) -> tuple[Value, ...]:
    """Return the list under a name as a tuple; empty when it is absent, unknown or of another type."""
    value = properties.get(name)
    return tuple(value) if isinstance(value, Sequence) and not isinstance(value, str) else ()


def texts(properties: Properties, name: str) -> tuple[str, ...]:
    """Return the strings in the list under a name."""
    return tuple(item for item in items(properties, name) if isinstance(item, str))


def wholes(properties: Properties, name: str) -> tuple[int, ...]:
    """Return the whole numbers in the list under a name."""
    return tuple(
        item for item in items(properties, name) if isinstance(item, int) and not isinstance(item, bool)
    )

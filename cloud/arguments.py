"""Reading arguments of calls: plain JSON of any shape into what a service needs, or a fault.

Null and "" count as absent: clients send both for what their user left out.
"""

from collections.abc import Mapping

from cloud import faults
from cloud.values import Json

_MOST_TEXT = 65_535


def mapping(value: Json, what: str) -> dict[str, Json]:
    """Return an object (structure).

    Raises:
        ApiFault: The value is no object.
    """
    if not isinstance(value, dict):
        raise faults.invalid_parameter(f"{what} must be an object.")
    return value


def inner(value: Mapping[str, Json], name: str) -> dict[str, Json]:
    """Return the object under a name; an empty one where it is absent or no object."""
    content = value.get(name)
    return content if isinstance(content, dict) else {}


def sequence(value: Mapping[str, Json], name: str) -> list[Json]:
    """Return the list under a name; empty where it is absent.

    Raises:
        ApiFault: The value is no list.
    """
    content = value.get(name)
    if content in (None, ""):
        return []
    if not isinstance(content, list):
        raise faults.invalid_value(name, "A list is needed.")
    return content


def text(value: Mapping[str, Json], name: str) -> str:
    """Return the text under a name, "" where it is absent.

    Raises:
        ApiFault: The value is no text, or too long.
    """
    content = value.get(name)
    if content is None:
        return ""
    if isinstance(content, bool | list | dict) or len(str(content)) > _MOST_TEXT:
        raise faults.invalid_value(name, f"A text of at most {_MOST_TEXT} characters is needed.")
    return str(content)


def number(value: Json, name: str) -> int | None:
    """Return a whole number, also written as text; None where it is absent.

    Raises:
        ApiFault: The value is no whole number.
    """
    if value in (None, ""):
        return None
    if isinstance(value, str) and value.strip().isdecimal() and len(value) < 18:
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise faults.invalid_value(name, "A whole number is needed.")


def flag(value: Mapping[str, Json], name: str) -> bool | None:
    """Return a flag, also written as 0 and 1 or as text; None where it is absent.

    Raises:
        ApiFault: The value is no flag.
    """
    content = value.get(name)
    if content in (None, ""):
        return None
    if isinstance(content, bool | int):
        return bool(content)
    if isinstance(content, str) and content.lower() in ("true", "false", "0", "1"):
        return content.lower() in ("true", "1")
    raise faults.invalid_value(name, "True or false is needed.")


def argument(arguments: tuple[Json, ...], at: int) -> Json:
    """Return one argument by its place; None where the call has fewer."""
    return arguments[at] if at < len(arguments) else None


def texts(value: Json) -> tuple[str, ...]:
    """Return the values of a list, as texts.

    Raises:
        ApiFault: The value is no list.
    """
    if not isinstance(value, list):
        raise faults.invalid_parameter("A list of texts is needed.")
    return tuple(str(entry) for entry in value)

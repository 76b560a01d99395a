"""Reading SoftLayer's answers: nested records where relations that are null are left out.

Source: SoftLayer's API leaves null relations out of an answer, and shows money and some numbers as strings.
"""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

Record: TypeAlias = Mapping[str, object]


def as_record(value: object) -> Record:
    """Return the answer as a record; an empty one when it is something else."""
    return value if isinstance(value, Mapping) else {}


def as_records(value: object) -> tuple[Record, ...]:
    """Return the answer as records; items of another type are dropped."""
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        return ()
    return tuple(item for item in value if isinstance(item, Mapping))


def at(record: Record, path: str) -> object:
    """Return what is at a dotted path; None where any part of it is absent."""
    current: object = record
    for part in path.split("."):
        current = current.get(part) if isinstance(current, Mapping) else None
    return current


def text_at(record: Record, path: str) -> str:
    """Return the string at a dotted path; "" when absent."""
    value = at(record, path)
    return value if isinstance(value, str) else ""


def whole_at(record: Record, path: str) -> int | None:
    """Return the whole number at a dotted path, numbers written as strings included; None when absent."""
    value = at(record, path)
    if isinstance(value, str) and value.strip().lstrip("-").isdigit():
        return int(value)
    return int(value) if isinstance(value, int | float) else None


def decimal_at(record: Record, path: str) -> float:
    """Return the number at a dotted path, money written as a string included; 0.0 when absent."""
    value = at(record, path)
    try:
        return float(value) if isinstance(value, int | float | str) else 0.0
    except ValueError:
        return 0.0


def flag_at(record: Record, path: str) -> bool:
    """Return the boolean at a dotted path, 0 and 1 included; False when absent."""
    return at(record, path) in (True, 1, "1", "true")


def records_at(record: Record, path: str) -> tuple[Record, ...]:
    """Return the records at a dotted path; empty when absent."""
    return as_records(at(record, path))

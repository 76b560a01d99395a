"""Object filters: which objects of a list are answered, and in what order.

Operations from SLDN, article object-filters, and the official client's `query_filter`. What cannot be
understood is ignored, as the real API does.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from cloud.values import Entity, Json, Scalar, Value

DEEPEST = 20
_WORDS = re.compile(r"\s*(!?[*^$~]=|_=|!=|>=|<=|!~|~|>|<|=)\s*(.*)", re.DOTALL)


def matches(entity: Entity, conditions: Mapping[str, Json], depth: int = 0) -> bool:
    """Return whether the object meets every condition of the filter."""
    if depth > DEEPEST:
        return True
    return all(_meets(entity, name, condition, depth) for name, condition in conditions.items())


def _meets(entity: Entity, name: str, condition: Json, depth: int) -> bool:
    if not isinstance(condition, dict) or not condition:
        return True
    if "operation" in condition:
        values = [*_flat(entity.get(name)), *entity.filter_aliases.get(name, ())]
        return _condition_holds(condition, values)
    if not entity.has(name):
        # A name nobody has (the root `id` that clients add, a typing error) does not narrow the list.
        return True
    inner = [value for value in _flat(entity.get(name)) if isinstance(value, Entity)]
    conditions = {
        key: inner_condition for key, inner_condition in condition.items() if not _is_order(inner_condition)
    }
    if not conditions:
        return True
    return any(matches(entity, conditions, depth + 1) for entity in inner)


def _flat(value: Value) -> list[Entity | Scalar]:
    if isinstance(value, Entity) or value is None or isinstance(value, bool | int | float | str):
        return [value]
    return [inner for element in value for inner in _flat(element)]


def _is_order(condition: Json) -> bool:
    return isinstance(condition, dict) and condition.get("operation") == "orderBy"


def _condition_holds(condition: Mapping[str, Json], values: Sequence[Entity | Scalar]) -> bool:
    operation = condition["operation"]
    options = _options(condition.get("options"))
    scalars = [value for value in values if not isinstance(value, Entity)]
    word = operation.strip().lower() if isinstance(operation, str) else ""
    if word in ("orderby", ""):
        return _unworded(word, operation, scalars)
    if word in ("is null", "not null"):
        nothing = all(value is None for value in values)
        return nothing == (word == "is null")
    if word == "in":
        return any(_equal(scalar, choice) for scalar in scalars for choice in options.get("data", []))
    if word in _DATES:
        return any(_DATES[word](_date(scalar), options) for scalar in scalars)
    if word in ("and", "or"):
        return _combined(word, options, scalars)
    if isinstance(operation, str) and word.startswith("!"):
        return all(_compare(operation, scalar) for scalar in scalars)
    return any(_compare(operation, scalar) for scalar in scalars)


def _unworded(word: str, operation: Json, scalars: Sequence[Scalar]) -> bool:
    if word == "orderby" or isinstance(operation, dict | list):
        return True
    return any(_equal(scalar, operation) for scalar in scalars)


def _combined(word: str, options: Mapping[str, list[Json]], scalars: Sequence[Scalar]) -> bool:
    verdicts = [any(_compare(text, scalar) for scalar in scalars) for text in options.get("data", [])]
    if not verdicts:
        return True
    return all(verdicts) if word == "and" else any(verdicts)


def _options(raw: Json) -> dict[str, list[Json]]:
    options: dict[str, list[Json]] = {}
    for option in raw if isinstance(raw, list) else []:
        if isinstance(option, dict) and isinstance(name := option.get("name"), str):
            value = option.get("value")
            options[name] = value if isinstance(value, list) else [value]
    return options


def _text(value: Json) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return "" if value is None else str(value)


def _equal(value: Scalar, operand: Json) -> bool:
    if isinstance(operand, str) and isinstance(value, bool):
        return operand.strip().lower() in (("1", "true") if value else ("0", "false", ""))
    if value is None:
        return False
    return _text(value).casefold() == _text(operand).strip().casefold()


def _compare(operation: Json, value: Scalar) -> bool:
    match = _WORDS.fullmatch(operation) if isinstance(operation, str) else None
    if match is None:
        return _equal(value, operation)
    word, operand = match.groups()
    if word.startswith("!"):
        return not _affirmed("=" if word == "!=" else word[1:], value, operand)
    return _affirmed(word, value, operand)


def _affirmed(word: str, value: Scalar, operand: str) -> bool:
    if word in ("_=", "="):
        return _equal(value, operand)
    if value is None:
        return False
    text, lower, low = _text(value), _text(value).casefold(), operand.casefold()
    tests: dict[str, Callable[[], bool]] = {
        "*=": lambda: low in lower,
        "^=": lambda: lower.startswith(low),
        "$=": lambda: lower.endswith(low),
        "~=": lambda: operand in text,
        "~": lambda: operand in text,
        ">": lambda: _order(value) > _order(_like(value, operand)),
        "<": lambda: _order(value) < _order(_like(value, operand)),
        ">=": lambda: _order(value) >= _order(_like(value, operand)),
        "<=": lambda: _order(value) <= _order(_like(value, operand)),
    }
    return tests[word]()


def _like(value: Scalar, operand: str) -> Scalar:
    if isinstance(value, bool | int | float):
        try:
            return float(operand)
        except ValueError:
            return operand
    return operand


def _order(value: Value) -> tuple[int, float, str]:
    """Return a key that sorts anything: nothing first, then numbers, then text."""
    if value is None or isinstance(value, Entity):
        return (0, 0.0, "")
    if isinstance(value, bool | int | float):
        return (1, float(value) if abs(value) < 1e300 else 1e300, "")
    return (2, 0.0, value.casefold() if isinstance(value, str) else "")


def _date(value: Json) -> datetime | None:
    """Return a date in any of the forms clients send: RFC 3339, or the client's `M/D/YYYY h:m:s`."""
    text = _text(value).strip()
    for read in (datetime.fromisoformat, _american):
        try:
            date = read(text)
        except ValueError:
            continue
        return date if date.tzinfo else date.replace(tzinfo=UTC)
    return None


def _american(text: str) -> datetime:
    form = "%m/%d/%Y %H:%M:%S" if " " in text else "%m/%d/%Y"
    return datetime.strptime(text, form).replace(tzinfo=UTC)


def _bound(options: Mapping[str, list[Json]], name: str) -> datetime | None:
    values = options.get(name) or [None]
    return _date(values[0])


def _between(date: datetime | None, options: Mapping[str, list[Json]]) -> bool:
    start, end = _bound(options, "startDate"), _bound(options, "endDate")
    return date is not None and (start is None or date >= start) and (end is None or date <= end)


def _later(date: datetime | None, options: Mapping[str, list[Json]]) -> bool:
    bound = _bound(options, "date")
    return date is not None and (bound is None or date > bound)


def _earlier(date: datetime | None, options: Mapping[str, list[Json]]) -> bool:
    bound = _bound(options, "date")
    return date is not None and (bound is None or date < bound)


_DATES: dict[str, Callable[[datetime | None, Mapping[str, list[Json]]], bool]] = {
    "betweendate": _between,
    "greaterthandate": _later,
    "lessthandate": _earlier,
}


def ordering(conditions: Mapping[str, Json], depth: int = 0) -> list[tuple[tuple[str, ...], bool]]:
    """Return the `orderBy` conditions as (path to the property, descending), the most important one first."""
    keys: list[tuple[tuple[str, ...], bool]] = []
    for name, condition in conditions.items():
        if not isinstance(condition, dict) or depth > DEEPEST:
            continue
        if _is_order(condition):
            sort = _options(condition.get("options")).get("sort") or ["ASC"]
            keys.append(((name,), _text(sort[0]).strip().upper() == "DESC"))
        elif "operation" not in condition:
            keys.extend(((name, *path), down) for path, down in ordering(condition, depth + 1))
    return keys


def select(objects: Sequence[Value], object_filter: Json) -> list[Value]:
    """Return the objects that meet the filter, in its order; plain values are all kept."""
    if not isinstance(object_filter, dict):
        return list(objects)
    kept = [entity for entity in objects if not isinstance(entity, Entity) or matches(entity, object_filter)]
    for path, descending in reversed(ordering(object_filter)):
        kept.sort(key=lambda entity, path=path: _order(_at(entity, path)), reverse=descending)  # type: ignore[misc]
    return kept


def _at(value: Value, path: tuple[str, ...]) -> Value:
    for name in path:
        flat = _flat(value)
        first = flat[0] if flat else None
        value = first.get(name) if isinstance(first, Entity) else None
    return value

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


def matches(entity: Entity, wanted: Mapping[str, Json], depth: int = 0) -> bool:
    """Whether the object meets every condition of the filter."""
    if depth > DEEPEST:
        return True
    return all(_meets(entity, name, condition, depth) for name, condition in wanted.items())


def _meets(entity: Entity, name: str, condition: Json, depth: int) -> bool:
    if not isinstance(condition, dict) or not condition:
        return True
    if "operation" in condition:
        found = [*_flat(entity.get(name)), *entity.also_found_by.get(name, ())]
        return _holds(condition, found)
    if not entity.has(name):
        # A name nobody has (the root `id` that clients add, a typing error) does not narrow the list.
        return True
    inner = [one for one in _flat(entity.get(name)) if isinstance(one, Entity)]
    conditions = {key: one for key, one in condition.items() if not _is_order(one)}
    if not conditions:
        return True
    return any(matches(one, conditions, depth + 1) for one in inner)


def _flat(value: Value) -> list[Entity | Scalar]:
    if isinstance(value, Entity) or value is None or isinstance(value, bool | int | float | str):
        return [value]
    return [inner for one in value for inner in _flat(one)]


def _is_order(condition: Json) -> bool:
    return isinstance(condition, dict) and condition.get("operation") == "orderBy"


def _holds(condition: Mapping[str, Json], found: Sequence[Entity | Scalar]) -> bool:
    operation = condition["operation"]
    options = _options(condition.get("options"))
    scalars = [one for one in found if not isinstance(one, Entity)]
    word = operation.strip().lower() if isinstance(operation, str) else ""
    if word in ("orderby", ""):
        return _unworded(word, operation, scalars)
    if word in ("is null", "not null"):
        nothing = all(one is None for one in found)
        return nothing == (word == "is null")
    if word == "in":
        return any(_equal(one, choice) for one in scalars for choice in options.get("data", []))
    if word in _DATES:
        return any(_DATES[word](_date(one), options) for one in scalars)
    if word in ("and", "or"):
        return _combined(word, options, scalars)
    if isinstance(operation, str) and word.startswith("!"):
        return all(_compare(operation, one) for one in scalars)
    return any(_compare(operation, one) for one in scalars)


def _unworded(word: str, operation: Json, scalars: Sequence[Scalar]) -> bool:
    if word == "orderby" or isinstance(operation, dict | list):
        return True
    return any(_equal(one, operation) for one in scalars)


def _combined(word: str, options: Mapping[str, list[Json]], scalars: Sequence[Scalar]) -> bool:
    verdicts = [any(_compare(text, one) for one in scalars) for text in options.get("data", [])]
    if not verdicts:
        return True
    return all(verdicts) if word == "and" else any(verdicts)


def _options(raw: Json) -> dict[str, list[Json]]:
    options: dict[str, list[Json]] = {}
    for one in raw if isinstance(raw, list) else []:
        if isinstance(one, dict) and isinstance(name := one.get("name"), str):
            value = one.get("value")
            options[name] = value if isinstance(value, list) else [value]
    return options


def _text(value: Json) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return "" if value is None else str(value)


def _equal(value: Scalar, wanted: Json) -> bool:
    if isinstance(wanted, str) and isinstance(value, bool):
        return wanted.strip().lower() in (("1", "true") if value else ("0", "false", ""))
    if value is None:
        return False
    return _text(value).casefold() == _text(wanted).strip().casefold()


def _compare(operation: Json, value: Scalar) -> bool:
    match = _WORDS.fullmatch(operation) if isinstance(operation, str) else None
    if match is None:
        return _equal(value, operation)
    word, wanted = match.groups()
    if word.startswith("!"):
        return not _affirmed("=" if word == "!=" else word[1:], value, wanted)
    return _affirmed(word, value, wanted)


def _affirmed(word: str, value: Scalar, wanted: str) -> bool:
    if word in ("_=", "="):
        return _equal(value, wanted)
    if value is None:
        return False
    text, lower, low = _text(value), _text(value).casefold(), wanted.casefold()
    tests: dict[str, Callable[[], bool]] = {
        "*=": lambda: low in lower,
        "^=": lambda: lower.startswith(low),
        "$=": lambda: lower.endswith(low),
        "~=": lambda: wanted in text,
        "~": lambda: wanted in text,
        ">": lambda: _order(value) > _order(_like(value, wanted)),
        "<": lambda: _order(value) < _order(_like(value, wanted)),
        ">=": lambda: _order(value) >= _order(_like(value, wanted)),
        "<=": lambda: _order(value) <= _order(_like(value, wanted)),
    }
    return tests[word]()


def _like(value: Scalar, wanted: str) -> Scalar:
    if isinstance(value, bool | int | float):
        try:
            return float(wanted)
        except ValueError:
            return wanted
    return wanted


def _order(value: Value) -> tuple[int, float, str]:
    """A key that sorts anything: nothing first, then numbers, then text."""
    if value is None or isinstance(value, Entity):
        return (0, 0.0, "")
    if isinstance(value, bool | int | float):
        return (1, float(value) if abs(value) < 1e300 else 1e300, "")
    return (2, 0.0, value.casefold() if isinstance(value, str) else "")


def _date(value: Json) -> datetime | None:
    """A date in any of the forms clients send: RFC 3339, or the client's `M/D/YYYY h:m:s`."""
    text = _text(value).strip()
    for read in (datetime.fromisoformat, _american):
        try:
            moment = read(text)
        except ValueError:
            continue
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None


def _american(text: str) -> datetime:
    form = "%m/%d/%Y %H:%M:%S" if " " in text else "%m/%d/%Y"
    return datetime.strptime(text, form).replace(tzinfo=UTC)


def _bound(options: Mapping[str, list[Json]], name: str) -> datetime | None:
    values = options.get(name) or [None]
    return _date(values[0])


def _between(moment: datetime | None, options: Mapping[str, list[Json]]) -> bool:
    start, end = _bound(options, "startDate"), _bound(options, "endDate")
    return moment is not None and (start is None or moment >= start) and (end is None or moment <= end)


def _later(moment: datetime | None, options: Mapping[str, list[Json]]) -> bool:
    bound = _bound(options, "date")
    return moment is not None and (bound is None or moment > bound)


def _earlier(moment: datetime | None, options: Mapping[str, list[Json]]) -> bool:
    bound = _bound(options, "date")
    return moment is not None and (bound is None or moment < bound)


_DATES: dict[str, Callable[[datetime | None, Mapping[str, list[Json]]], bool]] = {
    "betweendate": _between,
    "greaterthandate": _later,
    "lessthandate": _earlier,
}


def ordering(wanted: Mapping[str, Json], depth: int = 0) -> list[tuple[tuple[str, ...], bool]]:
    """The `orderBy` conditions as (path to the property, descending), the first one the most important."""
    found: list[tuple[tuple[str, ...], bool]] = []
    for name, condition in wanted.items():
        if not isinstance(condition, dict) or depth > DEEPEST:
            continue
        if _is_order(condition):
            sort = _options(condition.get("options")).get("sort") or ["ASC"]
            found.append(((name,), _text(sort[0]).strip().upper() == "DESC"))
        elif "operation" not in condition:
            found.extend(((name, *path), down) for path, down in ordering(condition, depth + 1))
    return found


def select(objects: Sequence[Value], wanted: Json) -> list[Value]:
    """The objects that meet the filter, in its order; plain values are all kept."""
    if not isinstance(wanted, dict):
        return list(objects)
    kept = [one for one in objects if not isinstance(one, Entity) or matches(one, wanted)]
    for path, descending in reversed(ordering(wanted)):
        kept.sort(key=lambda one, path=path: _order(_at(one, path)), reverse=descending)  # type: ignore[misc]
    return kept


def _at(value: Value, path: tuple[str, ...]) -> Value:
    for name in path:
        flat = _flat(value)
        first = flat[0] if flat else None
        value = first.get(name) if isinstance(first, Entity) else None
    return value

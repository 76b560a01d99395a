"""Inputs by table: what each field may hold, and what its change means.

From the table come Check (all failures at once, with paths) and Diff (detailed). `schema.json` says the same
to the outside; a test holds the two together.
"""

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from provider.resources.contract import Change, Checked, Failure, Kind
from provider.values import Properties, Unknown, Value, has_unknown

Rule = Callable[[Value], str | None]
"""Judges one known value of the right type (an item, for lists): None, or what would be right."""


Normal = Callable[[Value], Value]
"""Brings a value to the form in which it is compared."""


def _accept(_: Value) -> str | None:
    return None


def filled(value: Value) -> str | None:
    """Require a text that is not blank."""
    return None if str(value).strip() else "must not be empty"


def positive(value: Value) -> str | None:
    """Require a whole number above 0."""
    return None if isinstance(value, int) and value > 0 else f"must be above 0, not {value}"


def _as_is(value: Value) -> Value:
    return value


@dataclass(frozen=True)
class Field:
    """One input.

    Attributes:
        name: Name in camelCase, as in the schema.
        kind: Str, int, bool, or dict for an object; of the items, for lists.
        parts: Fields of an object.
        many: Whether it is a list.
        required: Whether it must be there.
        replaces: Whether its change takes a new resource.
        conditional: Whether it takes one in some cases, which the handler decides.
        creation_only: Whether it counts at an installation alone; Diff never compares it afterwards.
        default: Filled in by Check when absent; None for none.
        unordered: Whether the order of a list has no meaning.
        rule: Rule that judges the value, or each item.
        whole_rule: Rule that judges a list as a whole.
        normal: Returns the value in the form in which Diff compares it.
    """

    name: str
    kind: type[str] | type[int] | type[bool] | type[dict[str, Value]] = str
    many: bool = False
    required: bool = False
    replaces: bool = False
    conditional: bool = False
    creation_only: bool = False
    default: Value = None
    unordered: bool = False
    rule: Rule = _accept
    whole_rule: Rule = _accept
    normal: Normal = _as_is
    parts: tuple["Field", ...] = ()


KIND_NAMES: Mapping[type, str] = {
    str: "a string",
    int: "a whole number",
    bool: "true or false",
    dict: "an object",
}


def check_fields(
    fields: tuple[Field, ...], news: Properties, ignored: frozenset[str] = frozenset()
) -> Checked:
    """Check inputs against a table.

    Args:
        fields: The table.
        news: Inputs as the program gave them; nulls count as absent, unknowns pass.
        ignored: Keys that are dropped without a word.

    Returns:
        The known fields with defaults, and all failures, in the table's order, unknown keys last.
    """
    inputs: dict[str, Value] = {}
    failures: list[Failure] = []
    for field in fields:
        value = news.get(field.name)
        if value is None:
            value = field.default
        if value is None:
            if field.required:
                failures.append(Failure(field.name, "is required"))
            continue
        inputs[field.name] = value
        failures.extend(_judge(field, value))
    names = [field.name for field in fields]
    failures.extend(
        Failure(key, f"is not a known property{_nearest(key, names)}")
        for key in news
        if key not in names and key not in ignored
    )
    return Checked(inputs, tuple(failures))


def _judge(field: Field, value: Value) -> list[Failure]:
    if isinstance(value, Unknown):
        return []
    if not field.many:
        return _judge_one(field, field.name, value)
    if not isinstance(value, list | tuple):
        return [Failure(field.name, f"must be a list, not {value!r}")]
    failures = [
        failure
        for index, item in enumerate(value)
        for failure in _judge_one(field, f"{field.name}[{index}]", item)
    ]
    if not failures and not has_unknown(value):
        reason = field.whole_rule(value)
        failures += [Failure(field.name, reason)] if reason else []
    return failures


def _judge_one(field: Field, path: str, value: Value) -> list[Failure]:
    if isinstance(value, Unknown):
        return []
    if not isinstance(value, field.kind) or (field.kind is int and isinstance(value, bool)):
        return [Failure(path, f"must be {KIND_NAMES[field.kind]}, not {_show(value)}")]
    if isinstance(value, dict):
        failures = [
            Failure(f"{path}.{failure.path}", failure.reason)
            for failure in check_fields(field.parts, value).failures
        ]
        if failures or has_unknown(value):
            return failures
    reason = field.rule(value)
    return [Failure(path, reason)] if reason else []


def _show(value: Value) -> str:
    return (
        "a list" if isinstance(value, list) else "a map" if isinstance(value, dict) else type(value).__name__
    )


def _nearest(key: str, names: list[str]) -> str:
    near = difflib.get_close_matches(key, names, 1)
    return f"; did you mean {near[0]}?" if near else f"; known are {', '.join(sorted(names))}"


def diff_fields(
    fields: tuple[Field, ...], old_inputs: Properties, old_outputs: Properties, news: Properties
) -> tuple[Change, ...]:
    """Return what changed between two sets of inputs.

    A field that counts at an installation alone is never compared: the next installation takes what the
    program names then. A create-only field that the new inputs leave out is no change: the program has no
    opinion on it (an imported server has more of them than its program names). One that the old inputs
    lack is compared with the outputs. The same holds for a field that is create-only in some cases; its
    change is reported as replacing.

    Args:
        fields: The table.
        old_inputs: Inputs in the state.
        old_outputs: Outputs in the state.
        news: Desired inputs, as Check returned them.
    """
    changes: list[Change] = []
    for field in fields:
        if field.creation_only:
            continue
        old, new = old_inputs.get(field.name), news.get(field.name)
        create_only = field.replaces or field.conditional
        if create_only and new is None:
            continue
        if create_only and old is None:
            old = old_outputs.get(field.name)
        changes.extend(_compare(field, old, new))
    return tuple(changes)


def _compare(field: Field, old: Value, new: Value) -> list[Change]:
    if _same(field, old, new):
        return []
    replaces = field.replaces or field.conditional
    if old is None:
        return [Change(field.name, Kind.ADD, replaces)]
    if new is None:
        return [Change(field.name, Kind.DELETE, replaces)]
    positions = [] if field.unordered else _changed_positions(old, new)
    paths = [f"{field.name}[{position}]" for position in positions] or [field.name]
    return [Change(path, Kind.UPDATE, replaces) for path in paths]


def _changed_positions(old: Value, new: Value) -> list[int]:
    """Return where two lists of one length differ; empty for all else."""
    if not isinstance(old, list | tuple) or not isinstance(new, list | tuple) or len(old) != len(new):
        return []
    pairs = enumerate(zip(old, new, strict=True))
    return [place for place, (before, after) in pairs if before != after or has_unknown(after)]


def _same(field: Field, old: Value, new: Value) -> bool:
    if has_unknown(new):
        return False
    if field.unordered and isinstance(old, list | tuple) and isinstance(new, list | tuple):
        return sorted(map(str, old)) == sorted(map(str, new))
    return field.normal(old) == field.normal(new)

"""Object masks: parsed into a tree, and applied to objects.

Forms (SLDN, article object-masks): `mask[a,b[c]]`, `mask.a.b`, `mask(Type)[..]`, `[mask[..],mask(T)[..]]`,
`filteredMask[..]`, the legacy `a;b.c`, and the bare `a,b` of older clients; spaces and newlines mean nothing.
"""

import re
from dataclasses import dataclass

from cloud import faults
from cloud.api import schema
from cloud.values import Entity, Json, Value

DEEPEST = 40
_TOKEN = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*|[\[\]().,;])")
_HEADS = ("mask", "filteredMask")


@dataclass(frozen=True)
class Field:
    """One requested property.

    Attributes:
        name: The property.
        type_name: The type that must hold it, from `mask(Type)`; None for any.
        inner: Mask of its value.
    """

    name: str
    type_name: str | None
    inner: "Mask"


@dataclass(frozen=True)
class Mask:
    """The requested properties; none means the object's own ones."""

    fields: tuple[Field, ...] = ()


def parse_mask(text: str) -> Mask:
    """Read a mask.

    Raises:
        ApiFault: The mask cannot be read; the text says near what.
    """
    tokens = _tokens(text)
    if not tokens:
        return Mask()
    parser = _Parser(tokens)
    fields = parser.items(None, 0)
    if parser.peek():
        raise _unreadable(parser.peek())
    return Mask(tuple(fields))


def _tokens(text: str) -> list[str]:
    tokens, at, text = [], 0, text.strip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise _unreadable(text[at])
        tokens.append(match.group(1))
        at = match.end()
    return tokens


def _unreadable(near: str) -> faults.ApiFault:
    return faults.invalid_mask(f"Malformed object mask near '{near[:40]}'.")


class _Parser:
    """Recursive descent over the tokens of one mask."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._at = 0

    def peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def take(self) -> str:
        token = self.peek()
        self._at += 1
        return token

    def items(self, type_name: str | None, depth: int) -> list[Field]:
        """Return a list of items, up to a closing bracket or the end."""
        if depth > DEEPEST:
            raise faults.invalid_mask("The object mask is nested too deeply.")
        fields: list[Field] = []
        while (token := self.peek()) not in ("", "]"):
            if token in (",", ";"):
                self.take()
            else:
                fields.extend(self.item(type_name, depth))
        return fields

    def item(self, type_name: str | None, depth: int) -> list[Field]:
        """Return one item: a property, a head (`mask`) that stands for its content, or a bracketed list."""
        if self.peek() == "[":
            return self._bracket(type_name, depth)
        name = self.take()
        if not re.match(r"[A-Za-z_]", name):
            raise _unreadable(name or "its end")
        only = self._type()
        if name in _HEADS:
            return self._inner(only or type_name, depth)
        return [Field(name, type_name, Mask(tuple(self._inner(only, depth))))]

    def _type(self) -> str | None:
        if self.peek() != "(":
            return None
        self.take()
        name = self.take()
        if self.take() != ")":
            raise _unreadable(name or "its end")
        return name

    def _inner(self, type_name: str | None, depth: int) -> list[Field]:
        if self.peek() == "[":
            return self._bracket(type_name, depth)
        if self.peek() == ".":
            self.take()
            if depth > DEEPEST:
                raise faults.invalid_mask("The object mask is nested too deeply.")
            return self.item(type_name, depth + 1)
        return []

    def _bracket(self, type_name: str | None, depth: int) -> list[Field]:
        self.take()
        fields = self.items(type_name, depth + 1)
        if self.take() != "]":
            raise _unreadable("its end")
        return fields


def project(value: Value, mask: Mask) -> Json:
    """Return the value as JSON, with what the mask requests.

    An object's own properties come when none of them is named; a null relation is left out, a null property
    of its own stays.

    Raises:
        ApiFault: The mask names a property the type does not have.
    """
    if isinstance(value, Entity):
        return _project_entity(value, mask)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return [project(element, mask) for element in value]


def _project_entity(entity: Entity, mask: Mask) -> dict[str, Json]:
    fields = [field for field in mask.fields if field.type_name in (None, entity.type_name)]
    result: dict[str, Json] = {}
    if not any(_is_own(entity, field.name) for field in fields):
        field_names = {field.name for field in fields}
        own = ((name, value) for name, value in entity.local.items() if name not in field_names)
        result = {name: project(value, Mask()) for name, value in own}
    for field in fields:
        _add(result, entity, field)
    return result


def _is_own(entity: Entity, name: str) -> bool:
    # An object among an object's own properties (a guest's status) is a relation all the same.
    return name in entity.local and not isinstance(entity.local[name], Entity | list | tuple)


def _add(result: dict[str, Json], entity: Entity, field: Field) -> None:
    name = field.name
    if not entity.has(name):
        _add_absent(result, entity, name)
        return
    value = entity.get(name)
    if value is None and name not in entity.local:
        return
    fresh = project(value, field.inner)
    result[name] = _merged(result[name], fresh) if name in result else fresh


def _merged(before: Json, fresh: Json) -> Json:
    # `mask[tag.name, tag.id]` names one relation twice: both parts belong to the answer.
    if isinstance(before, dict) and isinstance(fresh, dict):
        return {
            name: _merged(before[name], fresh[name]) if name in before and name in fresh else value
            for name, value in {**before, **fresh}.items()
        }
    if isinstance(before, list) and isinstance(fresh, list) and len(before) == len(fresh):
        return [_merged(old, new) for old, new in zip(before, fresh, strict=True)]
    return fresh


def _add_absent(result: dict[str, Json], entity: Entity, name: str) -> None:
    kind = schema.kind(entity.type_name, name)
    if kind == "unknown":
        raise faults.unknown_property(name, entity.type_name)
    if kind == "list":
        result[name] = []
    elif name.endswith("Count") and kind == "single":
        result[name] = _count(entity, name.removesuffix("Count"))


def _count(entity: Entity, singular: str) -> int:
    for plural in (singular + "s", singular):
        value = entity.get(plural)
        if isinstance(value, list | tuple):
            return len(value)
    return 0

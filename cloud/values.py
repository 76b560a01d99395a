"""The values the API speaks of: plain JSON, and objects of the account with their relations."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

Scalar: TypeAlias = bool | int | float | str | None
Json: TypeAlias = "Scalar | list[Json] | dict[str, Json]"
Value: TypeAlias = "Scalar | Entity | Sequence[Value]"
Relation: TypeAlias = "Callable[[], Value]"


@dataclass(frozen=True)
class Entity:
    """One SoftLayer object.

    Attributes:
        type_name: SoftLayer's type of the object, such as `SoftLayer_Virtual_Guest`; "" for a plain
            structure.
        local: Properties of the object's own, answered without a mask.
        relations: What only a mask or a `getX` call requests; computed on request.
        also_found_by: Further values a filter finds a property by.
    """

    type_name: str
    local: Mapping[str, Value]
    relations: Mapping[str, Relation] = field(default_factory=dict)
    filter_aliases: Mapping[str, Sequence[Scalar]] = field(default_factory=dict)

    def has(self, name: str) -> bool:
        """Return whether the property is known here, null or not."""
        return name in self.local or name in self.relations

    def get(self, name: str) -> Value:
        """Return the property's value; None when it is null or unknown."""
        if name in self.local:
            return self.local[name]
        relation = self.relations.get(name)
        return relation() if relation else None


def structure(type_name: str, plain: Mapping[str, Json]) -> Entity:
    """Return an entity without relations from plain JSON; nested objects become structures too."""
    return Entity(type_name, {name: _value(value) for name, value in plain.items()})


def _value(plain: Json) -> Value:
    if isinstance(plain, dict):
        return structure("", plain)
    if isinstance(plain, list):
        return [_value(element) for element in plain]
    return plain

"""How an arguments class is declared and how a resource registers it."""

from collections.abc import Mapping
from typing import TypeVar, cast, dataclass_transform

import pulumi

ArgumentsT = TypeVar("ArgumentsT")


@dataclass_transform(kw_only_default=True, field_specifiers=(pulumi.property,))
def arguments(cls: type[ArgumentsT]) -> type[ArgumentsT]:
    """Mark a class of annotated `pulumi.property` fields as a Pulumi input type.

    The constructor that Pulumi writes is invisible to type checkers; `dataclass_transform` shows it to them.
    """
    return pulumi.input_type(cls)


def to_register(values: object, *outputs: str) -> Mapping[str, object]:
    """Add the inputs not given and the outputs, unset, as the SDK resolves only properties it was handed.

    Args:
        values: The resource's arguments, an instance of an input type.
        outputs: The Python names of properties that only the provider sets.

    Returns:
        The same object. It is not a mapping: the SDK takes input types beside mappings without saying so in
        its annotations.
    """
    for name in (*type(values).__annotations__, *outputs):
        values.__dict__.setdefault(name, None)
    return cast(Mapping[str, object], values)

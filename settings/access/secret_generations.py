"""Which generation of each derived secret is in use, and of which the one before is still accepted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from settings.reader import Reader

SecretName = Literal["root", "httpSecret", "tempUrlKey", "authority", "certificate"]
SECRET_NAMES: tuple[SecretName, ...] = get_args(SecretName)
_OVERLAPPING: frozenset[str] = frozenset({"root", "tempUrlKey", "authority"})
_KEY, _OVERLAPS = "secretGenerations", "secretOverlaps"


@dataclass(frozen=True)
class SecretGenerations:
    """Generations of the secrets that the program makes, 1 where a secret was never rotated.

    Attributes:
        numbers: Generation by secret; those that are left out are 1.
        overlaps: Secrets of which the generation before is accepted as well.
    """

    numbers: Mapping[str, int] = field(default_factory=dict)
    overlaps: frozenset[str] = frozenset()

    def __getitem__(self, name: SecretName) -> int:
        """Return the generation of a secret."""
        return self.numbers.get(name, 1)

    def accepted(self, name: SecretName) -> tuple[int, ...]:
        """Return the generations that are accepted, the one in use first."""
        number = self[name]
        return (number, number - 1) if name in self.overlaps and number > 1 else (number,)


def read_secret_generations(reader: Reader) -> SecretGenerations:
    """Read the generations; `operate rotate` writes them.

    Args:
        reader: Reader of the whole stack.
    """
    values = reader.take(_KEY, dict)
    numbers: dict[str, int] = {}
    for name, value in values.items():
        where = f"{_KEY}.{name}"
        number = int(value) if isinstance(value, float) and value.is_integer() else value
        if name not in SECRET_NAMES:
            reader.report(where, f"is not a derived secret; they are {', '.join(SECRET_NAMES)}")
        elif not isinstance(number, int) or isinstance(number, bool) or number < 1:
            reader.report(where, f"must be a whole number from 1 on, got {value!r}")
        else:
            numbers[name] = number
    generations = SecretGenerations(numbers, frozenset(reader.items(_OVERLAPS, str)))
    for name in sorted(generations.overlaps):
        if name not in _OVERLAPPING:
            accepted = ", ".join(sorted(_OVERLAPPING))
            reader.report(_OVERLAPS, f"{name!r} has no overlap; those that have one are {accepted}")
        elif numbers.get(name, 1) == 1:
            reader.report(_OVERLAPS, f"{name} is of generation 1; there is none before it to be accepted")
    return generations

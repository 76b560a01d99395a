"""Takes typed values out of plain configuration, and gathers what is wrong instead of stopping at it."""

import re
from collections.abc import Mapping, Sequence
from typing import TypeVar, cast

from messages.count import format_count
from messages.nearest import nearest_hint

_T = TypeVar("_T")


_KINDS: Mapping[type, str] = {
    str: "text",
    int: "a whole number",
    bool: "true or false",
    list: "a list",
    dict: "an object of keys and values",
}
"""Types in the words of the stack file."""


class SettingsError(Exception):
    """The stack's configuration is wrong.

    Attributes:
        problems: Mistakes with their keys and remedies, a line each.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        lines = "".join(f"\n  {problem}" for problem in problems)
        super().__init__(
            f"the stack file has {format_count(len(problems), 'mistake')}; nothing was ordered. Correct it,"
            f" then run the command again:{lines}"
        )


class Reader:
    """Takes typed values out of one mapping and gathers what is wrong instead of stopping at it."""

    def __init__(
        self,
        values: Mapping[str, object],
        where: str,
        problems: list[str],
        overrides: Mapping[str, str] | None = None,
    ) -> None:
        self._values = values
        self._where = where
        self._problems = problems
        self._overrides = overrides or {}

    @property
    def where(self) -> str:
        """Prefix of the keys in a mistake."""
        return self._where

    def inside(self, where: str, values: Mapping[str, object]) -> "Reader":
        """A reader of values within this one's, whose mistakes go to the same place.

        Args:
            where: Prefix of their keys, such as `releases.1.`.
            values: Values to be read.
        """
        return Reader(values, f"{self._where}{where}", self._problems)

    def overridden(self, values: Mapping[str, object], names: Mapping[str, str]) -> "Reader":
        """A reader of this one's values, some of which are overridden.

        Args:
            values: Values that override, by the keys of what they override.
            names: What a mistake calls these, such as `releases.1.memory`.
        """
        return Reader({**self._values, **values}, self._where, self._problems, names)

    def report(self, key: str, problem: str) -> None:
        """Note a mistake at a key, or at `KEY[POSITION]`; what is read twice is noted once."""
        name, bracket, position = key.partition("[")
        line = f"{self._where}{self._overrides.get(name, name)}{bracket}{position}: {problem}"
        if line not in self._problems:
            self._problems.append(line)

    def raw(self, key: str) -> object:
        """The value of a key as it is, None where it is absent."""
        return self._values.get(key)

    def take(self, key: str, kind: type[_T]) -> _T:
        """Return the value of a key; what is missing or of another type is reported."""
        if self._has(key, kind):
            return cast(_T, self._values[key])
        value = self._values.get(key)
        self.report(key, "is missing; set it" if value is None else f"must be {_KINDS[kind]}, not {value!r}")
        return kind()

    def _has(self, key: str, kind: type) -> bool:
        """Whether the value of a key is of a type; what is not was reported, and is judged no further."""
        return _is(self._values.get(key), kind)

    def optional(self, key: str, kind: type[_T]) -> _T | None:
        """The value of a key, None where it is absent."""
        return self.take(key, kind) if self._values.get(key) is not None else None

    def choice(self, key: str, choices: tuple[str, ...]) -> str:
        """Return one of `choices`."""
        value = self.take(key, str)
        if value not in choices and self._has(key, str):
            hint = nearest_hint(value, filter(None, choices)) if value else ""
            self.report(key, f"must be one of {', '.join(choices)}, not {value!r}{hint}")
        return value

    def matching(self, key: str, pattern: re.Pattern[str], meaning: str) -> str:
        """Return text that is empty or matches a pattern, whose `meaning` the mistake reports."""
        value = self.take(key, str)
        if value and not pattern.fullmatch(value):
            self.report(key, f"must be {meaning}, not {value!r}")
        return value

    def within(self, key: str, low: int, high: int) -> int:
        """Return a whole number within bounds, both included."""
        value = self.take(key, int)
        if not low <= value <= high and self._has(key, int):
            self.report(key, f"must be between {low} and {high}, not {value}")
        return value

    def items(self, key: str, kind: type[_T]) -> tuple[_T, ...]:
        """Return a list whose elements are all of one type."""
        values = self.take(key, list)
        for position, value in enumerate(values):
            if not _is(value, kind):
                self.report(f"{key}[{position}]", f"must be {_KINDS[kind]}, not {value!r}")
        return tuple(value for value in values if isinstance(value, kind))

    def reject_unknown(self, valid_keys: frozenset[str]) -> None:
        """Note every key that is not known, so that a typo is not silently ignored."""
        for key in sorted(set(self._values) - valid_keys):
            self.report(
                key,
                f"is not a setting; known are {', '.join(sorted(valid_keys))}{nearest_hint(key, valid_keys)}",
            )


def _is(value: object, kind: type) -> bool:
    return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))

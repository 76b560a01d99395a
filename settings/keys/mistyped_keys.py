"""Leaves out mistakes that follow from a mistyped key alone: the setting that was meant is there; pure."""

import re
from collections.abc import Iterator, Mapping, Sequence

_UNKNOWN_KEY = re.compile(r"(?P<place>[^:]+): is not a setting;.*?nearest (?:is|are) (?P<names>[^;]+)")
"""A mistake of `Reader.reject_unknown` or `unknown_key_problems` that names the nearest settings."""
_STEP = re.compile(r"[^.\[\]]+")


def without_consequences(values: Mapping[str, object], problems: Sequence[str]) -> list[str]:
    """Return mistakes without those at settings that are absent because their key is mistyped.

    `domian` is not a setting; that `domain` is missing is the same mistake.

    Args:
        values: Values of the stack file, without the namespace.
        problems: Mistakes in them, each with its key first.
    """
    absent = set(_mistyped_settings(values, problems))
    return [problem for problem in problems if problem.partition(": ")[0] not in absent]


def _mistyped_settings(values: Mapping[str, object], problems: Sequence[str]) -> Iterator[str]:
    """The places of settings that are absent, and of which another key is a near match."""
    for problem in problems:
        if match := _UNKNOWN_KEY.match(problem):
            scope, dot, _ = match["place"].rpartition(".")
            settings = _value_at(values, scope)
            for name in match["names"].split(", "):
                if isinstance(settings, dict) and settings.get(name) is None:
                    yield f"{scope}{dot}{name}"


def _value_at(values: object, place: str) -> object:
    """The value at a place such as `servers[0]`; None where there is none."""
    for step in _STEP.findall(place):
        if isinstance(values, dict):
            values = values.get(step)
        elif isinstance(values, list) and step.isdecimal() and int(step) < len(values):
            values = values[int(step)]
        else:
            return None
    return values

"""The names that are nearest to one that is not known, for messages; pure."""

from collections.abc import Iterable
from difflib import SequenceMatcher

_MOST_OFFERED, _MOST_LISTED = 3, 6
"""Names that are near, and that are listed where none is near (choices)."""
NAME_LIKENESS = 0.6
"""Share of letters in common, of 1, from which a name counts as near (choice)."""
SIZE_LIKENESS = 0.4
"""The same for flavors and presets (choice): S1270_32GB is half of S1270_32GB_2X1TBSATA_NORAID."""
_BEGINNING = 0.2
"""By how much a name counts as more like one that it is the beginning of (choice): UBUNTU_24 is UBUNTU_24_64
rather than UBUNTU_20_64."""
_SPREAD = 0.1
"""By how much less a further name may be like it than the nearest one (choice)."""


def nearest_names(name: str, existing: Iterable[str], likeness: float = NAME_LIKENESS) -> tuple[str, ...]:
    """Return up to three known names that are like another one, the nearest first.

    Args:
        name: Name as somebody wrote it; capital letters make no difference.
        existing: The names that exist.
        likeness: Share of letters in common, from 0 to 1, which the nearest must have.
    """
    ratios = {known_name: _ratio(name, known_name) for known_name in sorted(existing)}
    threshold = max(likeness, max(ratios.values(), default=0.0) - _SPREAD)
    near = [known_name for known_name, ratio in ratios.items() if ratio >= threshold]
    return tuple(sorted(near, key=lambda known_name: -ratios[known_name])[:_MOST_OFFERED])


def _ratio(name: str, known_name: str) -> float:
    wrong, right = name.lower(), known_name.lower()
    is_beginning = wrong and right != wrong and right.startswith(wrong)
    return SequenceMatcher(None, wrong, right).ratio() + (_BEGINNING if is_beginning else 0.0)


def nearest_hint(name: str, existing: Iterable[str], likeness: float = NAME_LIKENESS) -> str:
    """Return `; nearest is NAME` for the end of a message, with further names; "" where none is near."""
    names = nearest_names(name, existing, likeness)
    if not names:
        return ""
    return f"; nearest {'is' if len(names) == 1 else 'are'} {', '.join(names)}"


def choices_hint(name: str, existing: Iterable[str], likeness: float = NAME_LIKENESS) -> str:
    """Return the same; where none is near, the names that exist, the first few of them and how many more.

    Args:
        name: Name as somebody wrote it.
        existing: The names that exist, in the order in which they are listed.
        likeness: Share of letters in common, from 0 to 1, which the nearest must have.
    """
    names = list(existing)
    if hint := nearest_hint(name, names, likeness):
        return hint
    further = len(names) - _MOST_LISTED
    listed = ", ".join(names[:_MOST_LISTED])
    return f"; known are {listed}{f' and {further} more' if further > 0 else ''}"

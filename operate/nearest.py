"""The names that are nearest to one that is not known, for messages; pure."""

import difflib
from collections.abc import Iterable

_LIKENESS = 0.5
"""Share of letters in common, of 1, from which a name counts as near (choice)."""


def nearest_hint(name: str, existing: Iterable[str]) -> str:
    """Return `; nearest are NAMES` for the end of a message; "" where none is near.

    Args:
        name: as somebody wrote it; capital letters make no difference.
        existing: the names that exist.
    """
    by_lower = {known_name.lower(): known_name for known_name in sorted(existing)}
    matches = difflib.get_close_matches(name.lower(), by_lower, 3, _LIKENESS)
    if not matches:
        return ""
    return (
        f"; nearest {'is' if len(matches) == 1 else 'are'} {', '.join(by_lower[match] for match in matches)}"
    )

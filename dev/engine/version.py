"""Versions as numbers, so that they compare."""

import re

Version = tuple[int, int, int]

_NUMBERS = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?")


def parse(text: str) -> Version | None:
    """Read the first version in a text such as ``v3.259.0``, ``go1.26`` or ``go1.25.11 linux/amd64``.

    Returns:
        Major, minor and patch, the last 0 when absent; None when the text holds no version.
    """
    match = _NUMBERS.search(text)
    if match is None:
        return None
    major, minor, patch = match.groups(default="0")
    return int(major), int(minor), int(patch)


def at_least(text: str, minimum: str) -> bool:
    """Tell whether a text holds a version, and that is the minimum or newer."""
    version, minimum_version = parse(text), parse(minimum)
    return version is not None and minimum_version is not None and version >= minimum_version

"""Sizes, ages and kinds for people; pure."""

from datetime import datetime

from messages.count import format_count
from operate.images.manifest import ImageKind
from operate.images.tagged_image import TaggedImage

_UNITS = ("B", "kB", "MB", "GB", "TB", "PB")
UNKNOWN = "\N{EN DASH}"


def format_size(size: int | None) -> str:
    """Return a size with three digits, such as `7.41 MB`, in powers of 1,000 as Docker has it."""
    if size is None:
        return UNKNOWN
    value, unit = float(size), 0
    while value >= 999.5 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    return f"{value:.3g} {_UNITS[unit]}" if unit else f"{size} B"


def format_age(created: datetime | None, now: datetime) -> str:
    """Return how long ago that was, in its largest unit, such as `3 days`."""
    if created is None or created.year <= 1980:
        return UNKNOWN  # what is built to be the same each time has a date of long ago
    seconds = (now - created).total_seconds()
    if seconds < 0:
        return "in the future"
    for name, length in (("year", 31_557_600), ("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= length:
            number = int(seconds // length)
            return format_count(number, name)
    return "less than a minute"


def describe_kind(image: TaggedImage) -> str:
    """Return what is under a tag: its platforms, or what the artifact is."""
    if not image.digest:
        return "the tag leads to no manifest"
    if image.kind is ImageKind.ARTIFACT or (image.kind is ImageKind.INDEX and image.artifact_type):
        return f"{image.kind}: {image.artifact_type}"
    attested = f", {format_count(image.attestations, 'attestation')}" if image.attestations else ""
    if image.kind is ImageKind.INDEX:
        return f"{image.kind}: {', '.join(image.platforms) or 'no platforms'}{attested}"
    if image.kind is ImageKind.UNKNOWN:
        return f"unknown: {image.media_type}"
    return f"image{': ' if image.platforms else ''}{', '.join(image.platforms)}"

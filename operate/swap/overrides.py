"""What releases override in the stack file: a live one keeps that, and a new one has its own alone; pure."""

import re
import shlex
from collections.abc import Mapping

from operate.error import NotStartedError
from operate.record.record import Record


def set_options(settings: Mapping[str, object]) -> str:
    """Return the options that give settings to a release, as a shell takes them."""
    return " ".join(f"--set {shlex.quote(f'{key}={value}')}" for key, value in settings.items())


def require_live_settings(release: str, settings: Mapping[str, str], releases: object) -> None:
    """Refuse settings for a release that is live already: nothing would give them to it.

    Settings that the release has are no reason: the same swap may have ended a moment ago.

    Args:
        release: Release that is live.
        settings: Settings that a swap to it gives.
        releases: Setting `releases` of the stack file, as plain data.

    Raises:
        NotStartedError: The release has other settings.
    """
    present = overrides_of(releases, release)
    changed = {key: settings[key] for key in changed_overrides(present, settings) if key in settings}
    if changed:
        new_release, options = new_release_name(releases, release), set_options(changed)
        raise NotStartedError(
            f"release {release} is live, and a live release keeps its settings, so that {options} would"
            f" change nothing. Give them to a new release: `operate swap ENV --to {new_release} {options}`"
        )


def new_release_name(releases: object, release: str) -> str:
    """Return a name for a new release in a proposed command: the next number, or NEW where none is a number.

    Args:
        releases: Setting `releases` of the stack file, as plain data.
        release: Name of the live release.
    """
    names = (*(releases if isinstance(releases, Mapping) else ()), release)
    numbers = [int(name) for name in names if re.fullmatch("[0-9]+", str(name))]
    return str(max(numbers) + 1) if numbers else "NEW"


def changed_overrides(before: Mapping[str, object], now: Mapping[str, object]) -> tuple[str, ...]:
    """Return the keys that differ between two sets of overrides, sorted.

    A stack file may have a number as a text, and Pulumi one as a decimal fraction.

    Args:
        before: Overrides of a release by their keys.
        now: The other ones.
    """
    old, new = (
        {key: str(value).removesuffix(".0").lower() for key, value in values.items()}
        for values in (before, now)
    )
    return tuple(sorted(key for key in {*old, *new} if old.get(key) != new.get(key)))


def describe_missing_overrides(record: Record, releases: object) -> str:
    """Describe what the live release overrides and a new one does not; "" for nothing.

    An operator who was refused a change of the live release's own settings swaps to a new release, which has
    nothing of them. One that the stack file has already is as it was written there.

    Args:
        record: The swap that begins.
        releases: Setting `releases` of the stack file, as plain data.
    """
    if not isinstance(releases, Mapping) or record.release in releases:
        return ""
    live = overrides_of(releases, record.source_release)
    missing = {key: value for key, value in live.items() if key not in record.settings}
    if not missing:
        return ""
    return (
        f"release {record.release} is new, and has nothing of what release {record.source_release} overrides,"
        f" but the stack's own settings in its place; {set_options(missing)} gives it the same"
    )


def overrides_of(releases: object, release: str) -> Mapping[str, object]:
    """Return what a release overrides; nothing where that is no mapping.

    Args:
        releases: Setting `releases` of the stack file, as plain data.
        release: Name of the release.
    """
    overrides = releases.get(release) if isinstance(releases, Mapping) else None
    return overrides if isinstance(overrides, Mapping) else {}

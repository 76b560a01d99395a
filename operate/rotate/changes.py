"""What a rotation writes to the stack file; pure."""

import re
from collections.abc import Mapping, Sequence

from operate.rotate.plan import Kind, Progress
from operate.swap.start import ROTATION

GENERATIONS, OVERLAPS, RELEASES, KEEP = "secretGenerations", "secretOverlaps", "releases", "keepRelease"
ROOT, PREVIOUS_ROOT, PASSWORD = "registrySecret", "previousRegistrySecret", "registryPassword"
SSH_KEY, NEXT_SSH_KEY = "sshKeyFile", "nextSshKeyFile"
COLOURS = ("red", "black")
_OF_SWAPS = (*COLOURS, RELEASES, KEEP)
_OF_ROOT = (ROOT, PREVIOUS_ROOT, PASSWORD)
_SUFFIX = re.compile(r"-s[0-9]+$")
_LONGEST_RELEASE = 32


def mapping_of(value: object) -> dict[str, object]:
    """Return a setting that is an object; empty where it is absent."""
    return dict(value) if isinstance(value, Mapping) else {}


def texts_of(value: object) -> list[str]:
    """Return a setting that is a list of texts; empty where it is absent."""
    is_list = isinstance(value, Sequence) and not isinstance(value, str)
    return [str(text) for text in value] if is_list and isinstance(value, Sequence) else []


def generation_of(generations: Mapping[str, object], name: str) -> int:
    """Return the generation of a secret: 1 where it was never rotated."""
    return int(str(generations.get(name, 1)).removesuffix(".0"))


def staged(
    kind: Kind, generation: int, generations: Mapping[str, object], overlaps: Sequence[str]
) -> dict[str, object]:
    """Return the settings in which a new generation is in use, and the old one accepted.

    Args:
        kind: of the secret.
        generation: the new one.
        generations: setting `secretGenerations`.
        overlaps: setting `secretOverlaps`.
    """
    settings: dict[str, object] = {GENERATIONS: {**generations, kind.generation: generation}}
    if kind.has_overlap:
        settings[OVERLAPS] = sorted({*overlaps, kind.generation})
    return settings


def removed(kind: Kind, overlaps: Sequence[str]) -> dict[str, object]:
    """Return the settings in which the old secret is accepted no more.

    Args:
        kind: of the secret.
        overlaps: setting `secretOverlaps`.
    """
    overlaps_after = [name for name in overlaps if name != kind.generation]
    settings: dict[str, object] = {OVERLAPS: overlaps_after or None}
    if kind.generation == "root":
        settings[PREVIOUS_ROOT] = None
    return settings


def restored(
    kind: Kind, generation: int, generations: Mapping[str, object], overlaps: Sequence[str]
) -> dict[str, object]:
    """Return the settings as they were before a rotation.

    Args:
        kind: of the secret.
        generation: the new one, which is given up.
        generations: setting `secretGenerations`.
        overlaps: setting `secretOverlaps`.
    """
    kept = {name: number for name, number in generations.items() if name != kind.generation}
    if generation > 2:
        kept[kind.generation] = generation - 1
    settings: dict[str, object] = {GENERATIONS: kept or None}
    if kind.has_overlap:
        settings |= removed(kind, overlaps)
    return settings


def own_settings(kind: Kind) -> frozenset[str]:
    """Return the settings that a rotation of a generation, and its swap, write."""
    own = {ROTATION, GENERATIONS, OVERLAPS, "live", "lastSwap", *_OF_SWAPS}
    return frozenset(own | set(_OF_ROOT if kind.generation == "root" else ()))


def missing_settings(kind: Kind, settings: Mapping[str, object]) -> tuple[str, ...]:
    """Return those that a rotation may add: what the stack file has not, of what it would have to take out.

    Args:
        kind: of the secret.
        settings: of the stack file; None where one is not there.
    """
    candidates = (*_OF_SWAPS, *((PASSWORD,) if kind.generation == "root" else ()))
    return tuple(key for key in candidates if settings.get(key) is None)


def without_swap(progress: Progress, settings: Mapping[str, object]) -> dict[str, object]:
    """Return what else a rotation and its swap have written, as it was before; without the idle colour.

    What others have changed since then stays.

    Args:
        progress: of the rotation, whose release is not live.
        settings: of the stack file; None where one is not there.
    """
    before: dict[str, object] = {PASSWORD: None} if PASSWORD in progress.added else {}
    if not progress.release:
        return before
    releases = mapping_of(settings.get(RELEASES))
    remaining = {name: value for name, value in releases.items() if name != progress.release}
    is_default = RELEASES in progress.added and remaining in ({}, {"1": {}})
    before[RELEASES] = None if is_default else remaining
    idle = [colour for colour in COLOURS if settings.get(colour) in (progress.release, None)]
    before |= {colour: None if colour in progress.added else "" for colour in idle}
    live = [settings.get(colour) for colour in COLOURS if colour not in idle]
    if live == [settings.get(KEEP)]:
        before[KEEP] = progress.kept or None
    return before


def release_name(live: str, releases: Mapping[str, object]) -> str:
    """Return a name for the live release with another secret: its own and `-sN`, which no release has yet.

    Args:
        live: name of the live release.
        releases: setting `releases`.
    """
    base, number = _SUFFIX.sub("", live), 1
    while True:
        suffix = f"-s{number}"
        name = f"{base[: _LONGEST_RELEASE - len(suffix)]}{suffix}"
        if name != live and name not in releases:
            return name
        number += 1


def with_release(name: str, live: str, releases: Mapping[str, object]) -> dict[str, object]:
    """Return the setting `releases` with another one, which overrides what the live one does.

    Args:
        name: of the new release.
        live: name of the live release.
        releases: setting `releases`; empty stands for a release 1 that overrides nothing.
    """
    present = releases or {"1": {}}
    return {**present, name: present.get(live, {})}

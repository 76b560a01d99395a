"""What a rotation writes to the stack file; pure."""

import re
from collections.abc import Callable, Mapping, Sequence

from operate.record.rotation_plan import RotationKind, RotationProgress
from operate.rotate.file_text import settings_of
from operate.stack.config.setting_keys import KEEP_RELEASE, LAST_SWAP, LIVE, RELEASES, ROTATION

GENERATIONS, OVERLAPS = "secretGenerations", "secretOverlaps"
ROOT, PREVIOUS_ROOT, PASSWORD = "registrySecret", "previousRegistrySecret", "registryPassword"
OBJECT_USER = "objectUser"
COLOURS = ("red", "black")
WRITTEN_BY_SWAPS = frozenset({*COLOURS, RELEASES, KEEP_RELEASE, LIVE, LAST_SWAP})
"""Settings that a swap writes."""
_PROVIDED: Mapping[str, Sequence[str]] = {
    "swift-user": (OBJECT_USER,),
    "s3-keys": ("s3AccessKey", "s3SecretKey"),
    "certificate": ("registryCertificate", "registryCertificateKey", "registryCertificateAuthority"),
    "password": (PASSWORD, "registryUsers"),
}
"""Settings whose value a rotation is given, or makes at random."""
_OF_ROOT = (ROOT, PREVIOUS_ROOT, PASSWORD)
_SUFFIX = re.compile(r"-s[0-9]+$")
_LONGEST_RELEASE = 32


def storages_of(settings: Callable[[str], object]) -> frozenset[str]:
    """Return the storages of a stack's registries: swift, s3 or filesystem.

    Args:
        settings: Returns a setting of the stack file as plain data; None where it has its default.
    """
    releases = mapping_of(settings(RELEASES)).values()
    legacy = {"swift"} if settings("registryGeneration") in ("legacy", "both") else set()
    own = str(settings("registryStorage") or "swift")
    modern = {str(mapping_of(release).get("storage") or own) for release in releases} or {own}
    return frozenset(modern | legacy)


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
    kind: RotationKind, generation: int, generations: Mapping[str, object], overlaps: Sequence[str]
) -> dict[str, object]:
    """Return the settings in which a new generation is in use, and the old one accepted.

    Args:
        kind: Kind of the secret.
        generation: The new one.
        generations: Setting `secretGenerations`.
        overlaps: Setting `secretOverlaps`.
    """
    settings: dict[str, object] = {GENERATIONS: {**generations, kind.generation: generation}}
    if kind.has_overlap:
        settings[OVERLAPS] = sorted({*overlaps, kind.generation})
    return settings


def removed(kind: RotationKind, overlaps: Sequence[str]) -> dict[str, object]:
    """Return the settings in which the old secret is accepted no more.

    Args:
        kind: Kind of the secret.
        overlaps: Setting `secretOverlaps`.
    """
    overlaps_after = [name for name in overlaps if name != kind.generation]
    settings: dict[str, object] = {OVERLAPS: overlaps_after or None}
    if kind.generation == "root":
        settings[PREVIOUS_ROOT] = None
    return settings


def own_settings(kind: RotationKind) -> frozenset[str]:
    """Return the settings that a rotation and its swap write."""
    own = {ROTATION, GENERATIONS, OVERLAPS, *WRITTEN_BY_SWAPS, *_PROVIDED.get(kind.name, ())}
    return frozenset(own | set(_OF_ROOT if kind.generation == "root" else ()))


def settings_before(
    kind: RotationKind, progress: RotationProgress, present: Mapping[str, object]
) -> dict[str, object]:
    """Return what a rotation and its swap have written, as it was before; without the idle colour.

    What others have changed since then stays. A setting that was there with nothing in it is so again.

    Args:
        kind: Kind of the secret.
        progress: Progress of the rotation, whose release is not live.
        present: Settings of the stack file, and the project's defaults; None where there is neither.
    """
    before = settings_of(progress.before)
    settings: dict[str, object] = {}
    if kind.generation:
        generations = _generations_before(kind, before, present)
        settings[GENERATIONS] = _or_nothing(GENERATIONS, generations, before, {})
    if kind.has_overlap:
        settings[OVERLAPS] = _or_nothing(OVERLAPS, _overlaps_before(kind, before, present), before, [])
    if kind.generation == "root":
        settings |= {key: None for key in (PREVIOUS_ROOT, PASSWORD) if key not in before}
    return settings | (_without_swap(progress, before, present) if progress.release else {})


def _generations_before(
    kind: RotationKind, before: Mapping[str, object], present: Mapping[str, object]
) -> dict[str, object]:
    generations = mapping_of(present.get(GENERATIONS))
    if kind.generation in (own := mapping_of(before.get(GENERATIONS))):
        return {**generations, kind.generation: own[kind.generation]}
    return {name: number for name, number in generations.items() if name != kind.generation}


def _overlaps_before(
    kind: RotationKind, before: Mapping[str, object], present: Mapping[str, object]
) -> list[str]:
    own, now = texts_of(before.get(OVERLAPS)), texts_of(present.get(OVERLAPS))
    remaining = [name for name in now if name != kind.generation or name in own]
    # A rotation sorts them.
    return own if set(remaining) == set(own) else remaining


def _without_swap(
    progress: RotationProgress, before: Mapping[str, object], present: Mapping[str, object]
) -> dict[str, object]:
    releases = mapping_of(present.get(RELEASES))
    remaining = {name: value for name, value in releases.items() if name != progress.release}
    if not before.get(RELEASES) and remaining == {"1": {}}:
        remaining = {}
    settings = {RELEASES: _or_nothing(RELEASES, remaining, before, {})}
    idle = [colour for colour in COLOURS if present.get(colour) in (progress.release, None, "")]
    settings |= {
        # Left out, red would be release 1 by default.
        colour: "" if colour in before or colour == "red" else None
        for colour in idle
    }
    live = [present.get(colour) for colour in COLOURS if colour not in idle]
    if live == [present.get(KEEP_RELEASE)]:
        settings[KEEP_RELEASE] = str(before[KEEP_RELEASE] or "") if KEEP_RELEASE in before else None
    return settings


def _or_nothing(
    key: str, value: object, before: Mapping[str, object], nothing: Mapping[str, object] | Sequence[str]
) -> object:
    """Return a value; where it is empty, what stands for that in the stack file, if the key was there."""
    return value or (nothing if key in before else None)


def release_name(live: str, releases: Mapping[str, object]) -> str:
    """Return a name for the live release with another secret: its own and `-sN`, which no release has yet.

    Args:
        live: Name of the live release.
        releases: Setting `releases`.
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
        name: Name of the new release.
        live: Name of the live release.
        releases: Setting `releases`; empty means a release 1 that overrides nothing.
    """
    present = releases or {"1": {}}
    return {**present, name: present.get(live, {})}

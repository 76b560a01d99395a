"""Red and black: the two colours of a registry, of which one is live, and the release that each runs."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, cast, get_args

from messages.nearest import nearest_hint
from settings.reader import Reader
from settings.registry.capacity import (
    CapacityRequest,
    read_at_once,
    read_capacity_request,
    read_memory,
    read_memory_swap,
)
from settings.registry.content_policy import read_content_policy
from settings.registry.registry import LegacySettings, ModernSettings, RegistrySettings, usual_base
from settings.servers.servers import ServerSettings, datacenters_of
from settings.storage import (
    FilesystemSettings,
    S3Settings,
    StorageChoice,
    StorageSettings,
    SwiftSettings,
    storage_of,
)
from settings.table import SETTINGS, release_keys

ColourPlace = Literal["containers", "servers"]
Colour = Literal["red", "black"]
COLOURS: tuple[Colour, ...] = get_args(Colour)

# It names containers, images and resources.
_RELEASE = re.compile(r"[a-z0-9][a-z0-9.-]{0,31}")
_VERSION = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+")
_LABEL = re.compile(r"([a-z0-9]([a-z0-9-]*[a-z0-9])?)?")
_OF_MODERN, _OF_LEGACY, _OF_EITHER = release_keys("modern"), release_keys("legacy"), release_keys("either")
_SHARED: tuple[Literal["swift", "s3"], ...] = ("swift", "s3")
_OF_STORAGE = {storage: release_keys(storage) for storage in _SHARED}
"""Settings of a storage that a release overrides; account and keys are the stack's."""
_STORAGE = release_keys("storage", *_SHARED)


@dataclass(frozen=True)
class ReleaseSettings:
    """One release: the registry's settings with what the release overrides.

    Attributes:
        name: Name of the release; ends the names of its containers.
        registry: Settings of the release's generations, as they run.
        server: Name of the server that carries it in each datacenter; "" is that of the front door.
        storage: Storage where it keeps everything; the stack's, or another one to which all has been copied.
        overrides: What the release overrides, as given.
    """

    name: str
    registry: RegistrySettings
    server: str
    storage: StorageSettings
    overrides: Mapping[str, object]


@dataclass(frozen=True)
class ColourSettings:
    """Which colours there are.

    Attributes:
        place: Where a second colour lives.
        releases: Releases by colour, red first; a colour that does not exist is left out.
        live: The colour with which a new door begins; an existing door keeps its own.
        keep: The release whose containers stay as they were made, whatever the settings are now; "" for none.
    """

    place: ColourPlace
    releases: Mapping[Colour, ReleaseSettings]
    live: Colour
    keep: str = ""


def read_colours(
    reader: Reader,
    registry: RegistrySettings,
    storage: StorageSettings,
    servers: tuple[ServerSettings, ...],
    *,
    doors: bool,
) -> ColourSettings:
    """Read the colours and their releases.

    Args:
        reader: Reader of the whole stack.
        registry: What a release has that overrides nothing.
        storage: Storage that all releases share.
        servers: Servers of the stack.
        doors: Whether each generation has a front door; two colours need one.
    """
    place = cast(ColourPlace, reader.choice("colour", get_args(ColourPlace)))
    raw_releases = reader.take("releases", dict) or {"1": {}}
    known_releases = {
        str(name): _release(reader, str(name), values, registry, storage, servers)
        for name, values in raw_releases.items()
    }
    release_names = {"red": reader.take("red", str), "black": reader.take("black", str)}
    releases: dict[Colour, ReleaseSettings] = {}
    for colour in COLOURS:
        name = release_names[colour]
        if name and name not in known_releases:
            reader.report(
                colour,
                f"release {name!r} is not in releases; known are {', '.join(known_releases) or 'none'}"
                f"{nearest_hint(name, known_releases)}",
            )
        elif name:
            releases[colour] = known_releases[name]
    _check_together(reader, release_names, doors=doors)
    _check_archives(reader, releases)
    for release in releases.values():
        _check_server(reader, release, place, servers)
    live = cast(Colour, reader.choice("live", COLOURS))
    if not release_names.get(live, live) and any(release_names.values()):
        reader.report("live", f"{live} has no release; give it one, or name the other colour as `live`")
    return ColourSettings(place, releases, live, reader.take("keepRelease", str))


def _release(
    reader: Reader,
    name: str,
    values: object,
    registry: RegistrySettings,
    storage: StorageSettings,
    servers: tuple[ServerSettings, ...],
) -> ReleaseSettings:
    if not _RELEASE.fullmatch(name):
        form = "lower-case letters, digits, . and -"
        reader.report("releases", f"the name of a release must have {form} alone, got {name!r}")
    if not isinstance(values, dict):
        reader.report(f"releases.{name}", f"must be an object of settings, not {values!r}")
        values = {}
    own = reader.inside(f"releases.{name}.", values)
    own.reject_unknown(_OF_MODERN | _OF_LEGACY | _OF_EITHER | _STORAGE | {"server"})
    for keys, kind, of in (
        (_OF_MODERN, registry.modern, "modern"),
        (_OF_LEGACY, registry.legacy, "legacy"),
    ):
        for key in sorted(keys & set(values)) if kind is None else ():
            own.report(key, f"is of the generation {of}, which registryGeneration leaves out")
    overridden = _overridden(reader, own, values)
    if storage_keys := _STORAGE & set(values):
        own_values = {key: values[key] for key in sorted(storage_keys)}
        storage = _own_storage(overridden, own, own_values, registry, storage, servers)
    return ReleaseSettings(
        name=name,
        registry=RegistrySettings(
            modern=_modern(own, overridden, registry.modern, values, storage) if registry.modern else None,
            legacy=_legacy(overridden, registry.legacy) if registry.legacy else None,
        ),
        server=own.matching("server", _LABEL, "the name of a server") if "server" in values else "",
        storage=storage,
        overrides=values,
    )


def _overridden(reader: Reader, own: Reader, values: Mapping[str, object]) -> Reader:
    """A reader of the stack's settings with what a release overrides."""
    overrides = {setting.key: setting.release_key for setting in SETTINGS if setting.release_key in values}
    return reader.overridden(
        {key: values[release_key] for key, release_key in overrides.items()},
        {key: f"{own.where}{release_key}" for key, release_key in overrides.items()},
    )


def _own_storage(
    reader: Reader,
    own: Reader,
    values: Mapping[str, object],
    registry: RegistrySettings,
    storage: StorageSettings,
    servers: tuple[ServerSettings, ...],
) -> StorageSettings:
    """The storage of a release; what it does not override is the stack's.

    Args:
        reader: Reader of the whole stack, with what the release overrides.
        own: What the release itself sets.
        values: Values of the release, those of its storage.
        registry: What a release has that overrides nothing.
        storage: The stack's.
        servers: Servers of the stack.
    """
    if registry.legacy is not None:
        own.report(next(iter(values)), "is the stack's while the legacy registry runs, which needs Swift")
    usual = "s3" if isinstance(storage, S3Settings) else "swift"
    choice = cast(StorageChoice, own.choice("storage", _SHARED) if "storage" in values else usual)
    for kind, keys in _OF_STORAGE.items():
        for key in sorted(keys & set(values)) if kind != choice else ():
            own.report(key, f"is of storage {kind}; this release is in {choice}")
    return storage_of(choice, reader, servers)


def _modern(
    reader: Reader,
    overridden: Reader,
    base: ModernSettings,
    values: Mapping[str, object],
    storage: StorageSettings,
) -> ModernSettings:
    """What is overridden; another version comes from its own image, unless one is named as well.

    Args:
        reader: Reader of the release.
        overridden: Reader of the whole stack, with what the release overrides.
        base: What a release has that overrides nothing.
        values: Values of the release.
        storage: Storage of the release.
    """
    changed = base
    if "version" in values:
        version = reader.matching("version", _VERSION, "a version such as 2.8.3")
        if version != base.version:
            changed = replace(base, version=version, base_image=usual_base(version), base_archive=None)
    if "baseImage" in values:
        changed = replace(changed, base_image=reader.take("baseImage", str), base_archive=None)
    if "baseArchive" in values:
        archive = reader.take("baseArchive", str)
        changed = replace(changed, base_archive=Path(archive).expanduser() if archive else None)
        if changed.has_usual_base and "baseImage" not in values:
            changed = replace(changed, base_image=usual_base(changed.version, changed.base_archive))
    key = next((key for key in ("version", "storage", "objectContainer") if key in values), "")
    if key and isinstance(storage, SwiftSettings) and changed.version and changed.version[:2] != "2.":
        reader.report(key, f"{changed.version} has no Swift driver; take 2.8.3, the last that has it")
    return replace(
        changed,
        redirect=overridden.take("registryRedirect", bool),
        requested=_requested(reader, overridden, base.requested),
        content=read_content_policy(overridden),
        memory_swap=read_memory_swap(overridden),
    )


def _legacy(reader: Reader, base: LegacySettings) -> LegacySettings:
    return replace(
        base,
        workers=reader.within("legacyWorkers", 1, 64),
        requested_layers=read_at_once(reader, "legacyLayers"),
        requested_memory=read_memory(reader, "legacyMemory"),
        memory_swap=read_memory_swap(reader),
    )


def _requested(reader: Reader, overridden: Reader, base: CapacityRequest) -> CapacityRequest:
    requested = read_capacity_request(overridden)
    if requested != base and (problem := requested.problem):
        reader.report("memory", problem)
    return requested


def _check_together(reader: Reader, release_names: Mapping[str, str], *, doors: bool) -> None:
    red, black = release_names["red"], release_names["black"]
    if not red and not black:
        reader.report("red", "neither red nor black has a release; give one of them one")
    if red and red == black:
        reader.report("black", f"has the release {red} of red; two colours are two releases")
    if red and black and not doors:
        reader.report(
            "black",
            "the legacy registry on loopback is published by Docker itself, as in the article: nothing there"
            " can switch colours; take registryListen private, or one colour",
        )


def _check_archives(reader: Reader, releases: Mapping[Colour, ReleaseSettings]) -> None:
    """An image is built once on a server: one version of one base has one archive."""
    modern = [
        (release.name, release.registry.modern) for release in releases.values() if release.registry.modern
    ]
    archives = {(registry.version, registry.base_image): registry.base_archive for _, registry in modern}
    for name, registry in modern:
        if archives[registry.version, registry.base_image] != registry.base_archive:
            reader.report(
                f"releases.{name}.baseArchive",
                f"{registry.base_image} has another archive in the other release",
            )


def _check_server(
    reader: Reader,
    release: ReleaseSettings,
    place: ColourPlace,
    servers: tuple[ServerSettings, ...],
) -> None:
    key = f"releases.{release.name}.server"
    if not release.server:
        return
    if place != "servers":
        reader.report(key, "is for colour: servers only; leave it out, or set colour to servers")
    if isinstance(release.storage, FilesystemSettings):
        reader.report(key, "a folder of one server is no storage for two; set registryStorage to swift or s3")
    for datacenter in datacenters_of(servers):
        if not any(
            (server.datacenter, server.name, server.role) == (datacenter, release.server, "registry")
            for server in servers
        ):
            reader.report(
                key,
                f"{datacenter} has no server {release.server!r} with the role registry"
                f"{nearest_hint(release.server, _names_in(servers, datacenter))}",
            )


def _names_in(servers: tuple[ServerSettings, ...], datacenter: str) -> list[str]:
    return [server.name for server in servers if (server.datacenter, server.role) == (datacenter, "registry")]

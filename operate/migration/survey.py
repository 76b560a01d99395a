"""Reads the small objects of a legacy container, and plans on them."""

from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor

from operate.error import OperateError
from operate.migration.layout import Catalogue, catalogue
from operate.migration.legacy_store import LegacyStore
from operate.migration.plan import Documents, Plan, choose, make_plan, pointed_at
from operate.migration.v1_image import BadImageError, parse_ancestry


def survey(
    store: LegacyStore, storage_path: str, repositories: Collection[str], jobs: int, names: Mapping[str, str]
) -> Plan:
    """Plan the migration of what a container holds.

    Args:
        store: the container.
        storage_path: the legacy registry's STORAGE_PATH.
        repositories: names of those to migrate; all where there is none.
        jobs: objects read at once.
        names: the v2 names of repositories, by their v1 names, where they differ.

    Raises:
        OperateError: it cannot be read, or holds nothing of what is asked for.
    """
    found = catalogue(store.listing(), storage_path)
    tags = choose(found.tags, repositories)
    if not tags:
        _nothing(found, storage_path, repositories)
    if unknown := set(names) - {name for tag in found.tags for name in (tag.name, tag.legacy_name)}:
        raise OperateError(
            f"no repository {', '.join(sorted(unknown))} to be renamed; compare with --dry-run (option"
            " --rename)"
        )
    with ThreadPoolExecutor(jobs) as pool:

        def read(names: Iterable[tuple[str, str]]) -> dict[str, bytes]:
            return _read(pool, store.read, names)

        contents = read((tag.stored, tag.stored) for tag in tags)
        tops = {top for content in contents.values() if (top := pointed_at(content)) is not None}
        ancestries = read(_objects(found, tops, "ancestry"))
        images = {one for top, document in ancestries.items() for one in _ancestry(top, document)}
        documents = Documents(
            tags={tag: contents[tag.stored] for tag in tags if tag.stored in contents},
            ancestries=ancestries,
            images=read(_objects(found, images, "json")),
            checksums=read(_objects(found, images, "_checksum")),
        )
    return make_plan(found, tags, documents, names)


def _read(
    pool: ThreadPoolExecutor, read: Callable[[str], bytes | None], names: Iterable[tuple[str, str]]
) -> dict[str, bytes]:
    """Read objects, given as what they are asked by and their names; those that are gone are left out."""
    wanted = list(names)
    contents = pool.map(read, (name for _, name in wanted))
    return {key: content for (key, _), content in zip(wanted, contents, strict=True) if content is not None}


def _objects(found: Catalogue, images: Iterable[str], piece: str) -> list[tuple[str, str]]:
    return [
        (image, found.images[image][piece].name)
        for image in sorted(images)
        if piece in found.images.get(image, {})
    ]


def _ancestry(top: str, document: bytes) -> tuple[str, ...]:
    try:
        return parse_ancestry(top, document)
    except BadImageError:
        return ()  # the plan tells of it


def _nothing(found: Catalogue, storage_path: str, repositories: Collection[str]) -> None:
    if found.tags:
        names = ", ".join(sorted({tag.name for tag in found.tags})[:10])
        raise OperateError(
            f"no tag in {', '.join(sorted(repositories))}; there are {names} (option --repository)"
        )
    raise OperateError(
        f"the container holds no legacy tags under {storage_path!r}; check container and storage path"
        " (options --container and --storage-path)"
    )

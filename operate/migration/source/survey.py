"""Reads the small objects of a legacy container, and plans on them."""

from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor

from operate.error import NotStartedError, OperateError
from operate.migration.plan import Documents, Plan, choose, make_plan, pointed_at
from operate.migration.source.layout import Catalogue, catalogue
from operate.migration.source.legacy_store import LegacyStore
from operate.migration.source.v1_image import BadImageError, parse_ancestry


def survey(
    store: LegacyStore, storage_path: str, repositories: Collection[str], jobs: int, names: Mapping[str, str]
) -> Plan:
    """Plan the migration of what a container holds.

    Args:
        store: The container.
        storage_path: The legacy registry's STORAGE_PATH.
        repositories: Names of those to migrate; all where there is none.
        jobs: Number of objects that are read at once.
        names: The v2 names of repositories, by their v1 names, where they differ.

    Raises:
        OperateError: The container cannot be read, or holds nothing that was requested.
        NotStartedError: A repository to be renamed is not in the container.
    """
    listing = catalogue(store.listing(), storage_path)
    tags = choose(listing.tags, repositories)
    if not tags:
        _nothing(listing, storage_path, repositories)
    if unknown := set(names) - {name for tag in listing.tags for name in (tag.name, tag.legacy_name)}:
        raise NotStartedError(
            f"no repository {', '.join(sorted(unknown))} to be renamed; compare with --dry-run (option"
            " --rename)"
        )
    with ThreadPoolExecutor(jobs) as pool:

        def read(names: Iterable[tuple[str, str]]) -> dict[str, bytes]:
            return _read(pool, store.read, names)

        contents = read((tag.stored, tag.stored) for tag in tags)
        tops = {top for content in contents.values() if (top := pointed_at(content)) is not None}
        ancestries = read(_objects(listing, tops, "ancestry"))
        images = {
            identifier for top, document in ancestries.items() for identifier in _ancestry(top, document)
        }
        documents = Documents(
            tags={tag: contents[tag.stored] for tag in tags if tag.stored in contents},
            ancestries=ancestries,
            images=read(_objects(listing, images, "json")),
            checksums=read(_objects(listing, images, "_checksum")),
        )
    return make_plan(listing, tags, documents, names)


def _read(
    pool: ThreadPoolExecutor, read: Callable[[str], bytes | None], names: Iterable[tuple[str, str]]
) -> dict[str, bytes]:
    """Read objects, given by their keys and names; missing ones are left out."""
    names_by_key = list(names)
    contents = pool.map(read, (name for _, name in names_by_key))
    return {
        key: content for (key, _), content in zip(names_by_key, contents, strict=True) if content is not None
    }


def _objects(listing: Catalogue, images: Iterable[str], piece: str) -> list[tuple[str, str]]:
    return [
        (image, listing.images[image][piece].name)
        for image in sorted(images)
        if piece in listing.images.get(image, {})
    ]


def _ancestry(top: str, document: bytes) -> tuple[str, ...]:
    try:
        return parse_ancestry(top, document)
    except BadImageError:
        return ()  # the plan reports it


def _nothing(listing: Catalogue, storage_path: str, repositories: Collection[str]) -> None:
    if listing.tags:
        names = ", ".join(sorted({tag.name for tag in listing.tags})[:10])
        raise NotStartedError(
            f"no tag in {', '.join(sorted(repositories))}; there are {names} (option --repository)"
        )
    raise OperateError(
        f"the container holds no legacy tags under {storage_path!r}; check container and storage path"
        " (options --container and --storage-path)"
    )

"""Deletes tags; what else would go with one of them is found out first.

A registry deletes a manifest by its digest, and with it every tag that means it (distribution 2.8.3). Other
tags are never lost that way: either they are named as well, or the registry deletes the tag alone, as
distribution 3 does, or nothing is deleted.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from operate.error import NotStartedError, RefusedError
from operate.images.manifest import INDEX_TYPES, parse_manifest
from operate.images.registry_client import RegistryClient, StoredManifest

_PAGE = 1000


@dataclass(frozen=True)
class Deletion:
    """What is deleted.

    Attributes:
        repository: Name of the repository.
        digests: Digest of each tag that is named.
        sharers: Tags that are not named and mean one of the digests, or an index that names it, by digest.
        deletes_tags_alone: Whether the registry can delete a tag and leave a manifest that other tags need.
    """

    repository: str
    digests: Mapping[str, str]
    sharers: Mapping[str, Sequence[str]] = field(default_factory=dict)
    deletes_tags_alone: bool = True

    @property
    def unshared_digests(self) -> list[str]:
        """Digests that no other tag needs, each once."""
        return [digest for digest in dict.fromkeys(self.digests.values()) if not self.sharers.get(digest)]

    @property
    def shared_tags(self) -> list[str]:
        """Named tags whose manifest other tags need."""
        return [tag for tag, digest in self.digests.items() if self.sharers.get(digest)]

    def lines(self) -> Iterator[str]:
        """For people, a line a tag."""
        for tag, digest in self.digests.items():
            sharers = self.sharers.get(digest)
            note = f"; its manifest stays, other tags need it: {_some(sharers)}" if sharers else ""
            yield f"{self.repository}:{tag} ({digest}){note}"


def plan_deletion(
    client: RegistryClient, repository: str, tags: Sequence[str], log: Callable[[int], None]
) -> Deletion:
    """Find out what deleting tags means; the digest of every tag of the repository is read.

    Args:
        client: Client of the registry.
        repository: Name of the repository.
        tags: Tags to delete.
        log: Called with the number of tags whose digest was requested, after each page of them.

    Raises:
        NotStartedError: The repository has no such tag.
        OperateError: The registry does not answer.
    """
    digests: dict[str, str] = {}
    for tag in dict.fromkeys(tags):
        stored = client.digest(repository, tag)
        if stored is None:
            raise NotStartedError(
                f"{repository}:{tag} does not exist; `operate images ENV {repository}` lists the tags"
            )
        digests[tag] = stored.digest
    deleted = frozenset(digests.values())
    sharers: dict[str, list[str]] = {}
    for tag in _all_tags(client, repository, log):
        if tag not in digests:
            for digest in deleted & _required_digests(client, repository, client.digest(repository, tag)):
                sharers.setdefault(digest, []).append(tag)
    return Deletion(repository, digests, sharers, not sharers or client.deletes_tags_alone(repository))


def require_deletable(deletion: Deletion) -> None:
    """Refuse a deletion that would take other tags along, before anybody is asked to confirm it.

    Raises:
        RefusedError: Other tags need a manifest, and the registry cannot delete a tag alone.
    """
    if deletion.shared_tags and not deletion.deletes_tags_alone:
        raise RefusedError(_refusal(deletion, deletion.shared_tags[0]))


def run_deletion(client: RegistryClient, deletion: Deletion) -> list[str]:
    """Delete; returns a line for each thing that was done.

    Raises:
        RefusedError: Other tags need a manifest, and the registry cannot delete a tag alone.
        OperateError: The registry does not answer.
    """
    require_deletable(deletion)
    done = []
    # First what may be refused, so that a refusal comes before anything is deleted.
    for tag in deletion.shared_tags:
        if not client.delete_tag(deletion.repository, tag):
            raise RefusedError(_refusal(deletion, tag))
        done.append(f"deleted tag {deletion.repository}:{tag}; its manifest stays")
    for digest in deletion.unshared_digests:
        names = ", ".join(tag for tag, own in deletion.digests.items() if own == digest)
        was_there = client.delete_manifest(deletion.repository, digest)
        done.append(f"{'deleted' if was_there else 'already gone:'} {deletion.repository}:{names} ({digest})")
    return done


def _all_tags(client: RegistryClient, repository: str, log: Callable[[int], None]) -> Iterator[str]:
    count, page = 0, client.tags(repository, _PAGE)
    while page is not None and page.names:
        yield from page.names
        count += len(page.names)
        log(count)
        page = client.tags(repository, _PAGE, page.after) if page.after else None


def _required_digests(
    client: RegistryClient, repository: str, stored: StoredManifest | None
) -> frozenset[str]:
    """Return the digests without which a tag is broken: its own, those in its index."""
    if stored is None:
        return frozenset()
    if stored.media_type.partition(";")[0] not in INDEX_TYPES:
        return frozenset({stored.digest})
    index = client.manifest(repository, stored.digest)
    children = parse_manifest(index.content, index.media_type).children if index else ()
    return frozenset({stored.digest, *(child.digest for child in children)})


def _refusal(deletion: Deletion, tag: str) -> str:
    sharers = deletion.sharers[deletion.digests[tag]]
    together = " ".join(f"--delete {sharer}" for sharer in sharers[:3])
    return (
        f"{deletion.repository}:{tag} is not deleted: the registry deletes by digest, and"
        f" {_some(sharers)} would go with it. To delete them all, add {together}; to keep them, push another"
        f" image under {tag} first. Where the images are in S3, a release with `--set version=3.1.1`"
        " deletes a tag alone; Swift needs version 2"
    )


def _some(names: Iterable[str], most: int = 5) -> str:
    listed = list(names)
    rest = len(listed) - most
    return ", ".join(listed[:most]) + (f" and {rest} more" if rest > 0 else "")

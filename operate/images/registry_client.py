"""The requests of the v2 protocol with which images are listed and deleted.

Facts: distribution 2.8.3 and 3.1.1 (registry/handlers, docs/content/spec/api.md). 2.8.3 answers all tags at
once, whatever `n` is, and deletes by digest only; 3.1.1 has pages of tags and deletes a tag by its name.
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from operate.error import OperateError
from operate.images.manifest import ACCEPT
from operate.images.names import check_digest, check_repository, check_tag, clean
from operate.images.transport import Answer, RegistryTransport

_DIGEST_HEADER, _TYPE_HEADER = "docker-content-digest", "content-type"
_MOST_REPOSITORIES = 100
"""Of one request (choice); a registry whose `registryCatalogLimit` is lower is asked for fewer."""


@dataclass(frozen=True)
class NamePage:
    """A page of names, in order.

    Attributes:
        names: Repositories or tags.
        after: Name after which the next page begins; "" on the last one.
    """

    names: tuple[str, ...]
    after: str = ""


@dataclass(frozen=True)
class StoredManifest:
    """A manifest as the registry has it; `content` is empty where only its digest was requested."""

    digest: str
    media_type: str
    content: bytes = b""


class RegistryClient:
    """A v2 registry.

    Args:
        transport: Transport to the registry.
    """

    def __init__(self, transport: RegistryTransport) -> None:
        self._transport = transport

    def repositories(self, count: int, after: str = "") -> NamePage:
        """Return a page of repositories; it may have fewer than there are to come.

        Args:
            count: Largest number of repositories.
            after: Name after which the page begins, which need not exist; "" begins with the first one.

        Raises:
            OperateError: The registry does not answer, or lists what is no name of a repository.
        """
        size = min(count, _MOST_REPOSITORIES)
        while True:
            params = {"n": str(size), **({"last": check_repository(after)} if after else {})}
            answer = self._transport.ask("GET", "/v2/_catalog", {200, 400}, params=params)
            if answer.status == 200:
                break
            if size == 1:
                raise OperateError(
                    f"registry {self._transport.endpoint}: it lists no repositories"
                    f" ({answer.content[:200].decode(errors='replace')!r}); see registryCatalogLimit"
                )
            size //= 2
        names = [check_repository(name) for name in _names(answer, "repositories")]
        # The name in the link may be of no use as a page's first: it is only compared with.
        after = _last_name(answer) or (names[-1] if names else "")
        return NamePage(tuple(names[:size]), check_repository(after) if answer.next_link and names else "")

    def lists(self, repository: str) -> bool:
        """Return whether the list of repositories has one, which may be without tags."""
        # The list begins after a name: a shorter one stands before, and hardly any between.
        shorter = check_repository(repository)[:-1].rstrip("._-/")
        page = self.repositories(_MOST_REPOSITORIES, shorter)
        while repository not in page.names:
            if not page.after or page.after > repository:
                return False
            page = self.repositories(_MOST_REPOSITORIES, page.after)
        return True

    def tags(self, repository: str, count: int, after: str = "") -> NamePage | None:
        """Return a page of a repository's tags; None where there is no such repository.

        Raises:
            OperateError: The registry does not answer, or lists what is no name of a tag.
        """
        path = f"/v2/{check_repository(repository)}/tags/list"
        params = {"n": str(count), **({"last": check_tag(after)} if after else {})}
        answer = self._transport.ask("GET", path, {200, 404}, params=params)
        if answer.status == 404:
            return None
        # What has no pages answers with all tags, those of the pages before as well.
        names = sorted(check_tag(name) for name in _names(answer, "tags") if name > after)
        page = tuple(names[:count])
        has_more = bool(page) and (len(names) > count or bool(answer.next_link))
        return NamePage(page, page[-1] if has_more else "")

    def count_tags(self, repository: str, most: int) -> int:
        """Return how many tags a repository has, `most` where they are that many or more."""
        page = self.tags(repository, most)
        return len(page.names) if page else 0

    def manifest(self, repository: str, reference: str) -> StoredManifest | None:
        """Return a manifest by tag or digest; None where there is none."""
        answer = self._transport.ask("GET", _manifest_path(repository, reference), {200, 404}, accept=ACCEPT)
        return _stored(answer) if answer.status == 200 else None

    def digest(self, repository: str, reference: str) -> StoredManifest | None:
        """Return digest and media type of a manifest; None where there is none."""
        answer = self._transport.ask("HEAD", _manifest_path(repository, reference), {200, 404}, accept=ACCEPT)
        return _stored(answer) if answer.status == 200 else None

    def blob(self, repository: str, digest: str) -> bytes | None:
        """Return a small blob such as a config; None where there is none."""
        path = f"/v2/{check_repository(repository)}/blobs/{check_digest(digest)}"
        answer = self._transport.ask("GET", path, {200, 404})
        return answer.content if answer.status == 200 else None

    def delete_manifest(self, repository: str, digest: str) -> bool:
        """Delete a manifest and every tag of it; returns whether it was there."""
        path = _manifest_path(repository, check_digest(digest))
        return self._transport.ask("DELETE", path, {202, 404}).status == 202

    def deletes_tags_alone(self, repository: str) -> bool:
        """Ask, by a tag that nobody has, whether the registry deletes a tag and leaves its manifest."""
        return self.delete_tag(repository, f"operate-probe-{secrets.token_hex(8)}")

    def delete_tag(self, repository: str, tag: str) -> bool:
        """Delete a tag and leave its manifest; returns whether the registry can do that."""
        path = _manifest_path(repository, check_tag(tag))
        return self._transport.ask("DELETE", path, {202, 400, 404, 405}).status in (202, 404)


def _manifest_path(repository: str, reference: str) -> str:
    checked = check_digest(reference) if ":" in reference else check_tag(reference)
    return f"/v2/{check_repository(repository)}/manifests/{checked}"


def _stored(answer: Answer) -> StoredManifest:
    digest = check_digest(answer.headers.get(_DIGEST_HEADER, ""))
    return StoredManifest(digest, answer.headers.get(_TYPE_HEADER, ""), answer.content)


def _names(answer: Answer, key: str) -> list[str]:
    try:
        document: object = json.loads(answer.content)
    except (ValueError, RecursionError):
        document = None
    listed = document.get(key) if isinstance(document, Mapping) else None
    if listed is None and isinstance(document, Mapping) and key in document:
        return []  # a repository without tags has null
    if not isinstance(listed, list) or not all(isinstance(name, str) for name in listed):
        beginning = clean(answer.content[:100].decode(errors="replace"))
        raise OperateError(
            f"the registry's list has no {key}: {beginning!r}; check that a v2 registry answers there"
        )
    return [str(name) for name in listed]


def _last_name(answer: Answer) -> str:
    """Return `last` of the link to the next page, which leads nowhere else than where this page was."""
    return next(iter(parse_qs(urlsplit(answer.next_link).query).get("last", [])), "")

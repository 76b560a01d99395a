"""A registry's images, page by page, whatever its generation."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from operate.error import NotStartedError
from operate.images.endpoint import LEGACY, RegistryEndpoint
from operate.images.legacy_client import LegacyClient
from operate.images.names import clean, is_own_repository
from operate.images.registry_client import RegistryClient
from operate.images.tagged_image import JOBS, ImageReader, TaggedImage
from operate.images.transport import RegistryTransport

MOST_COUNTED = 10_000
"""Tags of a repository that are counted (choice); beyond, the count is `10,000 or more`."""


@dataclass(frozen=True)
class Repository:
    """A repository, and how many tags it has; MOST_COUNTED stands for that many or more."""

    name: str
    tags: int

    @property
    def purpose(self) -> str:
        """What it is for, where no user pushed it; "" for users' repositories."""
        return "the stack's own checks" if is_own_repository(self.name) else ""


@dataclass(frozen=True)
class RepositoryPage:
    """Repositories in order, and with which the next page begins; "" on the last one."""

    repositories: tuple[Repository, ...]
    after: str = ""


@dataclass(frozen=True)
class ImagePage:
    """A repository's tags in order, and with which the next page begins; "" on the last one."""

    repository: str
    images: tuple[TaggedImage, ...]
    after: str = ""


class Browser(Protocol):
    """Shows a registry's images; may be used by several threads."""

    def repositories(self, count: int, after: str = "") -> RepositoryPage:
        """Return a page of repositories.

        Args:
            count: Largest number of repositories.
            after: Name after which the page begins; "" for the first page.
        """

    def images(self, repository: str, count: int, after: str = "") -> ImagePage:
        """Return a page of what is under a repository's tags.

        Raises:
            NotStartedError: The repository does not exist.
        """


class ModernBrowser:
    """Shows a v2 registry.

    Args:
        client: Client of the registry.
    """

    def __init__(self, client: RegistryClient) -> None:
        self.client = client

    def repositories(self, count: int, after: str = "") -> RepositoryPage:
        """Return a page of repositories."""
        page = self.client.repositories(count, after)
        with ThreadPoolExecutor(JOBS) as pool:
            counts = pool.map(lambda name: self.client.count_tags(name, MOST_COUNTED), page.names)
            repositories = [Repository(name, count) for name, count in zip(page.names, counts, strict=True)]
        return RepositoryPage(tuple(repositories), page.after)

    def images(self, repository: str, count: int, after: str = "") -> ImagePage:
        """Return a page of what is under a repository's tags."""
        page = self.client.tags(repository, count, after)
        if page is None:
            # What was pushed to and lost every tag is listed, and asked for its tags it is unknown.
            if self.client.lists(repository):
                return ImagePage(repository, ())
            raise _missing(repository)
        reader = ImageReader(self.client, repository)
        return ImagePage(repository, tuple(reader.read(page.names)), page.after)


class LegacyBrowser:
    """Shows a v1 registry.

    Args:
        client: Client of the registry.
    """

    def __init__(self, client: LegacyClient) -> None:
        self._client = client

    def repositories(self, count: int, after: str = "") -> RepositoryPage:
        """Return a page of repositories."""
        page = self._client.repositories(count, after)
        return RepositoryPage(tuple(Repository(name, self._count(name)) for name in page.names), page.after)

    def images(self, repository: str, count: int, after: str = "") -> ImagePage:
        """Return a page of what is under a repository's tags."""
        listed = self._client.tags(repository, count, after)
        if listed is None:
            raise _missing(repository)
        page, images = listed
        images_on_page = tuple(self._client.image(tag, images[tag]) for tag in page.names)
        return ImagePage(repository, images_on_page, page.after)

    def _count(self, repository: str) -> int:
        listed = self._client.tags(repository, MOST_COUNTED)
        return len(listed[0].names) if listed else 0


@contextmanager
def open_browser(
    endpoint: RegistryEndpoint, sleep: Callable[[float], None] | None = None
) -> Iterator[ModernBrowser | LegacyBrowser]:
    """Open a registry.

    Args:
        endpoint: Endpoint and credentials of the registry.
        sleep: Waits before a request is repeated; the clock's where it is None.
    """
    transport = RegistryTransport(endpoint, sleep) if sleep else RegistryTransport(endpoint)
    try:
        if endpoint.generation == LEGACY:
            yield LegacyBrowser(LegacyClient(transport))
        else:
            yield ModernBrowser(RegistryClient(transport))
    finally:
        transport.close()


def _missing(repository: str) -> NotStartedError:
    return NotStartedError(
        f"repository {clean(repository)} does not exist; `operate images ENV` lists the repositories"
    )

"""Swift containers, through python-swiftclient in threads. The package is imported at the first call."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from itertools import islice
from typing import TypeVar

from provider.cancellation_token import CancellationToken
from provider.errors import (
    ApiError,
    DeniedError,
    InterruptedCallError,
    NotFoundError,
    RefusedCallError,
    UnreachableError,
)

T = TypeVar("T")
RETRIES = 3
TIMEOUT = 60
"""Tries after the first, with swiftclient's own growing pauses, and seconds for each (choices)."""
TEMP_URL_KEY = "x-container-meta-temp-url-key"
SECOND_TEMP_URL_KEY = "x-container-meta-temp-url-key-2"
"""Swift accepts what either key has signed (swift/common/middleware/tempurl.py)."""


@dataclass(frozen=True)
class SwiftLogin:
    """Who calls which object storage, over v1 auth."""

    auth_url: str
    username: str
    key: str = field(repr=False)


@dataclass(frozen=True)
class TempUrlKeys:
    """The keys that sign TempURLs of a container: the one in use, and a second one that is accepted too."""

    first: str = field(repr=False)
    second: str = field(default="", repr=False)

    @property
    def headers(self) -> Mapping[str, str]:
        """Of a PUT of the container; an empty second key takes away the one that is there."""
        return {TEMP_URL_KEY: self.first, SECOND_TEMP_URL_KEY: self.second}


@dataclass(frozen=True)
class SwiftContainer:
    """A container as it is.

    Attributes:
        storage_url: URL of the account's storage.
        count: Objects in it.
        temp_url_keys: Keys that sign its TempURLs.
        existed: Whether it existed before the call that returns it.
    """

    storage_url: str
    count: int
    temp_url_keys: TempUrlKeys = field(repr=False)
    existed: bool = field(default=True, compare=False)


@dataclass(frozen=True)
class ObjectListing:
    """Objects: their names in the container's order, and the sum of their sizes in bytes."""

    names: tuple[str, ...]
    total: int


async def put_container(
    login: SwiftLogin, name: str, keys: TempUrlKeys, stop: CancellationToken
) -> SwiftContainer:
    """Create the container where it is missing and set its TempURL keys; harmless to repeat."""

    def work(connection: "Connection") -> SwiftContainer:
        response: dict[str, object] = {}
        connection.put_container(name, headers=keys.headers, response_dict=response)
        return replace(_head(connection, name), existed=response.get("status") != HTTPStatus.CREATED)

    return await _call(login, f"creating container {name!r}", work, stop)


async def head_container(login: SwiftLogin, name: str, stop: CancellationToken) -> SwiftContainer:
    """Look at the container.

    Raises:
        NotFoundError: The container does not exist.
    """
    return await _call(login, f"reading container {name!r}", lambda connection: _head(connection, name), stop)


async def delete_container(
    login: SwiftLogin, name: str, stop: CancellationToken, *, with_objects: bool
) -> None:
    """Delete the container, and the objects in it on request; a missing one is fine.

    Raises:
        RefusedCallError: The container still holds objects.
    """

    def work(connection: "Connection") -> None:
        if with_objects:
            for item in connection.get_container(name, full_listing=True)[1]:
                connection.delete_object(name, item["name"])
        connection.delete_container(name)

    try:
        await _call(login, f"deleting container {name!r}", work, stop)
    except NotFoundError:
        return


async def list_containers(login: SwiftLogin, stop: CancellationToken) -> tuple[str, ...]:
    """Return the names of the account's containers, page by page."""

    def work(connection: "Connection") -> tuple[str, ...]:
        return tuple(item["name"] for item in connection.get_account(full_listing=True)[1])

    return await _call(login, "listing the containers", work, stop)


async def find_containers(
    login: SwiftLogin, stop: CancellationToken, *, except_for: Collection[str] = (), most: int
) -> tuple[str, ...]:
    """Return the names of the account's first containers, each of which is read.

    The account's listing alone has a container for a while after it was deleted: Swift's container servers
    tell their account later when it is busy.

    Args:
        login: Login of a user of the account.
        stop: Stop that ends the wait.
        except_for: Names that are passed over.
        most: Names at which it stops to look.
    """

    def exists(connection: "Connection", name: str) -> bool:
        from swiftclient.exceptions import ClientException

        try:
            connection.head_container(name)
        except ClientException as error:
            if error.http_status == HTTPStatus.NOT_FOUND:
                return False
            raise
        return True

    def work(connection: "Connection") -> tuple[str, ...]:
        listed = (item["name"] for item in connection.get_account(full_listing=True)[1])
        existing = (name for name in listed if name not in except_for and exists(connection, name))
        return tuple(islice(existing, most))

    return await _call(login, "looking at the containers", work, stop)


async def list_objects(
    login: SwiftLogin, container: str, prefix: str, stop: CancellationToken
) -> ObjectListing:
    """List objects whose names begin with the prefix ("" for all), page by page."""

    def work(connection: "Connection") -> ObjectListing:
        records = connection.get_container(container, prefix=prefix or None, full_listing=True)[1]
        return ObjectListing(
            tuple(item["name"] for item in records), sum(int(item["bytes"]) for item in records)
        )

    return await _call(login, f"listing container {container!r}", work, stop)


class Connection:
    """The part of swiftclient.client.Connection that is used, with types."""

    def put_container(self, name: str, headers: Mapping[str, str], response_dict: dict[str, object]) -> None:
        """PUT the container; 201 means that it did not exist before."""
        raise NotImplementedError(response_dict)

    def head_container(self, name: str) -> Mapping[str, str]:
        """HEAD the container."""
        raise NotImplementedError

    def get_account(self, *, full_listing: bool = False) -> tuple[Mapping[str, str], list[dict[str, str]]]:
        """GET the account."""
        raise NotImplementedError

    def get_container(
        self, name: str, prefix: str | None = None, *, full_listing: bool = False
    ) -> tuple[Mapping[str, str], list[dict[str, str]]]:
        """GET the container."""
        raise NotImplementedError

    def delete_object(self, container: str, name: str) -> None:
        """DELETE an object."""

    def delete_container(self, name: str) -> None:
        """DELETE the container."""

    def get_auth(self) -> tuple[str, str]:
        """Storage URL and token."""
        raise NotImplementedError


def _head(connection: Connection, name: str) -> SwiftContainer:
    headers = connection.head_container(name)
    storage_url, _ = connection.get_auth()
    keys = TempUrlKeys(headers.get(TEMP_URL_KEY, ""), headers.get(SECOND_TEMP_URL_KEY, ""))
    return SwiftContainer(storage_url, int(headers.get("x-container-object-count", "0")), keys)


async def _call(login: SwiftLogin, doing: str, work: Callable[[Connection], T], stop: CancellationToken) -> T:
    def blocking() -> T:
        import swiftclient.client
        from swiftclient.exceptions import ClientException

        connection = swiftclient.client.Connection(
            authurl=login.auth_url,
            user=login.username,
            key=login.key,
            auth_version="1",
            retries=RETRIES,
            timeout=TIMEOUT,
            max_backoff=8,
        )
        try:
            return work(connection)
        except ClientException as error:
            raise _as_provider_error(login, doing, error.http_status, error.http_reason, str(error)) from None
        except OSError as error:
            raise UnreachableError(
                f"Cannot reach the object storage at {login.auth_url} while {doing} "
                f"({type(error).__name__}). "
                "Check that it is up; run the same command again."
            ) from None
        finally:
            connection.close()

    return await stop.race(asyncio.to_thread(blocking))


def _as_provider_error(
    login: SwiftLogin, doing: str, status: int | None, reason: str | None, words: str
) -> ApiError:
    where = f"{doing} at {login.auth_url} as {login.username}"
    if status in (401, 403) or "Unauthorized" in words:
        return DeniedError(
            f"The object storage refuses the credentials while {where}. Check username and key."
        )
    if status == 404:
        return NotFoundError(f"{where}: not found", "404")
    if status == 409:
        return RefusedCallError(
            f"{where}: the container still holds objects. Empty it, or set forceDestroy and run pulumi up "
            "before destroying it.",
            "409",
        )
    if status is None and ("connection" in words.lower() or "refused" in words.lower()):
        return UnreachableError(f"Cannot reach the object storage: {where}. Check that it is up; run again.")
    return InterruptedCallError(
        f"{where}: HTTP {status} {reason or ''}".strip() + ". Run again.", str(status)
    )

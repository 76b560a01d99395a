"""Objects in the registry's own container, under `operate/`; the registry writes beside it."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Protocol, TypeVar, cast

from swiftclient.exceptions import ClientException

from messages.network_failure import describe_network_failure
from messages.progress import step
from operate.stack.facts import SwiftFacts
from operate.store.object_store import Stored, StoreError, UnusableStoreError
from operate.store.swift_connections import SwiftConnections

T = TypeVar("T")

_TRIES, _PAUSE = 4, 0.25
_TIMEOUT = 10.0
"""Tries, seconds before the second one, doubled for the next, and seconds without a byte (choices): together
less than a lock's time to live, so that a heartbeat either comes in time or is known not to."""


_WAIT = "check that the object storage is up, then run the command again"
_NEW_KEY = (
    "it does not accept the key that the state has. If another one was created in the portal, `operate rotate"
    " swift-key ENV` brings it live: registries that run keep their token until it expires"
)
"""What helps where the storage does not answer, and where it refuses the login."""


class _Connection(Protocol):
    """The part of swiftclient.client.Connection that is used, with types."""

    def get_object(self, container: str, name: str) -> tuple[Mapping[str, str], bytes]: ...

    def put_object(
        self, container: str, name: str, contents: bytes, *, content_type: str, headers: Mapping[str, str]
    ) -> str: ...

    def delete_object(self, container: str, name: str) -> None: ...

    def head_container(self, container: str) -> Mapping[str, str]: ...

    def get_container(
        self, name: str, *, prefix: str, full_listing: bool
    ) -> tuple[Mapping[str, str], list[Mapping[str, object]]]: ...


class SwiftStore:
    """An object store in Swift; may be used by several threads.

    Args:
        access: The container.
        sleep: Waits so many seconds between tries.
    """

    def __init__(self, access: SwiftFacts, sleep: Callable[[float], None] = time.sleep) -> None:
        self._access = access
        self._sleep = sleep
        self._connections = SwiftConnections(
            access.auth_url, access.username, access.key, retries=0, timeout=_TIMEOUT
        )

    def get(self, name: str) -> Stored | None:
        """Return an object; None where it is not there."""
        try:
            headers, content = self._retry(
                f"reading {name}", lambda: self._connection().get_object(self._access.container, name)
            )
        except _AbsentError:
            return None
        return Stored(content, _age(headers))

    def put(self, name: str, content: bytes) -> None:
        """Write an object, over one that is there."""
        self._write(name, content, {})

    def create(self, name: str, content: bytes) -> bool:
        """Write an object that is not there yet; False where it is.

        An attempt whose response was lost is recognised by the content of the object.
        """
        try:
            self._write(name, content, {"If-None-Match": "*"})
        except _TakenError:
            stored = self.get(name)
            return stored is not None and stored.content == content
        return True

    def delete(self, name: str) -> None:
        """Take an object away; nothing to do where it is not there."""
        try:
            self._retry(
                f"deleting {name}", lambda: self._connection().delete_object(self._access.container, name)
            )
        except _AbsentError:
            return

    def names(self, prefix: str) -> Sequence[str]:
        """List the names that begin so, sorted.

        Raises:
            UnusableStoreError: The container does not exist any more.
            StoreError: Swift does not answer.
        """
        try:
            _, entries = self._retry(
                f"listing {prefix}",
                lambda: self._connection().get_container(
                    self._access.container, prefix=prefix, full_listing=True
                ),
            )
        except _AbsentError:
            raise self._missing_container_error() from None
        return sorted(str(entry["name"]) for entry in entries)

    def now(self) -> datetime:
        """Return the time in UTC by Swift's clock, to the second.

        Raises:
            UnusableStoreError: The container does not exist any more.
            StoreError: Swift does not answer.
        """
        try:
            headers = self._retry(
                "reading the time", lambda: self._connection().head_container(self._access.container)
            )
        except _AbsentError:
            raise self._missing_container_error() from None
        return parsedate_to_datetime(headers["date"])

    def _missing_container_error(self) -> UnusableStoreError:
        location = f"container {self._access.container} at {self._access.auth_url}"
        return UnusableStoreError(f"{location} does not exist any more")

    def _write(self, name: str, content: bytes, headers: Mapping[str, str]) -> None:
        self._retry(
            f"writing {name}",
            lambda: self._connection().put_object(
                self._access.container, name, content, content_type="application/json", headers=headers
            ),
        )

    def _connection(self) -> _Connection:
        return cast(_Connection, self._connections.connection())

    def _retry(self, action: str, work: Callable[[], T]) -> T:
        for number in _attempts(self._sleep):
            try:
                with step(f"object storage, {action}"):
                    return work()
            except ClientException as error:
                if error.http_status == 404:
                    raise _AbsentError(self._failure(action, "it does not exist")) from None
                if error.http_status == 412:
                    raise _TakenError(self._failure(action, "it exists already")) from None
                if error.http_status in (401, 403) or "Unauthorized" in str(error):
                    self._connections.renew()
                if number == _TRIES:
                    detail = f"{error.http_status or 'no answer'} {error.http_reason or 'from Swift'}"
                    if _is_refused(error):
                        raise UnusableStoreError(self._failure(action, detail, _NEW_KEY)) from None
                    raise StoreError(self._failure(action, detail)) from None
            except OSError as error:
                if number == _TRIES:
                    raise StoreError(self._failure(action, describe_network_failure(error))) from None
        raise AssertionError("unreachable")

    def _failure(self, action: str, detail: str, remedy: str = _WAIT) -> str:
        location = f"container {self._access.container} at {self._access.auth_url}"
        return f"{location}: {action}: {detail}; {remedy}"


def _is_refused(error: ClientException) -> bool:
    return error.http_status == 401 or "Unauthorized" in str(error)


class _AbsentError(StoreError):
    """An object is not there."""


class _TakenError(StoreError):
    """An object is there already."""


def _attempts(sleep: Callable[[float], None]) -> Iterator[int]:
    yield 1
    for number in range(2, _TRIES + 1):
        sleep(_PAUSE * 2 ** (number - 2))
        yield number


def _age(headers: Mapping[str, str]) -> float:
    """Seconds between writing and this answer, by Swift; its Date has whole seconds only."""
    now = parsedate_to_datetime(headers["date"]).timestamp()
    return max(0.0, now - float(headers["x-timestamp"]))

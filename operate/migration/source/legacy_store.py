"""The legacy registry's container, read with python-swiftclient; nothing is ever written to it."""

from collections.abc import Callable, Iterator, Mapping
from typing import Protocol, TypeVar, cast

from swiftclient.exceptions import ClientException

from messages.network_failure import describe_network_failure
from operate.error import LostError, OperateError
from operate.migration.access import SwiftAccess
from operate.migration.source.layer import LayerStream
from operate.migration.source.layout import StoredObject, prefix
from operate.store.swift_connections import SwiftConnections

T = TypeVar("T")

_PIECE = 1 << 20
_RETRIES = 4
_TIMEOUT = 120.0
"""Tries after the first, with swiftclient's own growing pauses, and seconds without a byte (choices)."""


class LegacyStoreError(OperateError):
    """The container refuses or cannot be reached."""


class _Connection(Protocol):
    """The part of swiftclient.client.Connection that is used, with types."""

    def get_container(
        self, name: str, *, prefix: str, full_listing: bool
    ) -> tuple[Mapping[str, str], list[dict[str, object]]]: ...

    def get_object(
        self, container: str, name: str, resp_chunk_size: int
    ) -> tuple[Mapping[str, str], Iterator[bytes]]: ...

    def close(self) -> None: ...


class LegacyStore:
    """A container with legacy images; may be used by several threads.

    Args:
        access: Container and its credentials.
    """

    def __init__(self, access: SwiftAccess) -> None:
        self._access = access
        self._connections = SwiftConnections(
            access.auth_url, access.username, access.key, retries=_RETRIES, timeout=_TIMEOUT
        )

    def listing(self) -> list[StoredObject]:
        """List all that the legacy registry stored.

        Raises:
            LegacyStoreError: The container cannot be listed.
        """
        start = prefix(self._access.storage_path)
        _, entries = self._with_clear_errors(
            "listing",
            lambda: self._connection().get_container(self._access.container, prefix=start, full_listing=True),
        )
        return [
            StoredObject(str(entry["name"]), int(str(entry["bytes"])), str(entry["hash"]))
            for entry in entries
        ]

    def read(self, name: str) -> bytes | None:
        """Return a small object's content; None where it is not there.

        Raises:
            LegacyStoreError: The object cannot be read.
        """
        try:
            return self._with_clear_errors(f"reading {name}", lambda: b"".join(self._open(name)[1]))
        except _AbsentError:
            return None

    def stream(self, name: str) -> LayerStream:
        """Open a layer's object.

        Raises:
            LegacyStoreError: The object cannot be opened; its pieces raise the same.
        """
        headers, pieces = self._with_clear_errors(f"reading {name}", lambda: self._open(name))
        segmented = "x-object-manifest" in headers or "x-static-large-object" in headers
        return LayerStream(None if segmented else headers.get("etag"), self._pieces(name, pieces))

    def _pieces(self, name: str, pieces: Iterator[bytes]) -> Iterator[bytes]:
        while True:
            piece = self._with_clear_errors(f"reading {name}", lambda: next(pieces, b""))
            if not piece:
                return
            yield piece

    def _open(self, name: str) -> tuple[Mapping[str, str], Iterator[bytes]]:
        return self._connection().get_object(self._access.container, name, resp_chunk_size=_PIECE)

    def _connection(self) -> _Connection:
        return cast(_Connection, self._connections.connection())

    def _with_clear_errors(self, doing: str, work: Callable[[], T]) -> T:
        where = f"container {self._access.container} at {self._access.auth_url}: {doing}"
        try:
            return work()
        except ClientException as error:
            if error.http_status == 404 and doing != "listing":
                raise _AbsentError(f"{where}: it does not exist any more; run the command again") from None
            raise _refusal(where, error) from None
        except OSError as error:
            raise LostError(
                f"{where}: cannot be reached ({describe_network_failure(error)}); check that it is up, then"
                " run the command again"
            ) from None


class _AbsentError(LegacyStoreError):
    """An object is not there."""


def _refusal(where: str, error: ClientException) -> OperateError:
    if error.http_status in (401, 403) or "Unauthorized" in str(error):
        return LostError(f"{where}: the credentials are refused; check username and key")
    if error.http_status == 404:
        return LostError(f"{where}: there is no such container; check its name (option --container)")
    detail = f"{error.http_status or 'no answer'} {error.http_reason or error}"
    return LegacyStoreError(f"{where}: {detail}; run the command again")

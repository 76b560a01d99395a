"""How much the images take in the object storage."""

import threading
import time
from collections.abc import Callable
from typing import Protocol, cast

from swiftclient.exceptions import ClientException

from operate.error import OperateError
from operate.stack.facts import SwiftFacts
from operate.store.bounded_questions import QUESTION_SECONDS, BoundedQuestions
from operate.store.swift_connections import SwiftConnections

_SECONDS = 60.0
"""For which an answer counts (choice): Swift adds up a container's bytes no faster."""


class _Connection(Protocol):
    """The part of swiftclient.client.Connection that is used, with types."""

    def head_container(self, container: str) -> dict[str, str]: ...


class SwiftUse:
    """Bytes in the registry's container; may be used by several threads.

    Args:
        swift: Container and its credentials.
    """

    def __init__(self, swift: SwiftFacts) -> None:
        self._swift = swift
        self._connections = SwiftConnections(
            swift.auth_url, swift.username, swift.key, retries=1, timeout=10.0
        )

    def __call__(self) -> int:
        """Return the bytes of all objects.

        Raises:
            OperateError: Swift does not answer.
        """
        connection = cast(_Connection, self._connections.connection())
        try:
            return int(connection.head_container(self._swift.container)["x-container-bytes-used"])
        except (ClientException, OSError, KeyError, ValueError) as error:
            self._connections.renew()
            raise OperateError(
                f"container {self._swift.container} at {self._swift.auth_url}: its size cannot be had"
                f" ({type(error).__name__}); see `operate status ENV`"
            ) from None


class CachedUse:
    """Asks again once an answer is old; may be used by several threads.

    Args:
        ask: Returns the bytes; raises OperateError.
        seconds: Seconds for which an answer counts.
    """

    def __init__(self, ask: Callable[[], int], seconds: float = _SECONDS) -> None:
        self._ask, self._seconds = ask, seconds
        self._lock = threading.Lock()
        self._read_at = float("-inf")
        self._bytes: int | None = None

    def __call__(self) -> int | None:
        """Return the bytes; None where they cannot be had now."""
        with self._lock:
            if time.monotonic() - self._read_at > self._seconds:
                self._read_at = time.monotonic()
                try:
                    self._bytes = self._ask()
                except OperateError:
                    self._bytes = None
            return self._bytes


def storage_use(swift: SwiftFacts | None) -> Callable[[], int | None]:
    """Return a function that reads the bytes of the images.

    Args:
        swift: Container of the registry; None where the images are in another storage, whose size cannot be
            had without a look at every object.
    """
    return CachedUse(bounded_use(SwiftUse(swift))) if swift else lambda: None


def bounded_use(ask: Callable[[], int], seconds: float = QUESTION_SECONDS) -> Callable[[], int]:
    """Return a function that asks, and gives up on a slow storage.

    Args:
        ask: Returns the bytes.
        seconds: Seconds for an answer.
    """
    questions = BoundedQuestions(seconds)

    def ask_in_time() -> int:
        questions.renew()
        return questions.ask(ask)

    return ask_in_time

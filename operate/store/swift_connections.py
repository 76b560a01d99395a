"""Connections to Swift: one of swiftclient's serves one thread, so each thread has its own."""

import threading

import swiftclient


class SwiftConnections:
    """Connections of one user, each made at the first request of its thread.

    Args:
        auth_url: URL of v1 authentication.
        username: Account and user.
        key: Key of the user. Secret.
        retries: Retries after the first try, with swiftclient's own growing pauses, 8 s at most (a choice).
        timeout: Seconds without a byte.
    """

    def __init__(self, auth_url: str, username: str, key: str, *, retries: int, timeout: float) -> None:
        self._arguments = {
            "authurl": auth_url,
            "user": username,
            "key": key,
            "auth_version": "1",
            "retries": retries,
            "timeout": timeout,
            "max_backoff": 8,
        }
        self._thread = threading.local()

    def connection(self) -> object:
        """Return the calling thread's connection; it has no types, so callers name the part they use."""
        connection: object = getattr(self._thread, "connection", None)
        if connection is None:
            connection = self._thread.connection = swiftclient.Connection(**self._arguments)
        return connection

    def renew(self) -> None:
        """Let the calling thread's next use log in again: a token has an end."""
        self._thread.connection = None

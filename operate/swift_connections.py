"""Connections to Swift: one of swiftclient's serves one thread, so each thread has its own."""

import threading

import swiftclient


class SwiftConnections:
    """Connections of one user, each made when its thread first asks.

    Args:
        auth_url: of v1 authentication.
        username: account and user.
        key: secret.
        retries: after the first try, with swiftclient's own growing pauses, 8 s at most (a choice).
        timeout: seconds without a byte.
    """

    def __init__(self, auth_url: str, username: str, key: str, *, retries: int, timeout: float) -> None:
        self._made = {
            "authurl": auth_url,
            "user": username,
            "key": key,
            "auth_version": "1",
            "retries": retries,
            "timeout": timeout,
            "max_backoff": 8,
        }
        self._own = threading.local()

    def own(self) -> object:
        """Return the calling thread's connection; it has no types, so callers name the part they use."""
        made: object = getattr(self._own, "connection", None)
        if made is None:
            made = self._own.connection = swiftclient.Connection(**self._made)
        return made

    def renew(self) -> None:
        """Let the calling thread's next use log in again: a token has an end."""
        self._own.connection = None

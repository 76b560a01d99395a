"""HTTP to one registry, which alone gets the password."""

import ssl
from collections.abc import Collection
from typing import Protocol

import httpx

from operate.servers.pinned_transport import PinnedTransport


class NoAuthorityError(ValueError):
    """What is to be the registry's certificate authority is no PEM."""


class RegistryLocation(Protocol):
    """Where a registry is, and as whom to log in."""

    @property
    def endpoint(self) -> str:
        """`https://HOST:PORT`."""

    @property
    def user(self) -> str:
        """User of it."""

    @property
    def password(self) -> str:
        """Password of that user. Secret."""

    @property
    def authority(self) -> str:
        """PEM; "" where the system's are enough."""

    @property
    def storage_origins(self) -> Collection[str]:
        """Where it redirects clients to, without their password."""


def open_registry(location: RegistryLocation, timeout: httpx.Timeout, agent: str) -> httpx.Client:
    """Return a client of a registry; several threads may use it.

    Args:
        location: URL of the registry.
        timeout: Timeout of each request.
        agent: Name of the client, as the registry's log has it.

    Raises:
        NoAuthorityError: The authority cannot be read.
    """
    endpoint = location.endpoint.rstrip("/")
    transport = httpx.HTTPTransport(verify=_trust(location.authority))
    return httpx.Client(
        base_url=endpoint,
        auth=(location.user, location.password),
        transport=PinnedTransport(transport, [endpoint], location.storage_origins),
        timeout=timeout,
        headers={"User-Agent": agent},
    )


def _trust(authority: str) -> ssl.SSLContext:
    """Return the registry's authority and the system's, since a redirect leads to the object storage."""
    trusted = ssl.create_default_context()
    try:
        if authority:
            trusted.load_verify_locations(cadata=authority)
    except (ssl.SSLError, ValueError):
        raise NoAuthorityError from None
    return trusted

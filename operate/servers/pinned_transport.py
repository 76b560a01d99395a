"""A transport of HTTP requests that leads to pinned origins only.

What a registry answers, and what clients asked it for, decides paths of the operator's own requests. It must
never decide whom the operator's password is sent to.
"""

from collections.abc import Collection

import httpx

from operate.error import OperateError


class ForeignOriginError(OperateError):
    """A request would have gone to an origin that is not pinned."""


class PinnedTransport(httpx.BaseTransport):
    """Refuses every request to another origin than those named, before anything is sent.

    Args:
        inner: Transport that makes the requests.
        origins: Origins, `SCHEME://HOST[:PORT]`.
        storage_origins: Origins for requests without credentials alone, which a registry redirects into its
            object storage.
    """

    def __init__(
        self, inner: httpx.BaseTransport, origins: Collection[str], storage_origins: Collection[str] = ()
    ) -> None:
        self._inner = inner
        self._origins = frozenset(origin_of(httpx.URL(origin)) for origin in origins)
        self._storage_origins = frozenset(origin_of(httpx.URL(origin)) for origin in storage_origins)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Make a request.

        Raises:
            ForeignOriginError: The request leads to another origin.
        """
        origin = origin_of(request.url)
        anonymous = not {"authorization", "cookie"} & {name.lower() for name in request.headers}
        allowed = self._origins | (self._storage_origins if anonymous else frozenset())
        if origin not in allowed:
            raise ForeignOriginError(
                f"{request.method} to {origin} refused: it is none of {', '.join(sorted(allowed))};"
                " somebody redirects the operator elsewhere, so check the registry's log before you continue"
            )
        return self._inner.handle_request(request)

    def close(self) -> None:
        """Close the inner one."""
        self._inner.close()


def origin_of(url: httpx.URL) -> str:
    """Return `SCHEME://HOST:PORT` of an address, the port always named."""
    port = url.port or {"http": 80, "https": 443}.get(url.scheme, 0)
    host = f"[{url.host}]" if ":" in url.host else url.host
    return f"{url.scheme}://{host}:{port}"

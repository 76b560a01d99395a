"""The SoftLayer API: the official package over XML-RPC in threads, with this provider's own retries.

The package is imported at the first call, since the plugin must answer its handshake at once.
"""

import asyncio
import random
import threading
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import TYPE_CHECKING, Protocol

from provider.cancellation_token import CancellationToken
from provider.errors import ApiError, CancelledError, RateLimitedError
from provider.settings import ProviderSettings
from provider.softlayer.faults import as_api_error
from provider.softlayer.rate_limit import RateLimit
from provider.softlayer.retry import RetryPolicy, worth_retrying

if TYPE_CHECKING:
    from requests.adapters import BaseAdapter

THREADS = 16
"""Calls at once; at 40 calls a second and 0.3 s each, 12 are busy (choice)."""
CONNECT_TIMEOUT = 10.0
"""Seconds to make a connection (choice)."""

ORDER_GRACE = 0.7
"""Seconds; Cancel is to be answered within one."""


class Caller(Protocol):
    """The part of SoftLayer.BaseClient that is used."""

    def call(self, service: str, method: str, *args: object, **options: object) -> object:
        """Make one call; blocks."""


class SoftLayerApi:
    """Calls by intent: `read` and `write` may be repeated and are, `order` is sent at most once."""

    def __init__(
        self,
        settings: ProviderSettings,
        stop: CancellationToken,
        retry: RetryPolicy | None = None,
        connect: Callable[[ProviderSettings], Caller] | None = None,
        threads: Executor | None = None,
    ) -> None:
        """Nothing is called or imported yet.

        Args:
            settings: The account.
            stop: Stop that ends waits on Cancel.
            retry: Pauses between tries.
            connect: Makes a client for a thread; the official package's by default.
            threads: Threads in which calls block; `THREADS` of its own by default.
        """
        self.endpoint = settings.endpoint_url
        self._settings = settings
        self._stop = stop
        self._retry = retry or RetryPolicy()
        self._connect = connect or official_client
        self._limit = RateLimit(settings.rate_limit)
        self._threads = threads or ThreadPoolExecutor(THREADS, thread_name_prefix="softlayer")
        self._mine = threading.local()
        self._dice = random.Random()  # noqa: S311 - jitter

    async def read(self, service: str, method: str, *args: object, **options: object) -> object:
        """Call something that changes nothing; tried again on lost answers and rate limits.

        Args:
            service: Service without the `SoftLayer_` prefix.
            method: The method.
            args: Arguments of the method.
            options: `id`, `mask`, `filter`, `limit`, `offset` as in SoftLayer.BaseClient.call.

        Raises:
            ApiError: The last try's error.
            CancelledError: Cancel came.
        """
        pauses = self._retry.pauses(self._dice)
        while True:
            try:
                return await self._once(service, method, args, options)
            except ApiError as error:
                pause = next(pauses, None)
                if pause is None or not worth_retrying(error):
                    raise
                await self._stop.sleep(pause)

    async def once(self, service: str, method: str, *args: object, **options: object) -> object:
        """Call something that changes nothing and that can be done without: never tried again; as `read`."""
        return await self._once(service, method, args, options)

    async def write(self, service: str, method: str, *args: object, **options: object) -> object:
        """Call something that has the same effect once or twice; else as `read`."""
        return await self.read(service, method, *args, **options)

    async def order(self, service: str, method: str, *args: object, **options: object) -> object:
        """Call something that costs money: sent at most once, whatever happens.

        Raises:
            InterruptedCallError: The call may or may not have been executed.
            ApiError: Any other kind: it was not done.
            CancelledError: Cancel came; it may or may not have been done. An answer that comes within
                `ORDER_GRACE` seconds of Cancel is still taken, since it carries the id.
        """
        return await self._once(service, method, args, options, ORDER_GRACE)

    async def _once(
        self,
        service: str,
        method: str,
        args: tuple[object, ...],
        options: dict[str, object],
        grace: float = 0.0,
    ) -> object:
        await self._stop.race(self._limit.take())
        loop = asyncio.get_running_loop()
        call = loop.run_in_executor(self._threads, self._blocking, service, method, args, options)
        try:
            return await self._stop.race(asyncio.shield(call))
        except RateLimitedError:
            self._limit.refused()
            raise
        except CancelledError:
            await asyncio.wait({call}, timeout=grace)
            if grace and call.done():
                return call.result()
            call.add_done_callback(_drop)
            raise

    def _blocking(
        self, service: str, method: str, args: tuple[object, ...], options: dict[str, object]
    ) -> object:
        client: Caller | None = getattr(self._mine, "client", None)
        if client is None:
            client = self._mine.client = self._connect(self._settings)
        try:
            return client.call(service, method, *args, **options)
        except Exception as fault:
            self._mine.client = None
            raise as_api_error(f"{service}::{method}", self.endpoint, fault) from None


def _drop(call: asyncio.Future[object]) -> None:
    """Take the outcome of a call that nobody waits for any more, so that it is not reported as lost."""
    if not call.cancelled():
        call.exception()


def official_client(settings: ProviderSettings, adapter: "BaseAdapter | None" = None) -> Caller:
    """Return the official package's client over XML-RPC, for one thread.

    Its transport has urllib3 repeat calls by itself over https: also an order whose answer broke within TLS,
    for which urllib3 takes any method, though it may have been accepted. So that is turned off; what is worth
    repeating is repeated here.

    Args:
        settings: The account.
        adapter: Adapter that carries the requests; plain HTTP without repeats by default.
    """
    import SoftLayer
    from requests.adapters import HTTPAdapter
    from SoftLayer.auth import BasicAuthentication, BasicHTTPAuthentication
    from SoftLayer.transports import XmlRpcTransport

    transport = XmlRpcTransport(
        endpoint_url=settings.endpoint_url, timeout=(CONNECT_TIMEOUT, settings.timeout)
    )
    carrier = adapter or HTTPAdapter(max_retries=0)
    for prefix in ("https://", "http://"):
        transport.client.mount(prefix, carrier)
    scheme = BasicHTTPAuthentication if settings.username == "apikey" else BasicAuthentication
    client: Caller = SoftLayer.BaseClient(
        auth=scheme(settings.username, settings.api_key), transport=transport, config_file="/dev/null"
    )
    return client

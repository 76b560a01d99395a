"""What the dashboard shows beside a stack's status: storage used, cost, images."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from operate.error import OperateError
from operate.images.browser import Browser, ImagePage, RepositoryPage, open_browser
from operate.images.endpoint import RegistryEndpoint, parse_endpoints, select_endpoint

RENEWAL_SECONDS = 60.0
"""After which a dashboard reads outputs and facts once more (choice): each takes a second or two."""


@dataclass(frozen=True)
class Cost:
    """What the stack's servers cost in USD: an hour, of what goes by the hour, and all of it a month."""

    hourly: float
    monthly: float


@dataclass(frozen=True)
class Figures:
    """Bytes that the images take, and the cost; None where that is not known."""

    storage_bytes: int | None = None
    cost: Cost | None = None


def parse_cost(outputs: Mapping[str, object]) -> Cost | None:
    """Return a stack's cost from its output `cost`; None where it has none, or prices are unknown."""
    cost = outputs.get("cost")
    values = [cost.get(key) for key in ("hourly", "monthly")] if isinstance(cost, Mapping) else []
    numbers = [float(value) for value in values if isinstance(value, int | float)]
    return Cost(*numbers) if len(numbers) == 2 else None


class StackOutputs:
    """A stack's outputs, read once a minute, since that takes seconds; may be used by several threads.

    Args:
        ask: Returns the outputs; raises OperateError.
        clock: Returns monotonic seconds.
    """

    def __init__(
        self, ask: Callable[[], Mapping[str, object]], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._ask, self._clock, self._lock = ask, clock, threading.Lock()
        self._outputs: Mapping[str, object] | None = None
        self._read_at = float("-inf")

    def __call__(self) -> Mapping[str, object]:
        """Return them; those that were read before where they cannot be read now.

        Raises:
            OperateError: The outputs cannot be read, and never were.
        """
        with self._lock:
            if self._outputs is not None and self._clock() - self._read_at < RENEWAL_SECONDS:
                return self._outputs
            try:
                self._outputs = self._ask()
            except OperateError:
                if self._outputs is None:
                    raise
            self._read_at = self._clock()
            return self._outputs


class StackBrowser:
    """A stack's images, of the newest generation that runs; opened at the first request, and where it moves.

    Args:
        environment: Name of the stack, for messages.
        outputs: Returns the stack's outputs; raises OperateError.
    """

    def __init__(self, environment: str, outputs: Callable[[], Mapping[str, object]]) -> None:
        self._environment, self._outputs = environment, outputs
        self._lock, self._opened = threading.Lock(), ExitStack()
        self._browser: Browser | None = None
        self._endpoint: RegistryEndpoint | None = None

    def repositories(self, count: int, after: str = "") -> RepositoryPage:
        """Return a page of repositories."""
        return self._open().repositories(count, after)

    def images(self, repository: str, count: int, after: str = "") -> ImagePage:
        """Return a page of what is under a repository's tags."""
        return self._open().images(repository, count, after)

    def close(self) -> None:
        """Close the connections."""
        self._opened.close()

    def _open(self) -> Browser:
        with self._lock:
            endpoint = select_endpoint(parse_endpoints(self._environment, self._outputs()), "")
            if self._browser is None or endpoint != self._endpoint:
                # The one before may still answer another thread, and is closed at the end.
                self._browser = self._opened.enter_context(open_browser(endpoint))
                self._endpoint = endpoint
            return self._browser


@contextmanager
def open_stack_browser(
    environment: str, outputs: Callable[[], Mapping[str, object]]
) -> Iterator[StackBrowser]:
    """Close what was opened at the end."""
    browser = StackBrowser(environment, outputs)
    try:
        yield browser
    finally:
        browser.close()

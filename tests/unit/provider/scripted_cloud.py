"""A cloud that answers from a script, in time that costs nothing: for what no real one can be brought to do.

An answer that never comes, a server that is never ready, a list that shows two where one was ordered:
handlers meet them here; all that a cloud does do, they meet in `tests/provider`.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import ParamSpec, TypeVar

from provider.cancellation_token import CancellationToken
from provider.open_session import open_session
from provider.redaction import Redactor
from provider.resources.contract import Target
from provider.session import Session
from provider.softlayer.api import SoftLayerApi
from tests.support.provider.provider_session import SETTINGS, Silent
from tests.support.virtual_time import VirtualTimeLoop

P = ParamSpec("P")
T = TypeVar("T")


class FaultError(Exception):
    """As SoftLayer.exceptions.SoftLayerAPIError."""

    def __init__(self, code: object, words: str) -> None:
        super().__init__(words)
        self.faultCode = code
        self.faultString = words


MISSING = FaultError("SoftLayer_Exception_ObjectNotFound", "Unable to find object with id of '7'.")
REFUSED = FaultError("SoftLayer_Exception_Public", "That is not possible.")
LIMITED = FaultError("SoftLayer_Exception_WebService_RateLimitExceeded", "Rate limit of 50 exceeded.")
LOST_ANSWER = FaultError(0, "Connection reset by peer")


USUAL: Mapping[str, Sequence[object]] = {
    "Account::getObject": [{"id": 12345}],
    "Account::getAllBillingItems": [[{"id": 1}]],
    "Billing_Order::getObject": [{"status": "APPROVED"}],
}
"""What any account answers, where the script has no other."""


class _AtOnce(Executor):
    """Calls block nobody: the script has its answer ready."""

    def submit(self, work: Callable[P, T], /, *args: P.args, **options: P.kwargs) -> "Future[T]":
        future: Future[T] = Future()
        try:
            future.set_result(work(*args, **options))
        except Exception as error:
            future.set_exception(error)
        return future


@dataclass
class ScriptedCloud:
    """Answers each `Service::method` by its list: in turn, the last one ever after; exceptions are raised.

    Attributes:
        script: the answers.
        calls: what was called, in order, with its arguments.
        stop: what Cancel throws; of the process that runs.
        user_log: messages to the user.
    """

    script: Mapping[str, Sequence[object]]
    calls: list[tuple[str, tuple[object, ...]]] = field(default_factory=list)
    stop: CancellationToken = field(default_factory=CancellationToken)
    user_log: Silent = field(default_factory=Silent)
    _counts: Counter[str] = field(default_factory=Counter, init=False)

    def call(self, service: str, method: str, *args: object, **options: object) -> object:
        name = f"{service}::{method}"
        steps = self.script.get(name) or USUAL[name]
        step = steps[min(self.called(name), len(steps) - 1)]
        self.calls.append((name, args))
        self._counts[name] += 1
        if isinstance(step, Exception):
            raise step
        return step(*args) if callable(step) else step

    def called(self, name: str) -> int:
        return self._counts[name]

    def run(self, state_home: Path, work: Callable[[Session], Awaitable[T]]) -> T:
        """One provider process's work, with a session of its own."""
        self.stop = CancellationToken()
        api = SoftLayerApi(SETTINGS, self.stop, connect=lambda _: self, threads=_AtOnce())
        environment = {"XDG_STATE_HOME": str(state_home)}
        session = open_session(SETTINGS, self.stop, self.user_log, Redactor(), environment, api)
        loop = VirtualTimeLoop()
        try:
            return loop.run_until_complete(_awaited(work, session))
        finally:
            loop.end()


async def _awaited(work: Callable[[Session], Awaitable[T]], session: Session) -> T:
    return await work(session)


def target(kind: str, timeout: float = 0) -> Target:
    """A resource of that kind."""
    return Target(f"urn:pulumi:test::registry::{kind}::it", timeout)

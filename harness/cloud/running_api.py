"""Running the API inside a test's process, over real HTTP on a free port."""

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import SoftLayer
import uvicorn

from cloud.api.app import build_app
from cloud.interfaces import Machines, ObjectStorage
from cloud.settings import CloudSettings, Speed

USERNAME = "operator"
API_KEY = "0123456789abcdef" * 4
_PATIENCE_SECONDS = 30.0


@dataclass(frozen=True)
class RunningApi:
    """An API that answers.

    Attributes:
        port: TCP port on 127.0.0.1.
        state_dir: Folder of its state; serve the same folder again to see it survive.
    """

    port: int
    state_dir: Path
    username: str = USERNAME
    api_key: str = field(default=API_KEY, repr=False)

    @property
    def url(self) -> str:
        """The origin, without a path."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def xmlrpc(self) -> str:
        """The endpoint URL of the XML-RPC wire, as clients are given it."""
        return f"{self.url}/xmlrpc/v3.1/"

    @property
    def rest(self) -> str:
        """The endpoint URL of the REST wire."""
        return f"{self.url}/rest/v3.1/"

    def client(
        self, wire: str = "xmlrpc", *, api_key: str | None = None, timeout: int = 30
    ) -> SoftLayer.BaseClient:
        """The official client on that wire (`xmlrpc` or `rest`), from explicit settings alone.

        Args:
            wire: Protocol, `xmlrpc` or `rest`.
            api_key: API key in place of the account's own.
            timeout: Seconds that a call may take.
        """
        return SoftLayer.create_client_from_env(
            username=self.username,
            api_key=api_key or self.api_key,
            endpoint_url=self.xmlrpc if wire == "xmlrpc" else self.rest,
            timeout=timeout,
            config_file="/dev/null",
        )

    def plan_fault(self, method: str, kind: str, *, times: int = 1, seconds: float = 0) -> None:
        """Have the next calls of `Service::method` fail; kinds are those of `cloud.api.control.state`."""
        body = {"method": method, "kind": kind, "times": times, "seconds": seconds}
        httpx.post(f"{self.url}/control/faults", json=body).raise_for_status()

    def plan_random_faults(self, seed: int, share: float, **more: object) -> None:
        """Have calls fail at random; `methods`, `kinds` and `seconds` narrow what happens."""
        body = {"seed": seed, "chance": share, **more}
        httpx.post(f"{self.url}/control/random", json=body).raise_for_status()

    def triggered(self) -> list[dict[str, object]]:
        """The faults triggered since they were last cleared."""
        document: list[dict[str, object]] = httpx.get(f"{self.url}/control/faults").json()["triggered"]
        return document

    def clear_faults(self) -> None:
        """Forget the faults to come and those that were triggered."""
        httpx.delete(f"{self.url}/control/faults").raise_for_status()

    def hinder(self, stage: str, **more: object) -> None:
        """Have transactions get stuck at that step; `times`, or `seed` and `chance`, say whose."""
        body = {"stage": stage, **more}
        httpx.post(f"{self.url}/control/transactions", json=body).raise_for_status()

    def release(self) -> None:
        """Let what is stuck on demand go on."""
        httpx.delete(f"{self.url}/control/transactions").raise_for_status()

    def reclaim(self, **which: int | str) -> int:
        """Have the operator take a server away; its id.

        Args:
            which: `guest` or `hardware`, an id or a host name, or `seed`, which chooses one of all.
        """
        answer = httpx.post(f"{self.url}/control/reclaim", json=which)
        answer.raise_for_status()
        ((_, number),) = answer.json().items()
        return int(number)

    def calls(self) -> dict[str, int]:
        """How often each `Service::method` was called."""
        document: dict[str, int] = httpx.get(f"{self.url}/control/calls").json()["calls"]
        return document

    def orders_placed(self) -> int:
        """How many orders the books hold."""
        return int(httpx.get(f"{self.url}/control/calls").json()["orders_placed"])


@contextlib.contextmanager
def serve(
    state_dir: Path,
    *,
    speed: Speed = "instant",
    machines: Machines | None = None,
    object_storage: ObjectStorage | None = None,
    control: bool = True,
    rate_limit: int | None = None,
) -> Iterator[RunningApi]:
    """Run the API in a thread of this process until the context ends; its transactions stop with it.

    Args:
        state_dir: Folder of the cloud's state.
        speed: Speed of transactions.
        machines: What servers run on; None records them only.
        object_storage: What accounts are made in; None records them only.
        control: Whether faults can be injected.
        rate_limit: Calls a second; 0 for no limit, None for that of the speed.
    """
    settings = CloudSettings(state_dir, USERNAME, API_KEY, speed, control, rate_limit)
    app = build_app(settings, machines, object_storage)
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", timeout_graceful_shutdown=2)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield RunningApi(_port(server, thread), state_dir)
    finally:
        server.should_exit = True
        thread.join(_PATIENCE_SECONDS)
        assert not thread.is_alive(), "the API did not stop"


def _port(server: uvicorn.Server, thread: threading.Thread) -> int:
    until = time.monotonic() + _PATIENCE_SECONDS
    while not server.started:
        assert thread.is_alive(), "the API ended before it answered; see its output"
        assert time.monotonic() < until, "the API did not start"
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    assert isinstance(port, int)
    return port

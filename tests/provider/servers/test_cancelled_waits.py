"""Cancel in the middle of a wait for a server, of either kind."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.cloud.running_api import RunningApi, serve
from harness.provider.plugin import GUEST, UnfinishedCallError, configuration, plugin
from harness.provider.server_inputs import DB, METAL, WEB
from provider.resources.bare_metal import wait as metal_wait
from provider.resources.virtual_guest import wait as guest_wait
from provider.values import Properties
from tests.provider.account_servers import guests, servers

Ordered = Callable[[RunningApi], list[Any]]


@pytest.mark.parametrize(
    ("kind", "desired", "longest_pause", "ordered", "key"),
    [
        (GUEST, WEB, guest_wait.LONGEST_PAUSE, guests, "id"),
        (METAL, DB, metal_wait.LONGEST_PAUSE, servers, "globalIdentifier"),
    ],
)
def test_cancel_ends_a_wait_between_two_looks_and_keeps_the_id(
    tmp_path: Path, kind: str, desired: Properties, longest_pause: float, ordered: Ordered, key: str
) -> None:
    """Of a cloud as slow as the real one."""
    with serve(tmp_path / "cloud", speed="measured") as api, plugin({}, tmp_path / "state") as running:
        running.configure(configuration(api))
        inputs = running.check(kind, desired)
        cancelled = 0.0

        def cancel_once_ordered() -> None:
            nonlocal cancelled
            while api.orders_placed() == 0:
                time.sleep(0.02)
            time.sleep(0.7)
            cancelled = time.monotonic()
            running.cancel()

        thread = threading.Thread(target=cancel_once_ordered)
        thread.start()
        with pytest.raises(UnfinishedCallError) as caught:
            running.create(kind, inputs)
        took = time.monotonic() - cancelled
        thread.join()
        assert took < longest_pause
        assert "cancelled" in caught.value.error.reasons[0]
        assert caught.value.error.identifier == str(ordered(api)[0][key])

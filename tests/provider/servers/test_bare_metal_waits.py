"""Waits for bare metal that are cut short: the id is kept, and nothing is ordered twice."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.cloud.running_api import RunningApi, serve
from harness.provider.plugin import Plugin, UnfinishedCallError, configuration, plugin
from harness.provider.server_inputs import DB, METAL
from provider.resources.bare_metal.wait import LONGEST_PAUSE
from tests.provider.account_servers import servers


@pytest.fixture
def api(tmp_path: Path) -> Iterator[RunningApi]:
    """A cloud as slow as the real one."""
    with serve(tmp_path / "cloud", speed="measured") as running:
        yield running


def test_a_create_that_times_out_keeps_the_id_and_update_waits_on(tmp_path: Path) -> None:
    with serve(tmp_path / "cloud", speed="realistic") as api, plugin({}, tmp_path / "state") as running:
        running.configure(configuration(api))
        inputs = running.check(METAL, DB)
        with pytest.raises(UnfinishedCallError) as caught:
            running.create(METAL, inputs, timeout=1)
        unfinished = caught.value.error
        assert "not ready within 1 s" in unfinished.reasons[0]
        assert unfinished.identifier == servers(api)[0]["globalIdentifier"]
        with pytest.raises(UnfinishedCallError, match="still being provisioned"):
            running.read(METAL, unfinished.identifier, inputs, unfinished.outputs)
        news = running.check(METAL, DB, inputs)
        outputs = running.update(METAL, unfinished.identifier, inputs, unfinished.outputs, news)
        assert outputs["publicIp"]
        assert api.orders_placed() == 1


def test_cancel_ends_a_wait_between_two_looks_and_keeps_the_id(api: RunningApi, softlayer: Plugin) -> None:
    inputs = softlayer.check(METAL, DB)
    cancelled = 0.0

    def cancel_once_ordered() -> None:
        nonlocal cancelled
        while api.orders_placed() == 0:
            time.sleep(0.02)
        time.sleep(0.7)
        cancelled = time.monotonic()
        softlayer.cancel()

    thread = threading.Thread(target=cancel_once_ordered)
    thread.start()
    with pytest.raises(UnfinishedCallError) as caught:
        softlayer.create(METAL, inputs)
    took = time.monotonic() - cancelled
    thread.join()
    assert took < LONGEST_PAUSE
    assert "cancelled" in caught.value.error.reasons[0]
    assert caught.value.error.identifier == servers(api)[0]["globalIdentifier"]

"""Waits for bare metal that are cut short: the id is kept, and nothing is ordered twice."""

from pathlib import Path

import pytest

from harness.cloud.running_api import serve
from harness.provider.plugin import UnfinishedCallError, configuration, plugin
from harness.provider.server_inputs import DB, METAL
from tests.provider.account_servers import servers


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

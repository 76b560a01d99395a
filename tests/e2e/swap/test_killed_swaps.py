"""The operator is killed where it matters most, on a live stack: one more command brings all together.

All boundaries and random moments: `python -m bench.swap.killed_swaps`.
"""

from collections.abc import Iterator

import pytest

from bench.swap.killed_swaps import Killing, KillPoint, prepared
from harness.clients.registry_client import BackgroundLoad
from harness.stack.live_stack import LiveRegistry
from tests.support.campaign import Campaign

pytestmark = pytest.mark.expected_seconds(150)

BUILD_ALONE = KillPoint(after_output="preview ok", after=3, memory=700)
"""The process alone, in the midst of `pulumi up`, which lives on."""
SWITCHED = KillPoint(boundary=23, roll_back=True)
"""The doors have switched, and that is not on record yet."""
DRAINING = KillPoint(boundary=26)
SETTLING = KillPoint(boundary=34, roll_back=True)
KILLS = [
    (BUILD_ALONE, "preview ok"),
    (SWITCHED, "before the record is written, under way: nothing"),
    (DRAINING, "after the record is written, under way: drain"),
    (SETTLING, "after the record is written, under way: settle"),
]
CAMPAIGN = Campaign("killed-swaps", full=4, sample=2)


@pytest.fixture(scope="module")
def killing(registry: LiveRegistry) -> Iterator[Killing]:
    operated = prepared(registry)
    with BackgroundLoad(operated.client(), "/", workers=2, pause=0.1) as load:
        try:
            yield Killing(operated)
        finally:
            if operated.state().colour != "red":
                operated.run("rollback", "--colour", "red")
    registry.restore()
    operated.stack_file.unlink()
    assert load.failures == []


@pytest.mark.parametrize(
    ("kill_point", "where"),
    CAMPAIGN.choose(KILLS),
)
def test_one_more_command_after_a_kill_brings_all_together(
    killing: Killing, kill_point: KillPoint, where: str
) -> None:
    kill = killing.kill(kill_point)
    assert where in kill.where
    assert (kill.how, kill.wrong) == ("itself" if kill_point.boundary else "process", "")

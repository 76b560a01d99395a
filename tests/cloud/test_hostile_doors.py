"""Every kind of hostile request at both front doors: a sample of the campaign `hostile-doors`."""

import pytest

from bench.hostile import attack_door
from tests.cloud.guarded_door import ROOTS
from tests.load.hostile_kinds import KINDS
from tests.support.campaign import seed

pytestmark = pytest.mark.expected_seconds(40)


@pytest.mark.parametrize("generation", list(ROOTS))
def test_hostile_requests_reach_no_registry_and_hold_nobody_up(generation: str) -> None:
    assert len(KINDS) >= 25
    result = attack_door(generation, 2 * len(KINDS), seed())
    assert result.problems == []
    assert result.statuses[200] == 0 or set(result.statuses) != {200}
    # Twice is the campaign's limit; here others use the processors.
    assert result.ratio < 6 or result.p99[1] < 0.5

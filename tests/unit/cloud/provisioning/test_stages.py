"""How long everything takes, at each speed."""

import pytest

from cloud.provisioning.stages import PROVISION, RECLAIM, Stage, gap_seconds, seconds
from cloud.settings import Speed


def _whole(stages: tuple[Stage, ...], speed: Speed) -> float:
    return sum(seconds(stage, speed) + gap_seconds(speed) for stage in stages)


def test_instant_takes_no_time_of_its_own() -> None:
    assert _whole((*PROVISION, *RECLAIM), "instant") == 0


def test_measured_is_within_what_sldn_records() -> None:
    assert 383 <= _whole(PROVISION, "measured") <= 2159
    # The sweep that ends a deletion comes after about twenty minutes.
    assert 20 * 60 <= _whole(RECLAIM, "measured") <= 25 * 60


@pytest.mark.parametrize("stages", [PROVISION, RECLAIM])
def test_realistic_has_the_same_proportions_within_half_a_minute(stages: tuple[Stage, ...]) -> None:
    assert _whole(stages, "realistic") * 60 == pytest.approx(_whole(stages, "measured"))
    assert _whole(stages, "realistic") < 30


def test_what_is_done_meanwhile_comes_once_and_in_order() -> None:
    assert [stage.work for stage in PROVISION if stage.work] == ["reserve", "start", "script"]
    assert [stage.work for stage in RECLAIM if stage.work] == ["stop", "destroy"]

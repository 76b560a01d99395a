"""Faults on demand and the rate limit: decisions that can be repeated."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.api.control.faults import KINDS, RandomFaults
from cloud.api.rate_limit import RateLimit
from cloud.faults import ApiFault
from cloud.provisioning.stalls import InjectedStall, InjectedStalls, StalledError
from cloud.seeded_random import fraction
from cloud.settings import CloudSettings, Speed

METHOD = "SoftLayer_Virtual_Guest::getObject"
seeds = st.integers(-(2**40), 2**40)


@given(seeds, st.text())
def test_a_fraction_is_one(seed: int, word: str) -> None:
    assert 0 <= fraction(seed, word) < 1
    assert fraction(seed, word) == fraction(seed, word)


def test_a_seed_is_the_same_in_every_process() -> None:
    assert [round(fraction(7, "word", at), 6) for at in range(3)] == [0.418383, 0.871151, 0.16782]


def test_a_chance_is_about_as_often_met() -> None:
    random_faults = RandomFaults(1, 0.2, ("*",), KINDS, 0)
    triggered = [fault for at in range(2000) if (fault := random_faults.draw(METHOD, at))]
    assert 340 < len(triggered) < 460
    assert {fault.kind for fault in triggered} == set(KINDS)


@given(seeds, st.integers(1, 1000))
def test_only_the_named_methods_are_struck(seed: int, nth: int) -> None:
    random_faults = RandomFaults(seed, 1, ("SoftLayer_Virtual_Guest::*",), ("rate_limit",), 0)
    assert random_faults.draw(METHOD, nth)
    assert random_faults.draw("SoftLayer_Account::getVirtualGuests", nth) is None
    assert RandomFaults(seed, 0, ("*",), KINDS, 0).draw(METHOD, nth) is None


@given(st.integers(1, 6), st.lists(st.floats(0, 0.6), max_size=60))
def test_no_second_holds_more_than_the_limit(most: int, pauses: list[float]) -> None:
    times = list(itertools.accumulate(pauses))
    ticks = iter(times)
    limit, passed = RateLimit(most, lambda: next(ticks)), list[float]()
    for at in times:
        full = len([instant for instant in passed if instant > at - 1]) == most
        if full:
            with pytest.raises(ApiFault, match=f"Rate limit of {most} requests"):
                limit.take()
        else:
            limit.take()
            passed.append(at)


def test_no_limit_lets_everything_pass() -> None:
    limit = RateLimit(0, lambda: 0)
    for _ in range(1000):
        limit.take()


@pytest.mark.parametrize(
    ("speed", "requested", "limit"),
    [
        ("instant", None, 0),
        ("realistic", None, 0),
        ("measured", None, 50),
        ("instant", 9, 9),
        ("measured", 0, 0),
    ],
)
def test_the_limit_in_force(
    tmp_path_factory: pytest.TempPathFactory, speed: Speed, requested: int | None, limit: int
) -> None:
    folder = tmp_path_factory.getbasetemp()
    assert CloudSettings(folder, "user", "key", speed, rate_limit=requested).calls_a_second == limit


@given(st.integers(1, 5), st.lists(st.integers(1, 9), max_size=40))
def test_a_stall_keeps_its_resources_and_no_more(times: int, comers: list[int]) -> None:
    stalls, stalled = InjectedStalls(), set[int]()
    stalls.plan(InjectedStall("POWER_ON", times))
    for number in comers:
        stalls.check(number, "ASSIGN_HOST")
        if number in stalled or len(stalled) < times:
            stalled.add(number)
            with pytest.raises(StalledError):
                stalls.check(number, "POWER_ON")
        else:
            stalls.check(number, "POWER_ON")
    stalls.release()
    for number in comers:
        stalls.check(number, "POWER_ON")

"""Exactly one, of what cannot carry a token: random faults, kills and strangers at every call."""

import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from provider.errors import InterruptedCallError, ProviderError, RateLimitedError, RefusedCallError
from provider.resources.ordering.creation import REFUSALS, find_created_id, obtain
from provider.session import Session
from tests.support.campaign import Campaign
from tests.support.killed_process import KilledError
from tests.support.provider.provider_session import session
from tests.support.virtual_time import VirtualTimeLoop

ORDERS = Campaign("noted-orders", full=300, sample=60)
HOW, WHEN = ("lost", "killed"), ("before", "after", "late")
LATE = 3
"""Looks at the list until what was made late is in it."""


@dataclass
class Cloud:
    """Things with ids; `fates` says what becomes of each attempt to make one.

    Attributes:
        coming: things that are not listed yet, and the looks that are left until they are.
    """

    noun = "a thing"
    fates: list[str]
    existing: set[int] = field(default_factory=lambda: {1, 2})
    created_ids: list[int] = field(default_factory=list)
    coming: dict[int, int] = field(default_factory=dict)

    async def listed(self, session: Session) -> set[int]:
        self.coming = {number: reads - 1 for number, reads in self.coming.items()}
        return {number for number in self.existing if self.coming.get(number, 0) <= 0}

    async def prepare(self, session: Session) -> None:
        assert session.settings.order_scope

    async def make(self, session: Session) -> int | None:
        fate = self.fates.pop(0) if self.fates else "good"
        if fate == "limited":
            raise RateLimitedError("too many")
        if fate == "refused":
            raise RefusedCallError("no")
        if fate == "lost before":
            raise InterruptedCallError("lost")
        if fate == "killed before":
            raise KilledError
        number = max(self.existing) + 1
        self.existing.add(number)
        self.created_ids.append(number)
        if fate.endswith("late"):
            self.coming[number] = LATE
        if fate in ("lost after", "lost late"):
            raise InterruptedCallError("lost")
        if fate in ("killed after", "killed late"):
            raise KilledError
        return None if fate.startswith("no id") else number


def run(state: Path, cloud: Cloud) -> int:
    """One process: a session of its own, the same disk, time that costs nothing."""

    async def work() -> int:
        own = session(state_home=str(state))
        object.__setattr__(own.settings, "order_settle", 30)
        return (await obtain(own, "note", cloud))[0]

    loop = VirtualTimeLoop()
    try:
        return loop.run_until_complete(work())
    finally:
        loop.end()


FATES = ["good", "no id", "refused", "limited", *(f"{how} {when}" for how in HOW for when in WHEN)]


@seed(ORDERS.seed)
@settings(max_examples=ORDERS.size)
@given(st.lists(st.sampled_from(FATES), max_size=4))
def test_whatever_happens_one_is_made_and_it_is_the_one_that_is_reported(fates: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        cloud = Cloud([fate for fate in fates if fate != "limited"])
        for _ in range(len(fates) + 1):
            try:
                number = run(Path(folder), cloud)
            except (ProviderError, KilledError):
                assert len(cloud.created_ids) <= 1
                continue
            assert cloud.created_ids == [number]
            assert run(Path(folder), cloud) == number
            return
        pytest.fail("never made")


def test_a_stranger_s_created_id_is_no_reason_to_guess(tmp_path: Path) -> None:
    cloud = Cloud(["killed after"])
    with pytest.raises(KilledError):
        run(tmp_path, cloud)
    cloud.existing.add(99)
    with pytest.raises(ProviderError, match=r"Several of a thing \(3, 99\)"):
        run(tmp_path, cloud)
    cloud.existing.remove(99)
    assert run(tmp_path, cloud) == 3
    cloud.existing.add(100)
    assert run(tmp_path, cloud) == 3, "its id is noted now"


def test_one_that_was_removed_meanwhile_is_made_anew(tmp_path: Path) -> None:
    cloud = Cloud([])
    first = run(tmp_path, cloud)
    cloud.existing.remove(first)
    cloud.existing.add(10)
    assert run(tmp_path, cloud) == 11


def test_a_torn_note_adopts_nothing_that_is_ambiguous(tmp_path: Path) -> None:
    (tmp_path / "softlayer-orders").mkdir()
    (tmp_path / "softlayer-orders" / "note").write_text('{"kno')
    with pytest.raises(ProviderError, match="Several"):
        run(tmp_path, Cloud([]))


def test_one_that_is_listed_late_is_waited_for(tmp_path: Path) -> None:
    for at, fate in enumerate(("lost late", "killed late", "no id late")):
        cloud = Cloud([fate])
        if fate == "killed late":
            with pytest.raises(KilledError):
                run(tmp_path / str(at), cloud)
        assert run(tmp_path / str(at), cloud) == 3
        assert cloud.created_ids == [3]


def test_what_is_refused_for_too_many_calls_is_made_once_or_given_up(tmp_path: Path) -> None:
    cloud = Cloud(["limited"] * (REFUSALS - 1))
    assert run(tmp_path / "made", cloud) == 3
    cloud = Cloud(["limited"] * REFUSALS)
    with pytest.raises(ProviderError, match=f"refused {REFUSALS} times"):
        run(tmp_path / "never", cloud)
    assert cloud.created_ids == []
    assert list((tmp_path / "never" / "softlayer-orders").iterdir()) == []


def test_the_created_id() -> None:
    assert find_created_id({1, 2, 3}, {1, 2}, "x") == 3
    assert find_created_id({1}, {1, 2}, "x") is None

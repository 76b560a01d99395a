"""Exactly one, of what cannot carry a token: random faults, kills and strangers at every call."""

import asyncio
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provider.errors import InterruptedCallError, ProviderError, RateLimitedError, RefusedError
from provider.resources.noted_order import newcomer, obtain
from provider.session import Session
from tests.unit.provider_session import session


class KilledError(BaseException):
    """The process dies here."""


@dataclass
class Cloud:
    """Things with ids; `fates` says what becomes of each attempt to make one."""

    noun = "a thing"
    fates: list[str]
    there: set[int] = field(default_factory=lambda: {1, 2})
    made: list[int] = field(default_factory=list)

    async def listed(self, session: Session) -> set[int]:
        return set(self.there)

    async def prepare(self, session: Session) -> None:
        assert session.settings.order_scope

    async def make(self, session: Session) -> int | None:
        fate = self.fates.pop(0) if self.fates else "good"
        if fate == "limited":
            raise RateLimitedError("too many")
        if fate == "refused":
            raise RefusedError("no")
        if fate == "lost before":
            raise InterruptedCallError("lost")
        if fate == "killed before":
            raise KilledError
        number = max(self.there) + 1
        self.there.add(number)
        self.made.append(number)
        if fate == "lost after":
            raise InterruptedCallError("lost")
        if fate == "killed after":
            raise KilledError
        return None if fate == "no id" else number


def run(state: Path, cloud: Cloud) -> int:
    """One process: a session of its own, the same disk."""

    async def work() -> int:
        own = session(state_home=str(state))
        object.__setattr__(own.settings, "order_settle", 0)
        return (await obtain(own, "note", cloud))[0]

    return asyncio.run(work())


FATES = ["good", "lost before", "lost after", "killed before", "killed after", "no id", "refused", "limited"]


@settings(max_examples=300)
@given(st.lists(st.sampled_from(FATES), max_size=4))
def test_whatever_happens_one_is_made_and_it_is_the_one_that_is_told(fates: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        cloud = Cloud([one for one in fates if one != "limited"])
        for _ in range(len(fates) + 1):
            try:
                number = run(Path(folder), cloud)
            except (ProviderError, KilledError):
                assert len(cloud.made) <= 1
                continue
            assert cloud.made == [number]
            assert run(Path(folder), cloud) == number
            return
        pytest.fail("never made")


def test_a_stranger_s_newcomer_is_no_reason_to_guess(tmp_path: Path) -> None:
    cloud = Cloud(["killed after"])
    with pytest.raises(KilledError):
        run(tmp_path, cloud)
    cloud.there.add(99)
    with pytest.raises(ProviderError, match=r"Several of a thing \(3, 99\)"):
        run(tmp_path, cloud)
    cloud.there.remove(99)
    assert run(tmp_path, cloud) == 3
    cloud.there.add(100)
    assert run(tmp_path, cloud) == 3, "its id is noted now"


def test_one_that_was_removed_meanwhile_is_made_anew(tmp_path: Path) -> None:
    cloud = Cloud([])
    first = run(tmp_path, cloud)
    cloud.there.remove(first)
    cloud.there.add(10)
    assert run(tmp_path, cloud) == 11


def test_a_torn_note_adopts_nothing_that_is_ambiguous(tmp_path: Path) -> None:
    (tmp_path / "softlayer-orders").mkdir()
    (tmp_path / "softlayer-orders" / "note").write_text('{"kno')
    with pytest.raises(ProviderError, match="Several"):
        run(tmp_path, Cloud([]))


def test_the_newcomer() -> None:
    assert newcomer({1, 2, 3}, {1, 2}, "x") == 3
    assert newcomer({1}, {1, 2}, "x") is None

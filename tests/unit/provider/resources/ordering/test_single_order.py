"""Ordering under one token, against an order whose account and fate are set in advance; time is simulated."""

from collections.abc import Awaitable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import pytest

from provider.errors import ApiError, InterruptedCallError, ProviderError, RateLimitedError, RefusedCallError
from provider.resources.ordering.single_order import (
    REFUSALS,
    Decision,
    Obtained,
    OrderCandidate,
    deleted,
    in_state,
    judge,
    obtain,
)
from provider.session import Session
from tests.support.provider.guest_inputs import URN
from tests.support.provider.provider_session import session
from tests.support.virtual_time import VirtualTimeLoop

FIRST = session().tokens.for_new(URN)
SECOND = session().tokens.successor(URN, FIRST)
NONE = Decision[int]()
T = TypeVar("T")


@dataclass
class Played:
    """An order whose searches find these decisions, the last one for ever, and whose sending ends so."""

    searches: list[Decision[int]]
    fates: list[int | ApiError | None] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    replaceable: bool = True

    def may_replace(self) -> bool:
        return self.replaceable

    def describe(self, token: str) -> str:
        return f"web-{token}"

    async def decision(self, session: Session, token: str) -> Decision[int]:
        self.log.append(f"search {token}")
        return self.searches.pop(0) if len(self.searches) > 1 else self.searches[0]

    async def check_offered(self, session: Session) -> None:
        self.log.append("check")

    async def send(self, session: Session, token: str) -> int | None:
        self.log.append(f"send {token}")
        assert session.journal.age(token) is not None, "an order goes out without a note"
        fate = self.fates.pop(0)
        if isinstance(fate, ApiError):
            raise fate
        return fate

    def refused(self, error: ApiError) -> ProviderError:
        return error if isinstance(error, RateLimitedError) else ProviderError(f"refused: {error}")

    @property
    def sent(self) -> int:
        return sum(line.startswith("send") for line in self.log)


def run(work: Awaitable[T]) -> tuple[T, float]:
    """The outcome, and the seconds it took."""
    loop = VirtualTimeLoop()
    try:
        return loop.run_until_complete(work), loop.time()
    finally:
        loop.end()


def test_it_is_searched_for_then_checked_then_sent_once_and_noted(tmp_path: Path) -> None:
    own, order = session(state_home=str(tmp_path)), Played([NONE], [7])
    assert run(obtain(own, URN, FIRST, order))[0] == Obtained(7, FIRST, adopted=False)
    assert order.log == [f"search {FIRST}", "check", f"send {FIRST}"]
    assert own.journal.note(FIRST) == "7"
    in_state(own, URN, FIRST)
    assert own.journal.age(FIRST) is None
    assert own.tokens.for_new(URN) == SECOND


@pytest.mark.parametrize(("note", "kept"), [("7", False), ("8", True), ("", True)])
def test_a_deletion_closes_the_note_of_its_own_server_alone(tmp_path: Path, note: str, kept: bool) -> None:
    """A `--replace` repeated after its old server went has ordered the next one under the same token."""
    own = session(state_home=str(tmp_path))
    own.journal.opened(FIRST, note)
    deleted(own, URN, FIRST, "7")
    assert (own.journal.age(FIRST) is not None) is kept
    assert own.tokens.unspent(URN, FIRST) == SECOND


def test_one_that_is_there_is_taken_over_and_remembered(tmp_path: Path) -> None:
    own, order = session(state_home=str(tmp_path)), Played([Decision(adopt=5)])
    assert run(obtain(own, URN, FIRST, order))[0] == Obtained(5, FIRST, adopted=True)
    assert order.sent == 0
    assert own.tokens.deletes_its_own(URN, "5")


def test_a_delivered_one_is_passed_over_to_the_successor(tmp_path: Path) -> None:
    own, order = session(state_home=str(tmp_path)), Played([Decision(pass_on=True), NONE], [8])
    assert run(obtain(own, URN, FIRST, order))[0] == Obtained(8, SECOND, adopted=False)
    assert order.log == [f"search {FIRST}", f"search {SECOND}", "check", f"send {SECOND}"]


def test_a_delivered_one_that_must_not_be_cancelled_has_no_successor(tmp_path: Path) -> None:
    own = session(state_home=str(tmp_path))
    order = Played([Decision(pass_on=True)], replaceable=False)
    with pytest.raises(
        ProviderError, match=rf"-{FIRST} would be replaced.*Nothing was ordered.*Set cancellation"
    ):
        run(obtain(own, URN, FIRST, order))
    assert order.sent == 0


def test_a_young_note_makes_the_search_go_on_until_it_is_old(tmp_path: Path) -> None:
    own, order = session(state_home=str(tmp_path)), Played([NONE], [9])
    own.journal.opened(FIRST)
    _, took = run(obtain(own, URN, FIRST, order))
    assert order.log.count(f"search {FIRST}") > 2
    assert own.settings.order_settle - 0.2 < took < own.settings.order_settle + 1
    played = Played([NONE, NONE, Decision(adopt=4)])
    own = session(state_home=str(tmp_path))
    own.journal.opened(FIRST)
    assert run(obtain(own, URN, FIRST, played))[0].identifier == 4
    assert played.sent == 0


@pytest.mark.parametrize("error", [None, InterruptedCallError("error")])
def test_after_a_lost_answer_it_is_searched_for_and_never_sent_again(
    tmp_path: Path, error: ApiError | None
) -> None:
    own, order = session(state_home=str(tmp_path)), Played([NONE, NONE, Decision(adopt=6)], [error])
    assert run(obtain(own, URN, FIRST, order))[0] == Obtained(6, FIRST, adopted=False)
    assert own.journal.note(FIRST) == "6"
    missing = Played([NONE], [error])
    own = session(state_home=str(tmp_path))
    own.journal.closed(FIRST)
    with pytest.raises(ProviderError, match="its answer was lost"):
        run(obtain(own, URN, FIRST, missing))
    assert missing.sent == 1
    assert own.journal.age(FIRST) is not None, "the next run must know that it is on its way"


def test_a_refusal_is_reported_and_leaves_no_note(tmp_path: Path) -> None:
    own, order = session(state_home=str(tmp_path)), Played([NONE], [RefusedCallError("no")])
    with pytest.raises(ProviderError, match="refused: no"):
        run(obtain(own, URN, FIRST, order))
    assert order.sent == 1
    assert own.journal.age(FIRST) is None


def test_too_many_calls_begin_again_with_the_search_and_end(tmp_path: Path) -> None:
    own, order = session(state_home=str(tmp_path)), Played([NONE], [RateLimitedError("many"), 3])
    assert run(obtain(own, URN, FIRST, order))[0].identifier == 3
    assert order.log == [f"search {FIRST}", "check", f"send {FIRST}"] * 2
    never = Played([NONE], [RateLimitedError("many")] * (REFUSALS + 1))
    own = session(state_home=str(tmp_path))
    own.journal.closed(FIRST)
    with pytest.raises(ProviderError, match=f"refused {REFUSALS} times"):
        run(obtain(own, URN, FIRST, never))
    assert never.sent == REFUSALS == 6


def test_judged_by_how_many_live() -> None:
    living_one = OrderCandidate(1, living=True, delivered=False, differing=())
    cancelled_one = OrderCandidate(2, living=False, delivered=True, differing=("cpus",))
    marked = OrderCandidate(3, living=True, delivered=True, differing=("cpus",))
    differing_one = OrderCandidate(4, living=True, delivered=False, differing=("cpus",))
    assert judge((cancelled_one,), FIRST, "cancel") == NONE
    assert judge((cancelled_one, living_one), FIRST, "cancel") == Decision(adopt=1)
    assert judge((marked,), FIRST, "cancel") == Decision(pass_on=True)
    with pytest.raises(ProviderError, match="differs in cpus"):
        judge((differing_one,), FIRST, "cancel")
    for pair in ((living_one, marked), (marked, living_one), (living_one, living_one)):
        with pytest.raises(ProviderError, match="all bear the order token"):
            judge(pair, FIRST, "cancel")

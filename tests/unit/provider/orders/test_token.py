"""Order tokens through every sequence of calls that the engine makes; see provider/orders/token.py."""

from hypothesis import given
from hypothesis import strategies as st

from provider.orders.token import TokenLedger, order_token
from provider.resources.contract import State
from provider.resources.virtual_guest.server import VirtualGuest
from provider.session import Session
from provider.values import Properties, text
from tests.support.provider.guest_inputs import GOOD, URN
from tests.support.provider.provider_session import session

SCOPE = session().settings.order_scope
FIRST = order_token(SCOPE, URN, "")
SECOND = order_token(SCOPE, URN, FIRST)


def check(run: Session, olds: Properties) -> str:
    return text(VirtualGuest().check(run, URN, olds, GOOD).inputs, "orderToken")


def inputs(token: str) -> Properties:
    return {**GOOD, "orderToken": token}


def test_a_create_tried_again_after_a_kill_asks_for_the_same_token() -> None:
    assert check(session(), {}) == check(session(), {}) == FIRST


def test_a_resource_in_the_state_keeps_its_token() -> None:
    assert check(session(), inputs(SECOND)) == SECOND


def test_a_replacement_asks_for_the_successor_and_again_after_a_kill() -> None:
    for _ in range(2):
        run = session()
        assert check(run, inputs(FIRST)) == FIRST
        VirtualGuest().diff(run, URN, State(inputs(FIRST), inputs(FIRST)), GOOD)
        assert check(run, {}) == SECOND


def test_a_replacement_without_diff_asks_for_the_successor() -> None:
    run = session()
    check(run, inputs(FIRST))
    assert check(run, {}) == SECOND


def test_a_dependent_deleted_before_it_is_replaced_asks_as_it_will_after_a_kill() -> None:
    run = session()
    VirtualGuest().diff(run, URN, State(inputs(FIRST), inputs(FIRST)), GOOD)
    run.tokens.deleted(URN, FIRST)
    assert check(run, {}) == SECOND
    after_a_kill = session()
    check(after_a_kill, inputs(FIRST))
    assert check(after_a_kill, {}) == SECOND


def test_a_token_whose_server_this_process_deleted_is_spent() -> None:
    run = session()
    token = check(run, inputs(FIRST))
    run.tokens.deleted(URN, FIRST)
    assert run.tokens.unspent(URN, token) == SECOND


def test_the_state_of_a_server_whose_token_had_been_passed_on_decides() -> None:
    run = session()
    check(run, inputs(FIRST))
    VirtualGuest().diff(run, URN, State(inputs(FIRST), inputs(SECOND)), GOOD)
    assert check(run, {}) == order_token(SCOPE, URN, SECOND)


def test_replace_declines_to_delete_only_what_it_adopted_in_this_operation() -> None:
    ledger = TokenLedger(SCOPE)
    ledger.adopted(URN, "7")
    assert ledger.deletes_its_own(URN, "7")
    assert not ledger.deletes_its_own(URN, "8")
    ledger.in_state(URN, FIRST)
    assert not ledger.deletes_its_own(URN, "7")


@given(st.text(min_size=1), st.text(min_size=1), st.text(max_size=8))
def test_tokens_are_host_name_characters_and_differ(scope: str, urn: str, before: str) -> None:
    token = order_token(scope, urn, before)
    assert len(token) == 8
    assert set(token) <= set("abcdefghijklmnopqrstuvwxyz234567")
    assert order_token(scope, urn, token) != token
    assert order_token(scope + "x", urn, before) != token


def test_a_token_of_this_resource_is_known_and_a_word_is_not() -> None:
    ledger = TokenLedger(SCOPE)
    assert ledger.is_derived_token(URN, SECOND)
    assert not ledger.is_derived_token(URN, "frontend")


def test_a_replacement_may_bear_every_token_but_that_of_the_state() -> None:
    ledger = TokenLedger(SCOPE)
    third = order_token(SCOPE, URN, SECOND)
    assert ledger.replacement_tokens(URN, FIRST) == (SECOND,)
    assert ledger.replacement_tokens(URN, SECOND) == (FIRST, third)
    assert ledger.replacement_tokens(URN, "imported") == (FIRST, order_token(SCOPE, URN, "imported"))

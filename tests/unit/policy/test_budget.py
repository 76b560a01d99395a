"""The budget: what counts, and when it stops a stack."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from policy.budget import Item, budget_violation, items, unknown_costs

COSTS = st.floats(0, 10_000, allow_nan=False)
ITEMS = st.lists(st.builds(Item, st.text("abc", min_size=1), st.none() | COSTS), max_size=9).map(tuple)


@given(ITEMS, COSTS)
def test_a_budget_stops_exactly_what_is_above_it(costed: tuple[Item, ...], budget: float) -> None:
    total = round(sum(item.monthly or 0.0 for item in costed), 2)
    message = budget_violation(costed, budget)
    assert (message is not None) == (total > budget)
    if message:
        assert f"{total:.2f} USD a month" in message


@given(ITEMS)
def test_what_is_not_known_is_reported(costed: tuple[Item, ...]) -> None:
    assert (unknown_costs(costed) is None) == all(item.monthly is not None for item in costed)


def test_only_softlayer_s_resources_that_cost_something_count() -> None:
    resources: list[tuple[str, str, dict[str, Any]]] = [
        ("softlayer:index:VirtualGuest", "web", {"monthlyCost": 27.01, "hourlyCost": 0.037}),
        ("softlayer:index:VirtualGuest", "new", {"monthlyCost": None}),
        ("softlayer:index:SshKey", "key", {"label": "me"}),
        ("other:index:Thing", "thing", {"monthlyCost": 1000}),
        ("softlayer:index:VirtualGuest", "odd", {"monthlyCost": True}),
    ]
    assert items(resources) == (Item("web", 27.01), Item("new", None), Item("odd", None))


def test_the_message_names_the_dearest_and_the_remedy() -> None:
    costed = tuple(Item(f"s{number}", float(number)) for number in range(1, 9))
    assert budget_violation(costed, 30) == (
        "The stack would cost 36.00 USD a month, 6.00 above its budget of 30.00: s8 8.00, s7 7.00, s6 6.00, "
        "s5 5.00, s4 4.00 and 3 more. Order less, or raise usdPerMonth in the policy's configuration."
    )
    assert budget_violation(costed, 36) is None
    message = unknown_costs((Item("a", None), Item("b", 1.0)))
    assert message is not None
    assert message.startswith("The cost of a is not known")

"""The stack's cost: sums and table."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.cost import Bill, table, total

HOURS_A_MONTH = 730
MONEY = st.floats(0, 5000, allow_nan=False)
HOURLY = st.builds(lambda name, fee: Bill(name, fee, fee * HOURS_A_MONTH), st.text("abc", min_size=1), MONEY)
MONTHLY = st.builds(lambda name, fee: Bill(name, None, fee), st.text("abc", min_size=1), MONEY)
UNKNOWN = st.builds(lambda name: Bill(name, None, None), st.text("abc", min_size=1))


@given(st.lists(HOURLY | MONTHLY, max_size=20))
def test_the_total_is_the_sum_of_what_is_billed(bills: list[Bill]) -> None:
    """And the same as the last line of the table, which stands beside it."""
    sums = total(bills)
    assert sums["monthly"] == pytest.approx(sum(bill.monthly or 0 for bill in bills), abs=0.01)
    by_the_month = sum(bill.monthly or 0 for bill in bills if bill.hourly is None)
    assert sums["hourly"] * HOURS_A_MONTH + by_the_month == pytest.approx(
        sums["monthly"], abs=0.01 + HOURS_A_MONTH * 0.00005
    )
    last_line = table(bills).splitlines()[-1].split()
    assert last_line == ["total", f"{sums['hourly']:.4f}", f"{sums['monthly']:.2f}"]


@given(st.lists(HOURLY | MONTHLY | UNKNOWN, max_size=20))
def test_the_table_is_aligned_and_whole(bills: list[Bill]) -> None:
    _, *lines = table(bills).splitlines()
    assert len(lines) == len(bills) + 2
    assert len({len(line) for line in lines}) == 1
    assert ("?" in lines[-1]) == any(bill.monthly is None for bill in bills)


def test_the_table() -> None:
    bills = [Bill("dal13-registry", 0.123, 89.79), Bill("ams03-a", None, 41.5)]
    assert table(bills) == (
        "cost of the servers in USD\n"
        "server          hourly  monthly\n"
        "dal13-registry  0.1230    89.79\n"
        "ams03-a              -    41.50\n"
        "total           0.1230   131.29"
    )
    assert table([Bill("a", None, None)]).splitlines()[-1].split() == ["total", "?", "?"]

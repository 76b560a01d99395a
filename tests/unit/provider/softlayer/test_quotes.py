"""Quotes: what verifyOrder's answer costs, and when it is asked."""

import asyncio
from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provider.cancellation_token import CancellationToken
from provider.errors import ApiError, DeniedError, InterruptedCallError, InvalidInputError, UnreachableError
from provider.resources.virtual_guest.quote import GUEST, costs_anew, quote_guest
from provider.settings import ProviderSettings, VerifyOrders
from provider.softlayer.api import SoftLayerApi
from provider.softlayer.quotes import HOURS, Cost, Quotes, cost_of
from provider.values import UNKNOWN, Properties, Value
from tests.support.provider.guest_inputs import GOOD
from tests.support.provider.provider_session import SETTINGS, session

MONEY = st.decimals(0, 1000, places=4)


@given(st.lists(st.tuples(MONEY, MONEY), min_size=1, max_size=9), st.booleans())
def test_top_level_prices_are_added_up(fees: list[tuple[Decimal, Decimal]], hourly: bool) -> None:
    verified = {
        "useHourlyPricing": hourly,
        "prices": [
            {"hourlyRecurringFee": str(hourly), "recurringFee": str(monthly)} for hourly, monthly in fees
        ],
        "preTaxRecurringHourly": "99999", "preTaxRecurringMonthly": "99999",
    }  # fmt: skip
    cost = cost_of(verified)
    an_hour, a_month = (float(sum(column)) for column in zip(*fees, strict=True))
    expected = Cost(an_hour, an_hour * HOURS) if hourly else Cost(0.0, a_month)
    assert (cost.hourly, cost.monthly) == pytest.approx((expected.hourly, expected.monthly))


def test_without_prices_the_totals_count() -> None:
    totals = {"preTaxRecurringHourly": ".05", "preTaxRecurringMonthly": "30"}
    assert cost_of({**totals, "useHourlyPricing": True}) == Cost(0.05, 36.5)
    assert cost_of(totals) == Cost(0.0, 30.0)
    assert cost_of({"prices": [{"recurringFee": "12"}, {}]}) == Cost(0.0, 12.0)


class Line:
    """An API client with prepared answers."""

    def __init__(self, answer: Callable[[str], object]) -> None:
        self.answer = answer
        self.called: list[str] = []

    def call(self, service: str, method: str, *args: object, **options: object) -> object:
        self.called.append(f"{service}::{method}")
        return self.answer(self.called[-1])


class FaultError(Exception):
    """What the official package raises."""

    def __init__(self, code: object, text: str) -> None:
        super().__init__(text)
        self.faultCode, self.faultString = code, text


def api(line: Line) -> SoftLayerApi:
    def connect(_: ProviderSettings) -> Line:
        return line

    return SoftLayerApi(SETTINGS, CancellationToken(), connect=connect)


def unreachable(_: str) -> object:
    class NewConnectionError(Exception):
        """As urllib3's."""

    fault = FaultError(0, "no route")
    fault.__context__ = NewConnectionError()
    raise fault


def test_the_modes() -> None:
    async def cost() -> Cost:
        return Cost(1.0, 730.0)

    async def ask_twice(mode: VerifyOrders, line: Line) -> list[Cost | None]:
        quotes = Quotes(api(line), mode)
        return [await quotes.of("a", cost), await quotes.of("b", cost)]

    up, down = Line(lambda _: {"id": 1}), Line(unreachable)
    assert asyncio.run(ask_twice(VerifyOrders.NEVER, up)) == [None, None]
    assert up.called == []
    assert asyncio.run(ask_twice(VerifyOrders.AUTO, up)) == [Cost(1.0, 730.0)] * 2
    assert up.called == ["Account::getObject"], "one call finds out for all"
    assert asyncio.run(ask_twice(VerifyOrders.AUTO, down)) == [None, None]
    assert down.called == ["Account::getObject"], "without network no time is lost on further tries"
    assert asyncio.run(ask_twice(VerifyOrders.ALWAYS, down)) == [Cost(1.0, 730.0)] * 2
    assert len(down.called) == 1


@pytest.mark.parametrize(
    ("fault", "raised"),
    [
        (FaultError("SoftLayer_Exception_InvalidLegacyToken", "Invalid API token."), DeniedError),
        (FaultError(500, "broken"), None),
        (FaultError("-32700", "parse error"), None),
        (FaultError("SoftLayer_Exception_WebService_RateLimitExceeded", "Rate limit"), None),
    ],
)
def test_an_api_that_answers_badly_is_still_called(fault: FaultError, raised: type[ApiError] | None) -> None:
    def answer(_: str) -> object:
        raise fault

    async def cost() -> Cost:
        return Cost(0.0, 5.0)

    quotes = Quotes(api(Line(answer)), VerifyOrders.AUTO)
    if raised is None:
        assert asyncio.run(quotes.of("a", cost)) == Cost(0.0, 5.0)
        return
    with pytest.raises(raised):
        asyncio.run(quotes.of("a", cost))


@pytest.mark.parametrize(("broken", "expected"), [(1, Cost(0.0, 5.0)), (2, None)])
def test_one_broken_connection_is_forgiven(broken: int, expected: Cost | None) -> None:
    line = Line(lambda _: {})

    def answer(_: str) -> object:
        if len(line.called) <= broken:
            raise FaultError(0, "read timed out")
        return {}

    async def cost() -> Cost:
        return Cost(0.0, 5.0)

    line.answer = answer
    quotes = Quotes(api(line), VerifyOrders.AUTO)
    assert asyncio.run(quotes.of("a", cost)) == expected
    assert len(line.called) == 2


def test_one_shape_is_requested_once_and_again_after_a_failure() -> None:
    calls = 0

    async def cost() -> Cost:
        nonlocal calls
        calls += 1
        await asyncio.sleep(0)
        if calls == 1:
            raise InterruptedCallError("lost")
        return Cost(1.0, 730.0)

    async def scenario() -> None:
        quotes = Quotes(api(Line(lambda _: {})), VerifyOrders.ALWAYS)
        with pytest.raises(InterruptedCallError):
            await quotes.of("a", cost)
        costs = await asyncio.gather(*(quotes.of("a", cost) for _ in range(50)))
        assert set(costs) == {Cost(1.0, 730.0)}

    asyncio.run(scenario())
    assert calls == 2


def test_what_is_unknown_is_not_requested() -> None:
    async def never(_: object) -> dict[str, object]:
        raise UnreachableError("not to be asked")

    for name in ("datacenter", "flavor", "disks", "hostname"):
        value: Value = [25, UNKNOWN] if name == "disks" else UNKNOWN
        assert asyncio.run(quote_guest(session(), {**GOOD, name: value}, never)) == {}


def test_the_shape_is_what_decides_the_cost() -> None:
    assert GUEST.shape({**GOOD, "hostname": "other", "sshKeyIds": [UNKNOWN], "tags": ["a"]}) == GUEST.shape(
        GOOD
    )
    for name, value in (("memory", 8192), ("hourly", False), ("disks", (25, 100))):
        changed: Properties = {**GOOD, name: value}
        assert GUEST.shape(changed) != GUEST.shape(GOOD), name
        assert costs_anew(GOOD, changed), name
    assert not costs_anew(GOOD, {**GOOD, "hostname": "other", "networkSpeed": 100})


def test_what_is_not_on_offer_is_refused_by_name() -> None:
    async def offered(_: object) -> dict[str, object]:
        return {"datacenters": [{"template": {"datacenter": {"name": "ams01"}}}]}

    opened = session()
    quotes = Quotes(opened.api, VerifyOrders.ALWAYS)
    asking = type(opened)(**{**opened.__dict__, "quotes": quotes})
    with pytest.raises(InvalidInputError, match="datacenter: 'dal05' is no datacenter"):
        asyncio.run(quote_guest(asking, GOOD, offered))

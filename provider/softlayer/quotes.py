"""What an order would cost, as the cloud reports it before anything is ordered."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from provider.errors import InterruptedCallError, RateLimitedError, UnreachableError
from provider.settings import VerifyOrders
from provider.softlayer.api import SoftLayerApi
from provider.softlayer.records import Record, decimal_at, flag_at, records_at

HOURS = 730
"""Hours a month, SoftLayer's own figure for comparing."""
PROBES = 2
"""Broken connections before an API counts as out of reach (choice)."""


@dataclass(frozen=True)
class Cost:
    """What something costs in USD: `hourly` is 0 when it is billed monthly."""

    hourly: float
    monthly: float


def cost_of(verified: Record) -> Cost:
    """Return the recurring cost of a verified order, in the form in which resources report theirs. Pure.

    The top-level prices are added up, as the official command line does: strings, the hourly and the monthly
    fee beside each other. Where an answer has no prices its totals before tax count.

    Args:
        verified: Answer of SoftLayer_Product_Order::verifyOrder.
    """
    hourly = _sum(verified, "hourlyRecurringFee", "preTaxRecurringHourly")
    if flag_at(verified, "useHourlyPricing"):
        return Cost(hourly, round(hourly * HOURS, 6))
    return Cost(0.0, _sum(verified, "recurringFee", "preTaxRecurringMonthly"))


def _sum(verified: Record, fee: str, total: str) -> float:
    prices = records_at(verified, "prices")
    if not prices:
        return round(decimal_at(verified, total), 6)
    return round(sum(decimal_at(price, fee) for price in prices), 6)


class Quotes:
    """The quotes of one configured provider; orders of one shape are quoted once.

    Whether to ask, `verifyOrders` says: `auto` asks unless the API cannot be reached, which one call finds
    out; `always` asks and fails without an answer; `never` does not call.
    """

    def __init__(self, api: SoftLayerApi, mode: VerifyOrders) -> None:
        self._api = api
        self._mode = mode
        self._reached: asyncio.Task[bool] | None = None
        self._tasks: dict[str, asyncio.Task[Cost]] = {}

    async def of(self, shape: str, ask: Callable[[], Awaitable[Cost]]) -> Cost | None:
        """Return the cost of an order.

        Args:
            shape: Everything that decides the cost; equal shapes share one answer.
            ask: Requests the price from the cloud.

        Returns:
            None when no request is sent, or the cloud cannot be reached under `auto`.

        Raises:
            ProviderError: The cloud refuses the order, or does not answer.
        """
        if self._mode is VerifyOrders.NEVER:
            return None
        if self._mode is VerifyOrders.AUTO and not await self._reachable():
            return None
        task = self._tasks.get(shape)
        if task is None or (task.done() and task.exception() is not None):
            task = self._tasks[shape] = asyncio.ensure_future(ask())
        return await asyncio.shield(task)

    async def _reachable(self) -> bool:
        if self._reached is None or (self._reached.done() and self._reached.exception() is not None):
            self._reached = asyncio.ensure_future(self._probe())
        return await asyncio.shield(self._reached)

    async def _probe(self) -> bool:
        """Return whether the API answers, even with an error; this call is not repeated, later ones are."""
        for _ in range(PROBES):
            try:
                await self._api.once("Account", "getObject", mask="mask[id]")
            except UnreachableError:
                return False
            except RateLimitedError:
                return True
            except InterruptedCallError as error:
                # With a code it answered; without one the connection broke or timed out.
                if not error.code:
                    continue
            return True
        return False

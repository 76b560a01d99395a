"""Cost: what the stack's servers cost, as an output and as a table at the end of a preview or an `up`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import pulumi


class Billed(Protocol):
    """What costs something: a virtual server, bare metal, a global IP."""

    @property
    def hourly_cost(self) -> pulumi.Output[float]:
        """USD an hour; 0 when billed by the month."""

    @property
    def monthly_cost(self) -> pulumi.Output[float]:
        """USD a month; 730 hours when billed by the hour."""


@dataclass(frozen=True)
class Bill:
    """What one server costs in USD.

    Attributes:
        server: Name of the server.
        hourly: USD an hour; None when the server is billed by the month, or the price is not known.
        monthly: USD a month, of 730 hours when the server is billed by the hour; None while the price is not
            known.
    """

    server: str
    hourly: float | None
    monthly: float | None


def total(bills: Sequence[Bill]) -> dict[str, float]:
    """Sum bills, all known, in USD.

    Returns:
        `hourly` and `monthly`, as the last line of the table has them: what is billed by the hour, an hour;
        and all, a month.
    """
    return {
        "hourly": round(sum(bill.hourly or 0.0 for bill in bills), 4),
        "monthly": round(sum(bill.monthly or 0.0 for bill in bills), 2),
    }


def table(bills: Sequence[Bill]) -> str:
    """Format the bills and their sum as aligned lines; `?` is a price that is unknown before the order."""
    is_complete = all(bill.monthly is not None for bill in bills)
    hourly = sum(bill.hourly or 0.0 for bill in bills)
    rows = [("server", "hourly", "monthly")]
    rows += [(bill.server, _hourly(bill), _money(bill.monthly, 2)) for bill in bills]
    rows.append(
        (
            "total",
            _money(hourly if is_complete else None, 4),
            _money(sum(bill.monthly or 0.0 for bill in bills) if is_complete else None, 2),
        )
    )
    name, first, second = (max(len(row[column]) for row in rows) for column in range(3))
    lines = [f"{row[0]:<{name}}  {row[1]:>{first}}  {row[2]:>{second}}" for row in rows]
    return "\n".join(("cost of the servers in USD", *lines))


def _hourly(bill: Bill) -> str:
    by_the_month = bill.hourly is None and bill.monthly is not None
    return "-" if by_the_month else _money(bill.hourly, 4)


def _money(amount: float | None, digits: int) -> str:
    return "?" if amount is None else f"{amount:.{digits}f}"


def log_cost(servers: Mapping[str, Billed]) -> pulumi.Output[dict[str, float]]:
    """Log the table once all prices that can be known are known, and return the sum.

    Args:
        servers: Servers by name.

    Returns:
        The result of `total`; unknown in a preview that could not get a quote for its orders.
    """
    costs = pulumi.Output.all(*(
        pulumi.Output.all(server.hourly_cost, server.monthly_cost) for server in servers.values()
    ))  # fmt: skip

    def bills(values: Sequence[Sequence[object]]) -> list[Bill]:
        return [_bill(name, *fees) for name, fees in zip(servers, values, strict=True)]

    def show(values: Sequence[Sequence[object]]) -> None:
        pulumi.log.info(table(bills(values)))

    costs.apply(show, run_with_unknowns=True)
    return costs.apply(lambda values: total(bills(values)))


def _bill(name: str, hourly: object, monthly: object) -> Bill:
    """A server's values as a bill; what is no number is not known, what costs 0 an hour goes by the month."""
    a_month = float(monthly) if isinstance(monthly, int | float) else None
    an_hour = float(hourly) if isinstance(hourly, int | float) else None
    return Bill(name, an_hour or None, a_month)

"""What a package's items cost in a datacenter."""

from collections.abc import Sequence

import pulumi

TOKEN = "softlayer:index:getPrices"  # noqa: S105 - a function's token in the schema


@pulumi.output_type
class GetPricesPrice:
    """One price of an item that holds in the datacenter.

    Attributes:
        key_name: Key name of the item.
        description: Description of the item, for people.
        category: Category code in which it is ordered.
        item_id: Number of the item.
        price_id: Number of the price, which an order names.
        monthly_cost: USD a month when billed by the month.
        hourly_cost: USD an hour; None where it is not sold by the hour.
        capacity: Capacity of the item, in `units`.
        units: Units such as GB or Mbps.
        restricted_by: What decides whether this price holds, such as CORE.
        restricted_from: Lowest value of the restricting capacity.
        restricted_to: Highest value of the restricting capacity.
    """

    key_name: str = pulumi.property("keyName")
    description: str = pulumi.property("description")
    category: str = pulumi.property("category")
    item_id: int = pulumi.property("itemId")
    price_id: int = pulumi.property("priceId")
    monthly_cost: float = pulumi.property("monthlyCost")
    hourly_cost: float | None = pulumi.property("hourlyCost", default=None)
    capacity: float | None = pulumi.property("capacity", default=None)
    units: str | None = pulumi.property("units", default=None)
    restricted_by: str | None = pulumi.property("restrictedBy", default=None)
    restricted_from: int | None = pulumi.property("restrictedFrom", default=None)
    restricted_to: int | None = pulumi.property("restrictedTo", default=None)


@pulumi.output_type
class GetPricesResult:
    """Prices of one package in one datacenter.

    Attributes:
        package_id: Number of the package.
        prices: Prices by category and key name.
    """

    package_id: int = pulumi.property("packageId")
    prices: Sequence[GetPricesPrice] = pulumi.property("prices")


def get_prices(
    *,
    package: str,
    datacenter: str,
    key_names: Sequence[str] | None = None,
    opts: pulumi.InvokeOptions | None = None,
) -> GetPricesResult:
    """List prices with plain arguments; see `get_prices_output`."""
    arguments = {"package": package, "datacenter": datacenter, "keyNames": key_names}
    result: GetPricesResult = pulumi.runtime.invoke(TOKEN, arguments, opts=opts, typ=GetPricesResult).value
    return result


def get_prices_output(
    *,
    package: pulumi.Input[str],
    datacenter: pulumi.Input[str],
    key_names: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
    opts: pulumi.InvokeOutputOptions | None = None,
) -> pulumi.Output[GetPricesResult]:
    """List prices once all arguments are known.

    Args:
        package: Key name of the package, `PUBLIC_CLOUD_SERVER`.
        datacenter: Short name of the datacenter, `dal05`.
        key_names: Items, by key name; all of the package when absent.
        opts: Pulumi's options, such as depends_on.

    Returns:
        The prices; an error in the program when package, datacenter or an item does not exist.
    """
    arguments = {"package": package, "datacenter": datacenter, "keyNames": key_names}
    return pulumi.runtime.invoke_output(TOKEN, arguments, opts=opts, typ=GetPricesResult)

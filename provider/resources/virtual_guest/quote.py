"""What a virtual server would cost: the order it would be, verified and not placed.

generateOrderTemplate turns the template that createObject would take into an order, verifyOrder judges it as
placeOrder would; both cost nothing. What cannot change the cost stays out: keys, user data, script.
"""

import json
from collections.abc import Awaitable, Callable

from provider.errors import RefusedCallError
from provider.resources.virtual_guest.fields import ORDER_TOKEN
from provider.resources.virtual_guest.options import check_offered
from provider.resources.virtual_guest.order import GuestOrder, order_template
from provider.session import Session
from provider.softlayer.quotes import Cost, cost_of
from provider.softlayer.records import Record, as_record
from provider.values import Properties, has_unknown, text

DECISIVE = (
    "datacenter",
    "osCode",
    "hourly",
    "flavor",
    "cpus",
    "memory",
    "localDisk",
    "disks",
    "networkSpeed",
    "privateNetworkOnly",
)
"""The inputs that decide the cost."""
NAMES = ("hostname", "domain")


async def quote_guest(
    session: Session, inputs: Properties, offered: Callable[[Session], Awaitable[Record]]
) -> Properties:
    """The costs that a server of these inputs would have; nothing where they cannot be known yet.

    Args:
        session: the configured provider.
        inputs: checked; may hold unknowns.
        offered: getCreateObjectOptions, asked once.

    Raises:
        InvalidInputError: the cloud would refuse the order; names the property.
        ProviderError: it does not answer.
    """
    if any(has_unknown(inputs.get(name)) for name in (*DECISIVE, *NAMES)):
        return {}
    order_inputs = {name: inputs[name] for name in (*DECISIVE, *NAMES, ORDER_TOKEN) if name in inputs}

    async def ask() -> Cost:
        check_offered(await offered(session), order_inputs)
        template = order_template(order_inputs, text(order_inputs, ORDER_TOKEN))
        try:
            order = await session.api.read("Virtual_Guest", "generateOrderTemplate", template)
            verified = await session.api.read("Product_Order", "verifyOrder", order)
        except RefusedCallError as error:
            raise GuestOrder(order_inputs, offered).refused(error) from None
        return cost_of(as_record(verified))

    cost = await session.quotes.of(shape(inputs), ask)
    return {} if cost is None else {"hourlyCost": cost.hourly, "monthlyCost": cost.monthly}


def shape(inputs: Properties) -> str:
    """What decides the cost, as text: servers that are alike in it cost the same."""
    decisive = {name: inputs[name] for name in DECISIVE if name in inputs}
    return json.dumps({"VirtualGuest": decisive}, sort_keys=True, default=list)


def costs_anew(old: Properties, news: Properties) -> bool:
    """Whether a change in place changes the cost; a port is slowed down for nothing."""
    return any(old.get(name) != news.get(name) for name in DECISIVE if name != "networkSpeed")

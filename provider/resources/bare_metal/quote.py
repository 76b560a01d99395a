"""What a bare metal server would cost: the order it would be, verified and not placed.

As for virtual servers, generateOrderTemplate makes an order of what createObject would take, and verifyOrder
judges it as placeOrder would; both cost nothing. Keys, user data and script cannot change the cost: left out.
"""

import json

from provider.errors import RefusedCallError
from provider.resources.bare_metal.order import SERVICE, HardwareOrder, hardware_template
from provider.resources.virtual_guest.fields import ORDER_TOKEN
from provider.session import Session
from provider.softlayer.quotes import Cost, cost_of
from provider.softlayer.records import as_record
from provider.values import Properties, has_unknown, text

DECISIVE = ("datacenter", "preset", "osCode", "hourly", "networkSpeed", "privateNetworkOnly")
"""The inputs that decide the cost."""
NAMES = ("hostname", "domain")


async def quote_metal(session: Session, inputs: Properties) -> Properties:
    """The costs that a server of these inputs would have; nothing where they cannot be known yet.

    Args:
        session: the configured provider.
        inputs: checked; may hold unknowns.

    Raises:
        InvalidInputError: the cloud would refuse the order; names the property.
        ProviderError: it does not answer.
    """
    if any(has_unknown(inputs.get(name)) for name in (*DECISIVE, *NAMES)):
        return {}
    order_inputs = {name: inputs[name] for name in (*DECISIVE, *NAMES, ORDER_TOKEN) if name in inputs}

    async def ask() -> Cost:
        template = hardware_template(order_inputs, text(order_inputs, ORDER_TOKEN))
        try:
            order = await session.api.read(SERVICE, "generateOrderTemplate", template)
            verified = await session.api.read("Product_Order", "verifyOrder", order)
        except RefusedCallError as error:
            raise HardwareOrder(order_inputs).refused(error) from None
        return cost_of(as_record(verified))

    cost = await session.quotes.of(metal_shape(inputs), ask)
    return {} if cost is None else {"hourlyCost": cost.hourly, "monthlyCost": cost.monthly}


def metal_shape(inputs: Properties) -> str:
    """What decides the cost, as text: servers that are alike in it cost the same. Pure."""
    decisive = {name: inputs[name] for name in DECISIVE if name in inputs}
    return json.dumps({"BareMetalServer": decisive}, sort_keys=True, default=list)

"""What a server would cost: the order it would be, verified and not placed.

generateOrderTemplate turns the template that createObject would take into an order, verifyOrder judges it as
placeOrder would; both cost nothing. What cannot change the cost stays out: keys, user data, script.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass

from provider.errors import RefusedCallError
from provider.resources.ordering.single_order import TokenOrder
from provider.resources.virtual_guest.fields import ORDER_TOKEN
from provider.session import Session
from provider.softlayer.quotes import Cost, cost_of
from provider.softlayer.records import as_record
from provider.values import Properties, has_unknown, text

NAMES = ("hostname", "domain")


@dataclass(frozen=True)
class QuotedKind:
    """A kind of server.

    Attributes:
        name: Name of the resource, such as `VirtualGuest`.
        service: Service of SoftLayer that orders it.
        decisive: The inputs that decide the cost.
        template: Returns SoftLayer's order for inputs and an order token.
    """

    name: str
    service: str
    decisive: tuple[str, ...]
    template: Callable[[Properties, str], dict[str, object]]

    def shape(self, inputs: Properties) -> str:
        """Return what decides the cost, as text: servers that are alike in it cost the same. Pure."""
        decisive = {name: inputs[name] for name in self.decisive if name in inputs}
        return json.dumps({self.name: decisive}, sort_keys=True, default=list)


async def quote_server(
    session: Session,
    kind: QuotedKind,
    inputs: Properties,
    order: Callable[[Properties], TokenOrder[int] | TokenOrder[str]],
) -> Properties:
    """Return the costs that a server of these inputs would have; nothing where they cannot be known yet.

    Args:
        session: The configured provider.
        kind: Kind of the server.
        inputs: Checked inputs, which may hold unknowns.
        order: Returns the order of inputs, from which it follows what is offered and why one is refused.

    Raises:
        InvalidInputError: The cloud would refuse the order; names the property.
        ProviderError: SoftLayer does not answer.
    """
    counting = (*kind.decisive, *NAMES)
    if any(has_unknown(inputs.get(name)) for name in counting):
        return {}
    order_inputs = {name: inputs[name] for name in (*counting, ORDER_TOKEN) if name in inputs}

    async def ask() -> Cost:
        await order(order_inputs).check_offered(session)
        template = kind.template(order_inputs, text(order_inputs, ORDER_TOKEN))
        try:
            generated = await session.api.read(kind.service, "generateOrderTemplate", template)
            verified = await session.api.read("Product_Order", "verifyOrder", generated)
        except RefusedCallError as error:
            raise order(order_inputs).refused(error) from None
        return cost_of(as_record(verified))

    cost = await session.quotes.of(kind.shape(inputs), ask)
    return {} if cost is None else {"hourlyCost": cost.hourly, "monthlyCost": cost.monthly}

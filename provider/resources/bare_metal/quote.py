"""What a bare metal server would cost; see `provider.resources.servers.quote`."""

from provider.errors import InvalidInputError
from provider.resources.bare_metal.options import refuse_not_offered
from provider.resources.bare_metal.order import SERVICE, HardwareOrder, hardware_template
from provider.resources.servers.quote import QuotedKind, quote_server
from provider.session import Session
from provider.values import Properties

METAL = QuotedKind(
    "BareMetalServer",
    SERVICE,
    ("datacenter", "preset", "osCode", "hourly", "networkSpeed", "privateNetworkOnly"),
    hardware_template,
)


async def quote_metal(session: Session, inputs: Properties) -> Properties:
    """Return the costs that a server of these inputs would have; see `quote_server`.

    Raises:
        InvalidInputError: The cloud would refuse the order; names what is not on offer, with the nearest.
    """
    try:
        return await quote_server(session, METAL, inputs, HardwareOrder)
    except InvalidInputError:
        await refuse_not_offered(session, SERVICE, inputs)
        raise

"""Orders a bare metal server at most once, by Hardware_Server::createObject.

Its answer has no id, only the global identifier, which is what the server is known by ever after (SLDN
createObject). The token in the host name finds it when the answer is lost; the name alone never does.
"""

from dataclasses import dataclass

from provider.errors import ApiError, InvalidInputError, NotFoundError, ProviderError, RefusedCallError
from provider.orders.adoption import adopted_identifier, adopted_token
from provider.resources.bare_metal.view import MASK, differences, metal_stage
from provider.resources.ordering.single_order import Decision, Obtained, OrderCandidate, judge, obtain
from provider.resources.servers.cancellation import lacks_cancellation
from provider.resources.servers.listings import METAL
from provider.resources.servers.order_template import server_template
from provider.resources.servers.ordered_search import find_ordered
from provider.resources.virtual_guest.fields import ORDER_TOKEN
from provider.resources.virtual_guest.options import missing_key, named_property
from provider.resources.virtual_guest.view import Stage, delivered, full_hostname
from provider.session import Session
from provider.softlayer.account import mark_hidden_billing
from provider.softlayer.records import Record, as_record, text_at
from provider.values import Properties, text

CANCEL = "slcli hw cancel"
"""The command that cancels one, before its id."""
SERVICE = "Hardware_Server"


def hardware_template(inputs: Properties, token: str) -> dict[str, object]:
    """Return SoftLayer's order for these inputs. Pure; source: SLDN SoftLayer_Hardware createObject."""
    preset = {"fixedConfigurationPreset": {"keyName": text(inputs, "preset")}}
    return {**server_template(inputs, token), **preset}


def decide_hardware(
    hits: tuple[Record, ...], inputs: Properties, token: str, replaced: frozenset[str] = frozenset()
) -> Decision[str]:
    """Decide what the servers that bear a token mean.

    Pure; see `provider.resources.ordering.single_order.judge`.
    """
    candidates = tuple(
        OrderCandidate(
            text_at(server, "globalIdentifier"),
            metal_stage(server) is not Stage.LEAVING,
            delivered(server) or text_at(server, "globalIdentifier") in replaced,
            differences(inputs, server),
        )
        for server in hits
    )
    return judge(candidates, token, CANCEL)


@dataclass(frozen=True)
class HardwareOrder:
    """One bare metal server to order; see `provider.resources.ordering.single_order.Order`."""

    inputs: Properties

    def describe(self, token: str) -> str:
        """Return its host name."""
        return full_hostname(self.inputs, token)

    async def decision(self, session: Session, token: str) -> Decision[str]:
        """Decide by the account's hardware whose host name ends in the token, and the one that is noted."""
        hits = await find_ordered(session, METAL, token, session.journal.note(token) or None)
        return decide_hardware(hits, self.inputs, token, session.settings.replaced_servers)

    async def check_offered(self, session: Session) -> None:
        """Check nothing: createObject refuses what is not offered, and orders nothing then."""

    async def send(self, session: Session, token: str) -> str | None:
        """Call createObject, once."""
        template = hardware_template(self.inputs, token)
        server = as_record(await session.api.order(SERVICE, "createObject", template))
        return text_at(server, "globalIdentifier") or None

    def may_replace(self) -> bool:
        """Return whether it is billed by the hour, or the program says how the previous one is cancelled."""
        return not lacks_cancellation(self.inputs)

    def refused(self, error: ApiError) -> ProviderError:
        """Blamed on the property that the cloud's words name."""
        if isinstance(error, NotFoundError):
            return missing_key(error, self.inputs) or error
        if not isinstance(error, RefusedCallError):
            return error
        words = f"SoftLayer refuses the order: {error}. Nothing was ordered."
        lowered = str(error).lower()
        name = "preset" if "preset" in lowered else named_property(str(error))
        return InvalidInputError(name, words) if name else ProviderError(words)


async def obtain_hardware(session: Session, urn: str, inputs: Properties) -> Obtained[str]:
    """Return the server of this resource; see `provider.resources.ordering.single_order.obtain`."""
    identifier = adopted_identifier(session.settings, urn)
    if not identifier:
        return await obtain(session, urn, text(inputs, ORDER_TOKEN), HardwareOrder(inputs))
    try:
        server = as_record(await session.api.read(SERVICE, "getObject", id=identifier, mask=MASK))
    except NotFoundError:
        server = {}
    await mark_hidden_billing(session.account, server)
    living = bool(server) and metal_stage(server) is not Stage.LEAVING
    token = adopted_token(identifier, server, inputs, differences(inputs, server), living=living)
    return Obtained(text_at(server, "globalIdentifier") or identifier, token, adopted=True)

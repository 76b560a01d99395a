"""`softlayer:index:getVlan`: one VLAN of the account, by id or by what it exactly is."""

from provider.resources.contract import Checked
from provider.resources.fields import Field
from provider.resources.functions.network_search import check_search, find_one, positive, space
from provider.session import Session
from provider.softlayer.records import Record, text_at, whole_at
from provider.values import UNKNOWN, Properties

MASK = (
    "mask[id,vlanNumber,name,fullyQualifiedName,networkSpace,datacenter[name],primaryRouter[id,hostname],"
    "primarySubnetId]"
)
PATHS = {
    "vlanNumber": "vlanNumber",
    "name": "name",
    "datacenter": "datacenter.name",
    "networkSpace": "networkSpace",
    "router": "primaryRouter.hostname",
}
"""What a VLAN can be searched by, and where the API has it."""
FIELDS = (
    Field("vlanId", int, rule=positive),
    Field("vlanNumber", int, rule=positive),
    Field("name"),
    Field("datacenter"),
    Field("networkSpace", rule=space),
    Field("router"),
)
ANSWERED = (
    "vlanId",
    "vlanNumber",
    "name",
    "fullyQualifiedName",
    "networkSpace",
    "datacenter",
    "router",
    "routerId",
    "primarySubnetId",
)


class GetVlan:
    """The function, over SoftLayer_Network_Vlan::getObject and SoftLayer_Account::getNetworkVlans."""

    token = "softlayer:index:getVlan"  # noqa: S105 - a function token

    def check(self, arguments: Properties) -> Checked:
        """By the table; an id, or at least one other argument, never both."""
        return check_search(FIELDS, "vlanId", arguments)

    def unknown(self) -> Properties:
        """The answer while an argument is unknown."""
        return dict.fromkeys(ANSWERED, UNKNOWN)

    async def call(self, session: Session, arguments: Properties) -> Properties:
        """Find the one VLAN.

        Raises:
            NotFoundError: there is none.
            ProviderError: there is more than one.
        """
        source = ("Network_Vlan", "vlanId", "getNetworkVlans", "networkVlans")
        return answer(await find_one(session, arguments, source, MASK, PATHS, _describe))


def _describe(vlan: Record) -> str:
    return f"{text_at(vlan, 'fullyQualifiedName')} ({whole_at(vlan, 'id')})"


def answer(vlan: Record) -> Properties:
    """A VLAN in this provider's words; a name that it has not is ""."""
    return {
        "vlanId": whole_at(vlan, "id"),
        "vlanNumber": whole_at(vlan, "vlanNumber"),
        "name": text_at(vlan, "name"),
        "fullyQualifiedName": text_at(vlan, "fullyQualifiedName"),
        "networkSpace": text_at(vlan, "networkSpace"),
        "datacenter": text_at(vlan, "datacenter.name"),
        "router": text_at(vlan, "primaryRouter.hostname"),
        "routerId": whole_at(vlan, "primaryRouter.id"),
        "primarySubnetId": whole_at(vlan, "primarySubnetId"),
    }

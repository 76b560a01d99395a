"""`softlayer:index:getVlan`: one VLAN of the account, by id or by what it exactly is."""

from provider.resources.fields import Field, positive
from provider.resources.functions.network_search import NetworkSearch, space
from provider.softlayer.records import Record, text_at, whole_at
from provider.values import Properties

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


class GetVlan(NetworkSearch):
    """The function, over SoftLayer_Network_Vlan::getObject and SoftLayer_Account::getNetworkVlans."""

    token = "softlayer:index:getVlan"  # noqa: S105 - a function token
    service, identifier, listing, root = "Network_Vlan", "vlanId", "getNetworkVlans", "networkVlans"
    mask, fields, paths = MASK, FIELDS, PATHS

    def describe(self, network: Record) -> str:
        """Say which one it is, for messages."""
        return f"{text_at(network, 'fullyQualifiedName')} ({whole_at(network, 'id')})"

    def answer(self, network: Record) -> Properties:
        """Return a VLAN in this provider's words; a name that it has not is ""."""
        return {
            "vlanId": whole_at(network, "id"),
            "vlanNumber": whole_at(network, "vlanNumber"),
            "name": text_at(network, "name"),
            "fullyQualifiedName": text_at(network, "fullyQualifiedName"),
            "networkSpace": text_at(network, "networkSpace"),
            "datacenter": text_at(network, "datacenter.name"),
            "router": text_at(network, "primaryRouter.hostname"),
            "routerId": whole_at(network, "primaryRouter.id"),
            "primarySubnetId": whole_at(network, "primarySubnetId"),
        }

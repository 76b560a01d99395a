"""`softlayer:index:getSubnet`: one subnet of the account, by id or by what it exactly is."""

from provider.resources.fields import Field, positive
from provider.resources.functions.network_search import NetworkSearch, space
from provider.softlayer.records import Record, text_at, whole_at
from provider.values import Properties

MASK = (
    "mask[id,networkIdentifier,cidr,netmask,gateway,subnetType,networkVlanId,addressSpace,"
    "datacenter[name],note]"
)
PATHS = {
    "networkIdentifier": "networkIdentifier",
    "vlanId": "networkVlanId",
    "datacenter": "datacenter.name",
    "networkSpace": "addressSpace",
    "subnetType": "subnetType",
}
"""What a subnet can be searched by, and where the API has it."""
FIELDS = (
    Field("subnetId", int, rule=positive),
    Field("networkIdentifier"),
    Field("vlanId", int, rule=positive),
    Field("datacenter"),
    Field("networkSpace", rule=space),
    Field("subnetType"),
)


class GetSubnet(NetworkSearch):
    """The function, over SoftLayer_Network_Subnet::getObject and SoftLayer_Account::getSubnets."""

    token = "softlayer:index:getSubnet"  # noqa: S105 - a function token
    service, identifier, listing, root = "Network_Subnet", "subnetId", "getSubnets", "subnets"
    mask, fields, paths = MASK, FIELDS, PATHS

    def describe(self, network: Record) -> str:
        """Say which one it is, for messages."""
        return (
            f"{text_at(network, 'networkIdentifier')}/{whole_at(network, 'cidr')} ({whole_at(network, 'id')})"
        )

    def answer(self, network: Record) -> Properties:
        """Return a subnet in this provider's words; a note that it has not is ""."""
        return {
            "subnetId": whole_at(network, "id"),
            "networkIdentifier": text_at(network, "networkIdentifier"),
            "cidr": whole_at(network, "cidr"),
            "netmask": text_at(network, "netmask"),
            "gateway": text_at(network, "gateway"),
            "subnetType": text_at(network, "subnetType"),
            "vlanId": whole_at(network, "networkVlanId"),
            "networkSpace": text_at(network, "addressSpace"),
            "datacenter": text_at(network, "datacenter.name"),
            "note": text_at(network, "note"),
        }

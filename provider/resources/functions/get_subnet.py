"""`softlayer:index:getSubnet`: one subnet of the account, by id or by what it exactly is."""

from provider.resources.contract import Checked
from provider.resources.fields import Field
from provider.resources.functions.network_search import check_search, find_one, positive, space
from provider.session import Session
from provider.softlayer.records import Record, text_at, whole_at
from provider.values import UNKNOWN, Properties

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
ANSWERED = (
    "subnetId",
    "networkIdentifier",
    "cidr",
    "netmask",
    "gateway",
    "subnetType",
    "vlanId",
    "networkSpace",
    "datacenter",
    "note",
)


class GetSubnet:
    """The function, over SoftLayer_Network_Subnet::getObject and SoftLayer_Account::getSubnets."""

    token = "softlayer:index:getSubnet"  # noqa: S105 - a function token

    def check(self, arguments: Properties) -> Checked:
        """By the table; an id, or at least one other argument, never both."""
        return check_search(FIELDS, "subnetId", arguments)

    def unknown(self) -> Properties:
        """The answer while an argument is unknown."""
        return dict.fromkeys(ANSWERED, UNKNOWN)

    async def call(self, session: Session, arguments: Properties) -> Properties:
        """Find the one subnet.

        Raises:
            NotFoundError: there is none.
            ProviderError: there is more than one.
        """
        source = ("Network_Subnet", "subnetId", "getSubnets", "subnets")
        return answer(await find_one(session, arguments, source, MASK, PATHS, _describe))


def _describe(subnet: Record) -> str:
    return f"{text_at(subnet, 'networkIdentifier')}/{whole_at(subnet, 'cidr')} ({whole_at(subnet, 'id')})"


def answer(subnet: Record) -> Properties:
    """A subnet in this provider's words; a note that it has not is ""."""
    return {
        "subnetId": whole_at(subnet, "id"),
        "networkIdentifier": text_at(subnet, "networkIdentifier"),
        "cidr": whole_at(subnet, "cidr"),
        "netmask": text_at(subnet, "netmask"),
        "gateway": text_at(subnet, "gateway"),
        "subnetType": text_at(subnet, "subnetType"),
        "vlanId": whole_at(subnet, "networkVlanId"),
        "networkSpace": text_at(subnet, "addressSpace"),
        "datacenter": text_at(subnet, "datacenter.name"),
        "note": text_at(subnet, "note"),
    }

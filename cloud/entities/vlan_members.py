"""The servers of a VLAN: a server shows its VLANs, and these their servers."""

from cloud.account import Account
from cloud.catalog.networks import Vlan
from cloud.entities.network import Members
from cloud.records import Guest, Hardware
from cloud.values import Value


def vlan_members(account: Account, vlan: Vlan) -> Members:
    """The VLAN's servers as entities, worked out when asked for."""
    from cloud.entities.guest import guest_entity  # both show their VLANs, and these them
    from cloud.entities.hardware import hardware_entity

    def guests() -> list[Value]:
        return [guest_entity(account, one) for one in account.networks.members(Guest, vlan)]

    def hardware() -> list[Value]:
        return [hardware_entity(account, one) for one in account.networks.members(Hardware, vlan)]

    return Members(guests, hardware)

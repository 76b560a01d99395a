"""Global IPs, their subnets and addresses."""

from ipaddress import IPv4Address

from cloud.account.account import ACCOUNT_ID, Account
from cloud.entities.network.vlan import ADDRESS, SUBNET, address_id
from cloud.entities.ordering.billing import billing_item_entity
from cloud.entities.servers.guest import guest_entity
from cloud.entities.transaction import transaction_entity
from cloud.state.network_records import GlobalIp
from cloud.state.records import BillingItem, Guest
from cloud.values import Entity, Value, structure

NAME = "SoftLayer_Network_Subnet_IpAddress_Global"


def global_ip_entity(account: Account, global_ip: GlobalIp) -> Entity:
    """Return a SoftLayer_Network_Subnet_IpAddress_Global.

    It shows its destination once the route is done, not when it is asked for.
    """

    def billing_item() -> Entity | None:
        item = None if global_ip.reclaiming else account.store.get(BillingItem, global_ip.billing_id)
        return billing_item_entity(account, item) if item else None

    return Entity(
        NAME,
        {
            "id": global_ip.id,
            "ipAddressId": number_of(global_ip.address),
            "destinationIpAddressId": destination_id(account, global_ip),
            "typeId": 1,
            "description": None,
        },
        {
            "account": lambda: structure("SoftLayer_Account", {"id": ACCOUNT_ID}),
            "ipAddress": lambda: global_address_entity(account, global_ip),
            "destinationIpAddress": lambda: destination_entity(account, global_ip),
            "activeTransaction": lambda: (
                transaction_entity(global_ip.transaction, None) if global_ip.transaction else None
            ),
            "billingItem": billing_item,
        },
    )


def global_address_entity(account: Account, global_ip: GlobalIp) -> Entity:
    """Return the SoftLayer_Network_Subnet_IpAddress of a global IP."""
    local: dict[str, Value] = {
        "id": number_of(global_ip.address),
        "ipAddress": global_ip.address,
        "isBroadcast": False,
        "isGateway": False,
        "isNetwork": False,
        "isReserved": False,
        "note": global_ip.note or None,
        "subnetId": global_ip.subnet_id,
    }
    return Entity(ADDRESS, local, {"subnet": lambda: global_subnet_entity(account, global_ip)})


def global_subnet_entity(account: Account, global_ip: GlobalIp) -> Entity:
    """Return the SoftLayer_Network_Subnet that a global IP is."""
    local: dict[str, Value] = {
        "id": global_ip.subnet_id,
        "addressSpace": "PUBLIC",
        "cidr": 32,
        "broadcastAddress": global_ip.address,
        "gateway": global_ip.address,
        "modifyDate": global_ip.created,
        "netmask": "255.255.255.255",
        "networkIdentifier": global_ip.address,
        "note": global_ip.note or None,
        "sortOrder": "4",
        "subnetType": "GLOBAL_IP",
        "totalIpAddresses": "1",
        "usableIpAddressCount": "1",
        "version": 4,
    }
    return Entity(
        SUBNET,
        local,
        {
            "globalIpRecord": lambda: global_ip_entity(account, global_ip),
            "endPointIpAddress": lambda: destination_entity(account, global_ip),
            "ipAddresses": lambda: [global_address_entity(account, global_ip)],
            "ipAddressCount": lambda: 1,
            "activeTransaction": lambda: (
                transaction_entity(global_ip.transaction, None) if global_ip.transaction else None
            ),
            "billingItem": lambda: global_ip_entity(account, global_ip).get("billingItem"),
            "addressSpace": lambda: "PUBLIC",
        },
    )


def number_of(address: str | None) -> int | None:
    """Return the id of an address's record; None for no address."""
    return address_id(IPv4Address(address)) if address else None


def _guest_at(account: Account, address: str | None) -> Guest | None:
    every = account.store.all(Guest) if address else ()
    return next((guest for guest in every if guest.public_ip == address), None)


def destination_id(account: Account, global_ip: GlobalIp) -> int | None:
    """Return the id of the address record it is routed to; None when it is routed nowhere."""
    guest = _guest_at(account, global_ip.target)
    return number_of(guest.public_ip) if guest else None


def destination_entity(account: Account, global_ip: GlobalIp) -> Entity | None:
    """Return the SoftLayer_Network_Subnet_IpAddress it is routed to, with the server there."""
    guest = _guest_at(account, global_ip.target)
    if guest is None:
        return None
    guest_object = guest_entity(guest, account)
    record = guest_object.get("primaryIpAddressRecord")
    own = record if isinstance(record, Entity) else Entity(ADDRESS, {})
    return Entity(
        own.type_name,
        own.local,
        {**own.relations, "virtualGuest": lambda: guest_object, "hardware": lambda: None},
    )

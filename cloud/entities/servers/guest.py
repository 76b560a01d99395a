"""Virtual servers."""

from cloud.account.account import ACCOUNT_ID, Account
from cloud.catalog.datacenters import find_datacenter
from cloud.entities.base import entity_of
from cloud.entities.location import datacenter_entity
from cloud.entities.network.security_group import with_groups
from cloud.entities.network.vlan import vlan_entity
from cloud.entities.ordering.billing import billing_item_entity
from cloud.entities.ordering.product import software_description
from cloud.entities.servers.guest_disks import block_devices
from cloud.entities.servers.guest_network import address_record, components
from cloud.entities.servers.placement_group import placement_group_entity
from cloud.entities.servers.ssh_key import ssh_key_entity
from cloud.entities.tags import tag_references
from cloud.entities.transaction import transaction_entity
from cloud.provisioning.stages import RELOAD
from cloud.state.records import BillingItem, Guest, PlacementGroup, SshKey, Transaction
from cloud.state.server_vlans import vlans
from cloud.values import Entity, Relation, Value, structure


@entity_of.register
def guest_entity(guest: Guest, account: Account) -> Entity:
    """Return a SoftLayer_Virtual_Guest.

    Its own properties are those of a getObject recorded in the middle of a provisioning: the status is
    ACTIVE from the beginning, provisionDate is null until it is ready.
    """
    status = structure("SoftLayer_Virtual_Guest_Status", {"keyName": "ACTIVE", "name": "Active"})
    local: dict[str, Value] = {
        "id": guest.id,
        "accountId": ACCOUNT_ID,
        "createDate": guest.created,
        "modifyDate": guest.modified,
        "provisionDate": guest.provisioned,
        "lastPowerStateId": None,
        "lastVerifiedDate": None,
        "metricPollDate": None,
        "placementGroupId": guest.placement_group,
        "hostname": guest.hostname,
        "domain": guest.domain,
        "fullyQualifiedDomainName": f"{guest.hostname}.{guest.domain}",
        "maxCpu": guest.cpus,
        "maxCpuUnits": "CORE",
        "maxMemory": guest.memory_mb,
        "startCpus": guest.cpus,
        "statusId": 1001,
        "typeId": 1,
        "uuid": guest.uuid,
        "globalIdentifier": guest.global_identifier,
        "managedResourceFlag": False,
        "notes": guest.notes,
        "dedicatedAccountHostOnlyFlag": False,
        "status": status,
    }
    if guest.public_ip:
        local["primaryIpAddress"] = guest.public_ip
    if guest.private_ip:
        local["primaryBackendIpAddress"] = guest.private_ip
    return Entity(
        "SoftLayer_Virtual_Guest",
        local,
        {
            **_flags(guest),
            **_billing(account, guest),
            **_transactions(guest),
            **_network(account, guest),
            **_software(account, guest),
            **_state(account, guest),
        },
    )


def _flags(guest: Guest) -> dict[str, Relation]:
    return {
        "hourlyBillingFlag": lambda: guest.hourly,
        "localDiskFlag": lambda: guest.local_disk,
        "privateNetworkOnlyFlag": lambda: guest.private_only,
        "transientGuestFlag": lambda: False,
        "postInstallScriptUri": lambda: guest.script_uri or None,
    }


def _billing(account: Account, guest: Guest) -> dict[str, Relation]:
    def billing_item() -> Entity | None:
        # A leaving guest has none any more: clients know by it that it is cancelled.
        item = None if guest.reclaiming else account.store.get(BillingItem, guest.billing_id)
        return billing_item_entity(account, item) if item else None

    return {
        "billingItem": billing_item,
        "account": lambda: structure("SoftLayer_Account", {"id": ACCOUNT_ID}),
    }


def _transactions(guest: Guest) -> dict[str, Relation]:
    def active() -> Entity | None:
        return transaction_entity(guest.transaction, guest.id) if guest.transaction else None

    def last() -> Entity | None:
        return transaction_entity(guest.last_transaction, guest.id) if guest.last_transaction else None

    def every() -> list[Value]:
        transaction = active()
        return [transaction] if transaction else []

    def reload() -> Entity | None:
        if guest.reload_id is None:
            return None
        last_reload = Transaction(guest.reload_id, RELOAD[-1].name, guest.reload_date or guest.created)
        return transaction_entity(last_reload, guest.id)

    return {
        "activeTransaction": active,
        "lastOperatingSystemReload": reload,
        "activeTransactions": every,
        "activeTransactionCount": lambda: len(every()),
        "lastTransaction": last,
    }


def _network(account: Account, guest: Guest) -> dict[str, Relation]:
    def ports() -> list[Entity]:
        port_entities = components(account, guest)
        return [with_groups(account, port, guest) for port in port_entities]

    def address(*, public: bool) -> Entity | None:
        return address_record(account, guest, public=public)

    return {
        "networkComponents": ports,
        "primaryBackendNetworkComponent": lambda: ports()[0],
        "primaryNetworkComponent": lambda: None if guest.private_only else ports()[1],
        "backendNetworkComponents": lambda: ports()[:1],
        "frontendNetworkComponents": lambda: ports()[1:],
        "networkVlans": lambda: [vlan_entity(account, vlan) for vlan in vlans(guest)],
        "primaryIpAddress": lambda: guest.public_ip,
        "primaryBackendIpAddress": lambda: guest.private_ip,
        "primaryIpAddressRecord": lambda: address(public=True),
        "primaryBackendIpAddressRecord": lambda: address(public=False),
    }


def _software(account: Account, guest: Guest) -> dict[str, Relation]:
    def system() -> Entity:
        license_ = Entity(
            "SoftLayer_Software_License",
            {"id": guest.id},
            {"softwareDescription": lambda: software_description(guest.os_code)},
        )
        # Root is reached by the ordered keys alone, so there is no password to show (choice).
        return Entity(
            "SoftLayer_Software_Component_OperatingSystem",
            {"id": guest.id},
            {"softwareLicense": lambda: license_, "passwords": list},
        )

    def keys() -> list[Value]:
        records = [account.store.get(SshKey, number) for number in guest.key_ids]
        return [ssh_key_entity(key) for key in records if key]

    return {
        "operatingSystem": system,
        "softwareComponents": lambda: [system()],
        "operatingSystemReferenceCode": lambda: guest.os_code,
        "sshKeys": keys,
        "userData": lambda: [_user_data(value) for value in guest.user_data],
        "blockDevices": lambda: block_devices(guest),
    }


def _user_data(value: str) -> Entity:
    kind = structure("", {"keyname": "USER_DATA", "name": "User Data"})
    return Entity("SoftLayer_Virtual_Guest_Attribute", {"value": value}, {"type": lambda: kind})


def _state(account: Account, guest: Guest) -> dict[str, Relation]:
    datacenter = find_datacenter(guest.datacenter)

    def place() -> Entity | None:
        return datacenter_entity(datacenter) if datacenter else None

    def group() -> Entity | None:
        record = account.store.get(PlacementGroup, guest.placement_group) if guest.placement_group else None
        return placement_group_entity(account, record) if record else None

    return {
        "datacenter": place,
        "location": place,
        "placementGroup": group,
        "powerState": lambda: _power(running=account.running(guest)),
        "lastKnownPowerState": lambda: _power(running=guest.powered),
        "deviceStatus": lambda: structure(
            "SoftLayer_Device_Status", {"id": 1, "keyName": "ACTIVE", "name": "Active"}
        ),
        "tagReferences": lambda: tag_references(guest.id, guest.tags),
        "type": lambda: structure(
            "", {"id": 1, "keyName": "PUBLIC_VIRTUAL_SERVER", "name": "Public Virtual Server"}
        ),
    }


def _power(*, running: bool) -> Entity:
    keys = ("RUNNING", "Running") if running else ("HALTED", "Halted")
    return structure("SoftLayer_Virtual_Guest_Power_State", {"keyName": keys[0], "name": keys[1]})

"""Bare metal servers."""

from cloud.account.account import ACCOUNT_ID, Account
from cloud.catalog.datacenters import find_datacenter
from cloud.catalog.hardware import HardwarePreset, find_hardware_preset
from cloud.catalog.packages import HARDWARE_PACKAGE
from cloud.entities.base import entity_of
from cloud.entities.location import datacenter_entity
from cloud.entities.network.vlan import vlan_entity
from cloud.entities.ordering.billing import billing_item_entity
from cloud.entities.ordering.product import preset_entity, software_description
from cloud.entities.ordering.ticket import ticket_entity
from cloud.entities.servers.hardware_components import components, hard_drives
from cloud.entities.servers.hardware_network import network_components
from cloud.entities.servers.ssh_key import ssh_key_entity
from cloud.entities.tags import tag_references
from cloud.entities.transaction import transaction_entity
from cloud.provisioning.hardware_pipeline import hardware_plan
from cloud.provisioning.stages import HARDWARE_RELOAD, stage_named
from cloud.state.records import BillingItem, Hardware, SshKey, Ticket, Transaction
from cloud.state.server_vlans import vlans
from cloud.values import Entity, Json, Relation, Value, structure

# The numbers of hardware statuses; ACTIVE is real, the others are a choice.
_STATUSES = {"ACTIVE": 5, "DEPLOY": 3, "DEPLOY2": 9, "MACWAIT": 12, "RECLAIM": 14}


def hardware_status(server: Hardware) -> str:
    """Return the status key; ACTIVE while no transaction is active."""
    if server.transaction:
        return stage_named(server.transaction.name).hardware_status
    steps = hardware_plan(server)
    return steps[0].hardware_status if steps else "ACTIVE"


@entity_of.register
def hardware_entity(server: Hardware, account: Account) -> Entity:
    """Return a SoftLayer_Hardware_Server; its own properties are SoftLayer_Hardware's local ones."""
    local: dict[str, Value] = {
        "id": server.id,
        "accountId": ACCOUNT_ID,
        "bareMetalInstanceFlag": 0,
        "domain": server.domain,
        "fullyQualifiedDomainName": f"{server.hostname}.{server.domain}",
        "globalIdentifier": server.global_identifier,
        "hardwareStatusId": _STATUSES[hardware_status(server)],
        "hostname": server.hostname,
        "notes": server.notes,
        "provisionDate": server.provisioned,
        "serialNumber": f"SL{server.id:09d}",
        "manufacturerSerialNumber": f"SL{server.id:09d}",
        "serviceProviderId": 1,
        "serviceProviderResourceId": server.id,
    }
    return Entity(
        "SoftLayer_Hardware_Server",
        local,
        {
            **_billing(account, server),
            **_transactions(account, server),
            **_network(account, server),
            **_software(account, server),
            **_build(server),
            **_state(account, server),
        },
    )


def _billing(account: Account, server: Hardware) -> dict[str, Relation]:
    def billing_item() -> Entity | None:
        # Kept until the day a scheduled cancellation is due (choice); a leaving server has none any more.
        item = None if server.reclaiming else account.store.get(BillingItem, server.billing_id)
        return billing_item_entity(account, item) if item else None

    def ticket() -> Entity | None:
        record = account.store.get(Ticket, server.ticket_id) if server.ticket_id is not None else None
        return ticket_entity(account, record) if record else None

    return {
        "billingItem": billing_item,
        "openCancellationTicket": ticket,
        "hourlyBillingFlag": lambda: server.hourly,
        "account": lambda: structure("SoftLayer_Account", {"id": ACCOUNT_ID}),
    }


def _transactions(account: Account, server: Hardware) -> dict[str, Relation]:
    def entity(transaction: Transaction | None) -> Entity | None:
        return transaction_entity(transaction, None, server.id) if transaction else None

    def reload() -> Entity | None:
        if server.reload_id is None:
            return None
        last_reload = Transaction(
            server.reload_id, HARDWARE_RELOAD[-1].name, server.reload_date or server.created
        )
        return transaction_entity(last_reload, None, server.id)

    def every() -> list[Value]:
        active = entity(server.transaction)
        return [active] if active else []

    return {
        "activeTransaction": lambda: entity(server.transaction),
        "activeTransactions": every,
        "activeTransactionCount": lambda: len(every()),
        "lastTransaction": lambda: entity(server.last_transaction),
        "lastOperatingSystemReload": reload,
    }


def _network(account: Account, server: Hardware) -> dict[str, Relation]:
    def ports() -> list[Entity]:
        return network_components(account, server)

    relations: dict[str, Relation] = {
        "networkComponents": ports,
        "primaryBackendNetworkComponent": lambda: ports()[0],
        "primaryNetworkComponent": lambda: None if server.private_only else ports()[1],
        "backendNetworkComponents": lambda: ports()[:1],
        "frontendNetworkComponents": lambda: [] if server.private_only else ports()[1:2],
        "privateNetworkOnlyFlag": lambda: server.private_only,
        "networkVlans": lambda: [vlan_entity(account, vlan) for vlan in vlans(server)],
        "networkManagementIpAddress": lambda: None,
        "remoteManagementAccounts": list,
    }
    # Left out while there are none: a client takes an empty one for an address.
    if server.public_ip:
        relations["primaryIpAddress"] = lambda: server.public_ip
    if server.private_ip:
        relations["primaryBackendIpAddress"] = lambda: server.private_ip
    return relations


def _software(account: Account, server: Hardware) -> dict[str, Relation]:
    def system() -> Entity:
        license_ = Entity(
            "SoftLayer_Software_License",
            {"id": server.id},
            {"softwareDescription": lambda: software_description(server.os_code)},
        )
        # Root is reached by the ordered keys alone, so there is no password to show (choice).
        return Entity(
            "SoftLayer_Software_Component_OperatingSystem",
            {"id": server.id, "hardwareId": server.id},
            {"softwareLicense": lambda: license_, "passwords": list},
        )

    def keys() -> list[Value]:
        records = [account.store.get(SshKey, number) for number in server.key_ids]
        return [ssh_key_entity(key) for key in records if key]

    return {
        "operatingSystem": system,
        "softwareComponents": lambda: [system()],
        "operatingSystemReferenceCode": lambda: server.os_code,
        "sshKeys": keys,
        "userData": lambda: [user_data_entity(value) for value in server.user_data],
        "postInstallScriptUri": lambda: server.script_uri or None,
    }


def user_data_entity(value: str) -> Entity:
    """Return a SoftLayer_Hardware_Attribute of the metadata."""
    kind = structure("", {"keyname": "USER_DATA", "name": "User Data"})
    return Entity("SoftLayer_Hardware_Attribute", {"value": value}, {"type": lambda: kind})


def _build(server: Hardware) -> dict[str, Relation]:
    preset = find_hardware_preset(server.preset)
    if preset is None:
        return {}
    return {
        "fixedConfigurationPreset": lambda: preset_entity(preset, HARDWARE_PACKAGE),
        "processorPhysicalCoreAmount": lambda: preset.cores,
        "processorCoreAmount": lambda: preset.cores,
        "memoryCapacity": lambda: preset.memory_gb,
        "memory": list,
        "powerSupplyCount": lambda: 2,
        **_parts(server, preset),
    }


def _parts(server: Hardware, preset: HardwarePreset) -> dict[str, Relation]:
    chassis: dict[str, Json] = {"id": server.id, "name": "1U Rack Server"}
    return {
        "activeComponents": lambda: components(server, preset),
        "components": lambda: components(server, preset),
        "hardDrives": lambda: hard_drives(server, preset),
        "hardwareChassis": lambda: structure("SoftLayer_Hardware_Chassis", chassis),
    }


def _state(account: Account, server: Hardware) -> dict[str, Relation]:
    datacenter = find_datacenter(server.datacenter)

    def place() -> Entity | None:
        return datacenter_entity(datacenter) if datacenter else None

    def status() -> Entity:
        key = hardware_status(server)
        return structure("SoftLayer_Hardware_Status", {"id": _STATUSES[key], "status": key})

    return {
        "datacenter": place,
        "location": place,
        "hardwareStatus": status,
        "serverPowerState": lambda: "on" if account.hardware.running(server) else "off",
        "tagReferences": lambda: tag_references(server.id, server.tags),
    }

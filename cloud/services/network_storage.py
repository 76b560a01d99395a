"""SoftLayer_Network_Storage: object storage accounts (Swift) and where they are reached."""

from cloud import faults
from cloud.account.account import Account
from cloud.catalog.datacenters import find_datacenter
from cloud.entities.storage import endpoint_entity, storage_entity
from cloud.interfaces import ObjectStorageError
from cloud.services.service import Call, Service, require_number
from cloud.state.records import StorageAccount
from cloud.values import Entity, Value

NAMES = ("SoftLayer_Network_Storage", "SoftLayer_Network_Storage_Hub_Swift", "SoftLayer_Network_Storage_Hub")


def network_storage_services(account: Account) -> tuple[Service, ...]:
    """The services, one under each name clients know it by."""

    def stored(identifier: str | None) -> StorageAccount:
        number = require_number(NAMES[0], identifier)
        storage = account.store.get(StorageAccount, number)
        if storage is None:
            raise faults.not_found(str(number))
        return storage

    def find(identifier: str | None) -> Entity:
        return storage_entity(account, stored(identifier))

    def connection(call: Call) -> Value:
        homes = (
            [stored(call.identifier).datacenter]
            if call.identifier
            else [
                storage.datacenter for storage in account.store.all(StorageAccount) if not storage.reclaiming
            ]
        )
        return _endpoints(account, homes)

    def delete(call: Call) -> Value:
        account.cancel_storage(stored(call.identifier), immediately=True)
        return True

    methods = {"getObjectStorageConnectionInformation": connection, "deleteObject": delete}
    return tuple(Service(name, find, methods) for name in NAMES)


def _endpoints(account: Account, homes: list[str]) -> list[Value]:
    """One entry for each datacenter an account lives in: each Swift stands alone (choice)."""
    names = [name for name in dict.fromkeys(homes) if find_datacenter(name)]
    try:
        return [endpoint_entity(account, name) for name in names]
    except ObjectStorageError as error:
        raise faults.ApiFault("SoftLayer_Exception_Public", "The object storage is not available.") from error

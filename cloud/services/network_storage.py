"""SoftLayer_Network_Storage: object storage accounts (Swift) and where they are reached."""

import secrets
from dataclasses import replace
from functools import partial

from cloud import faults
from cloud.account.account import Account
from cloud.catalog.datacenters import find_datacenter
from cloud.entities.storage import credentials, endpoint_entity, storage_entity
from cloud.interfaces import ObjectStorageError
from cloud.services.service import Call, Method, Service, require_number
from cloud.state.records import StorageAccount, StorageUser
from cloud.values import Entity, Value

NAMES = ("SoftLayer_Network_Storage", "SoftLayer_Network_Storage_Hub_Swift", "SoftLayer_Network_Storage_Hub")


def services(account: Account) -> tuple[Service, ...]:
    """Return the services, one under each name clients know it by."""

    def find(identifier: str | None) -> Entity:
        return storage_entity(account, _storage(account, identifier))

    def delete(call: Call) -> Value:
        account.cancel_storage(_storage(account, call.identifier), immediately=True)
        return True

    methods: dict[str, Method] = {
        "getObjectStorageConnectionInformation": partial(_connection, account),
        "deleteObject": delete,
        "editCredential": partial(_edit_credential, account),
        "assignNewCredential": partial(_add_credential, account),
    }
    return tuple(Service(name, find, methods) for name in NAMES)


def _storage(account: Account, identifier: str | None) -> StorageAccount:
    number = require_number(NAMES[0], identifier)
    storage = account.store.get(StorageAccount, number)
    if storage is None:
        raise faults.not_found(str(number))
    return storage


def _connection(account: Account, call: Call) -> Value:
    if call.identifier:
        return _endpoints(account, [_storage(account, call.identifier).datacenter])
    storages = account.store.all(StorageAccount)
    return _endpoints(account, [storage.datacenter for storage in storages if not storage.reclaiming])


def _edit_credential(account: Account, call: Call) -> Value:
    storage = _storage(account, call.identifier)
    login, key = _text(call, 0, "username"), _text(call, 1, "newPassword")
    logins = [storage.login, *(user.login for user in storage.further)]
    if not storage.ready or login not in logins:
        raise faults.invalid_value("username", f"{', '.join(logins)} are possible.")
    if account.object_storage is not None:
        user = login.partition(":")[2]
        account.object_storage.change_key(storage.datacenter, storage.username, user, key)
    account.store.change(StorageAccount, storage.id, lambda record: _with_key(record, login, key))
    return True


def _add_credential(account: Account, call: Call) -> Value:
    storage = _storage(account, call.identifier)
    if not storage.ready:
        raise faults.invalid_value("id", "The account is not ready.")
    # Choice: how SoftLayer names a further user is not attested.
    login = f"{storage.login}-{len(storage.further) + 2}"
    key = secrets.token_hex(32)
    if account.object_storage is not None:
        user = login.partition(":")[2]
        key = account.object_storage.create_account(storage.datacenter, storage.username, user).key
    added = StorageUser(login, key)
    changed = account.store.change(
        StorageAccount, storage.id, lambda record: replace(record, further=(*record.further, added))
    )
    return credentials(changed or storage)[-1]


def _text(call: Call, at: int, name: str) -> str:
    value = call.argument(at)
    if not isinstance(value, str) or not value:
        raise faults.invalid_value(name, "A text is needed.")
    return value


def _with_key(storage: StorageAccount, login: str, key: str) -> StorageAccount:
    if login == storage.login:
        return replace(storage, key=key)
    further = (replace(user, key=key) if user.login == login else user for user in storage.further)
    return replace(storage, further=tuple(further))


def _endpoints(account: Account, homes: list[str]) -> list[Value]:
    """Return one entry for each datacenter an account lives in: each Swift stands alone (choice)."""
    names = [name for name in dict.fromkeys(homes) if find_datacenter(name)]
    try:
        return [endpoint_entity(account, name) for name in names]
    except ObjectStorageError as error:
        raise faults.ApiFault("SoftLayer_Exception_Public", "The object storage is not available.") from error

"""Object storage accounts and where they are reached."""

from cloud.account.account import ACCOUNT_ID, Account
from cloud.catalog.datacenters import find_datacenter
from cloud.entities.location import datacenter_entity
from cloud.entities.ordering.billing import billing_item_entity
from cloud.state.records import BillingItem, StorageAccount, StorageUser
from cloud.values import Entity, Value, structure


def storage_entity(account: Account, storage: StorageAccount) -> Entity:
    """Return a SoftLayer_Network_Storage of the hub kind: `username` is the account, `password` its key.

    `credentials` hold the login v1 auth takes, with the same key. An account is there as soon as it is
    ordered, without key and credentials until its Swift has it (choice: a client that
    lost the order response can find it).
    """
    item = account.store.get(BillingItem, storage.billing_id)
    local: dict[str, Value] = {
        "id": storage.id,
        "accountId": ACCOUNT_ID,
        "capacityGb": 0,
        "createDate": storage.created,
        "guestId": None,
        "hardwareId": None,
        "nasType": "HUB",
        "notes": None,
        "password": storage.key,
        "serviceProviderId": 1,
        "username": storage.username,
        "serviceResourceName": "OBJECT_STORAGE",
    }
    return Entity(
        "SoftLayer_Network_Storage",
        local,
        {
            "vendorName": lambda: "Swift",
            "billingItem": lambda: (
                billing_item_entity(account, item) if item and not storage.reclaiming else None
            ),
            "credentials": lambda: list(credentials(storage)),
            "serviceResource": lambda: _resource(storage),
            "storageType": lambda: structure(
                "SoftLayer_Network_Storage_Type",
                {
                    "id": 24,
                    "keyName": "OBJECT_STORAGE_STANDARD",
                    "description": "Object Storage Standard Account",
                },
            ),
        },
    )


def credentials(storage: StorageAccount) -> tuple[Entity, ...]:
    """Return a SoftLayer_Network_Storage_Credential for each user of the account, the first one first."""
    if not storage.ready:
        return ()
    users = (StorageUser(storage.login, storage.key), *storage.further)
    return tuple(
        structure(
            "SoftLayer_Network_Storage_Credential",
            {
                "id": storage.id + number,
                "username": user.login,
                "password": user.key,
                "createDate": storage.created,
            },
        )
        for number, user in enumerate(users, 1)
    )


def _resource(storage: StorageAccount) -> Entity:
    datacenter = find_datacenter(storage.datacenter)
    name = f"Swift - {datacenter.long_name if datacenter else storage.datacenter}"
    return Entity(
        "SoftLayer_Network_Service_Resource",
        {"id": storage.id + 2, "name": name},
        {"datacenter": lambda: datacenter_entity(datacenter) if datacenter else None},
    )


def endpoint_entity(account: Account, datacenter_name: str) -> Entity:
    """Return one datacenter's connection information.

    With a real Swift behind, public and private endpoint are its one auth URL; without one they are the
    real cloud's names.
    """
    datacenter = find_datacenter(datacenter_name)
    if account.object_storage is not None:
        public = private = account.object_storage.auth_url(datacenter_name)
    else:
        public = f"https://{datacenter_name}.objectstorage.softlayer.net/auth/v1.0"
        private = f"https://{datacenter_name}.objectstorage.service.networklayer.com/auth/v1.0"
    return structure(
        "SoftLayer_Container_Network_Storage_Hub_ObjectStorage_ConnectionInformation",
        {
            "datacenter": datacenter.long_name if datacenter else datacenter_name,
            "datacenterShortName": datacenter_name,
            "publicEndpoint": public,
            "privateEndpoint": private,
        },
    )

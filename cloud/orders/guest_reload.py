"""Reloads of a virtual server's operating system: a fresh first disk, the same addresses.

Source: SLDN SoftLayer_Virtual_Guest::reloadOperatingSystem and the configuration's type as softlayer-go shows
it (`customProvisionScriptUri`, `sshKeyIds`, `itemPrices`, `imageTemplateId`). Without `FORCE` the first call
answers with a token, the second with that token reloads. That the keys stay when none are named, and the
faults' texts, are a choice.
"""

import hashlib
from dataclasses import replace

from cloud import arguments, faults
from cloud.account.account import Account
from cloud.catalog.items import Item, find_price
from cloud.orders.guest_upgrade import reinstalled_bill
from cloud.provisioning.guest_pipeline import guest_steps
from cloud.provisioning.stages import RELOAD
from cloud.state.records import BillingItem, Guest, GuestReload, Transaction
from cloud.values import Json

_FORCE = "FORCE"


def reload_guest(account: Account, guest: Guest, token: Json, configuration: Json) -> str:
    """Begin a reload, or answer with the token that confirms it.

    Args:
        account: Account that has the guest.
        guest: The server.
        token: Token of the caller: `FORCE`, the token, or nothing.
        configuration: What to change with it.

    Raises:
        ApiFault: The order is invalid, or the server has an active transaction.
    """
    if guest_steps(guest):
        raise faults.outstanding_transaction()
    config = arguments.mapping(configuration, "config") if configuration not in (None, "") else {}
    system = _system(config)
    reload = _reload(account, guest, config, system)
    confirmation = _confirmation(guest)
    if token not in (_FORCE, confirmation):
        return confirmation

    def change(record: Guest, transaction: Transaction) -> Guest:
        return replace(record, reload=reload, reload_id=transaction.id, reload_date=transaction.created)

    account.start_transaction(guest.id, RELOAD[0], change)
    if system:
        account.store.change(BillingItem, guest.billing_id, lambda item: reinstalled_bill(item, system))
    return "OK"


def _confirmation(guest: Guest) -> str:
    """Return a token of this installation: after a reload it is another."""
    return hashlib.sha256(f"{guest.uuid}|{guest.reload_id}".encode()).hexdigest()[:32]


def _reload(account: Account, guest: Guest, config: dict[str, Json], system: Item | None) -> GuestReload:
    if config.get("imageTemplateId") not in (None, "", 0):
        raise faults.invalid_value("imageTemplateId", "This cloud has no image templates.")
    numbers = [arguments.number(key_id, "sshKeyIds") for key_id in arguments.sequence(config, "sshKeyIds")]
    keys = tuple(dict.fromkeys(number for number in numbers if number is not None))
    return GuestReload(
        system.os_code if system else guest.os_code,
        keys or guest.key_ids,
        account.key_texts(keys) if keys else guest.sealed_keys,
        arguments.text(config, "customProvisionScriptUri"),
    )


def _system(config: dict[str, Json]) -> Item | None:
    """Return the operating system among the configuration's prices."""
    for price in arguments.sequence(config, "itemPrices"):
        number = arguments.number(arguments.mapping(price, "itemPrices").get("id"), "itemPrices.id")
        item = find_price(number) if number is not None else None
        if item is None or not item.os_code:
            raise faults.invalid_value("itemPrices.id", "The price of an operating system is needed.")
        return item
    return None

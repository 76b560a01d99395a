"""SoftLayer_Account: everything the account owns, as relations of one object."""

from collections.abc import Mapping

from cloud.account.account import ACCOUNT_ID, Account
from cloud.entities.ordering.billing import billing_item_entity, order_entity, user_entity
from cloud.entities.ordering.ticket import ticket_entity
from cloud.entities.servers.guest import guest_entity
from cloud.entities.servers.hardware import hardware_entity
from cloud.entities.storage import storage_entity
from cloud.services.service import Service
from cloud.state.records import BillingItem, Guest, Hardware, Order, StorageAccount, Ticket
from cloud.values import Entity, Relation, Value

NAME = "SoftLayer_Account"


def account_service(account: Account, relations: Mapping[str, Relation]) -> Service:
    """Return the service; the account needs no identifier, since a caller has only the one.

    Args:
        account: Account that the service shows.
        relations: Relations that list other services' objects.
    """
    # The official client filters hourly and monthly lists under `virtualGuests`.
    roots = {"hourlyVirtualGuests": "virtualGuests", "monthlyVirtualGuests": "virtualGuests"}
    return Service(NAME, lambda _: _account_entity(account, relations), {}, roots)


def _account_entity(account: Account, relations: Mapping[str, Relation]) -> Entity:
    return Entity(
        NAME,
        {
            "id": ACCOUNT_ID,
            "accountStatusId": 1001,
            "brandId": 2,
            "companyName": "Local cloud",
            "email": "operator@example.com",
            "firstName": "Local",
            "lastName": "Operator",
            "country": "US",
            "isReseller": 0,
            "statusDate": None,
        },
        {
            **_guests(account),
            **_hardware(account),
            **_storage(account),
            **_billing(account),
            **_people(account),
            **relations,
        },
    )


def _guests(account: Account) -> dict[str, Relation]:
    def guests(*, hourly: bool | None) -> list[Value]:
        every = account.store.all(Guest)
        return [guest_entity(guest, account) for guest in every if hourly is None or guest.hourly == hourly]

    return {
        "virtualGuests": lambda: guests(hourly=None),
        "hourlyVirtualGuests": lambda: guests(hourly=True),
        "monthlyVirtualGuests": lambda: guests(hourly=False),
    }


def _hardware(account: Account) -> dict[str, Relation]:
    def servers(*, hourly: bool | None) -> list[Value]:
        every = account.store.all(Hardware)
        return [
            hardware_entity(server, account) for server in every if hourly is None or server.hourly == hourly
        ]

    def tickets(*, closed: bool | None) -> list[Value]:
        every = account.store.all(Ticket)
        return [
            ticket_entity(account, ticket) for ticket in every if closed is None or ticket.closed == closed
        ]

    return {
        "hardware": lambda: servers(hourly=None),
        "bareMetalInstances": lambda: servers(hourly=None),
        "hourlyBareMetalInstances": lambda: servers(hourly=True),
        "monthlyBareMetalInstances": lambda: servers(hourly=False),
        "tickets": lambda: tickets(closed=None),
        "openTickets": lambda: tickets(closed=False),
        "closedTickets": lambda: tickets(closed=True),
    }


def _storage(account: Account) -> dict[str, Relation]:
    def every() -> list[Value]:
        return [storage_entity(account, storage) for storage in account.store.all(StorageAccount)]

    return {"hubNetworkStorage": every, "networkStorage": every}


def _billing(account: Account) -> dict[str, Relation]:
    def items() -> list[Value]:
        return [billing_item_entity(account, item) for item in account.store.all(BillingItem)]

    def billed() -> list[Value]:
        every = account.store.all(BillingItem)
        return [billing_item_entity(account, item) for item in every if item.cancelled is None]

    return {
        "orders": lambda: [order_entity(account, order) for order in account.store.all(Order)],
        "allBillingItems": items,
        "allTopLevelBillingItems": billed,
        "nextInvoiceTopLevelBillingItems": billed,
    }


def _people(account: Account) -> dict[str, Relation]:
    return {
        "users": lambda: [user_entity(account)],
        "masterUser": lambda: user_entity(account),
        "currentUser": lambda: user_entity(account),
    }

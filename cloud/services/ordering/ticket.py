"""SoftLayer_Ticket: the tickets that cancellations open, to read and to add to."""

from cloud import arguments, faults
from cloud.account.account import Account
from cloud.entities.ordering.ticket import ticket_entity
from cloud.services.service import Call, Service, require_number
from cloud.state.records import Ticket
from cloud.values import Entity, Value

NAME = "SoftLayer_Ticket"


def services(account: Account) -> tuple[Service, ...]:
    """Return the service; tickets are opened by Billing_Item::cancelItem alone."""

    def ticket(identifier: str | None) -> Ticket:
        number = require_number(NAME, identifier)
        record = account.store.get(Ticket, number)
        if record is None:
            raise faults.not_found(str(number))
        return record

    def find(identifier: str | None) -> Entity:
        return ticket_entity(account, ticket(identifier))

    def update(call: Call) -> Value:
        entry = arguments.text(arguments.mapping(call.argument(0), "The template object"), "entry")
        if not entry:
            raise faults.missing_property("entry", "SoftLayer_Ticket_Update")
        changed = account.hardware.update_ticket(ticket(call.identifier), entry)
        return ticket_entity(account, changed).get("updates")

    return (Service(NAME, find, {"addUpdate": update}),)

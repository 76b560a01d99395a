"""Tickets that cancel servers."""

from cloud.account.account import ACCOUNT_ID, USER_ID, Account
from cloud.state.records import Ticket
from cloud.values import Entity, structure

_OPEN, _CLOSED = 1001, 1002


def ticket_entity(account: Account, ticket: Ticket) -> Entity:
    """Return a SoftLayer_Ticket; its updates are open to read, nobody works on it here (choice)."""
    status = ("CLOSED", "Closed") if ticket.closed else ("OPEN", "Open")
    return Entity(
        "SoftLayer_Ticket",
        {
            "id": ticket.id,
            "accountId": ACCOUNT_ID,
            "assignedUserId": USER_ID,
            "title": ticket.title,
            "createDate": ticket.created,
            "lastEditDate": ticket.updates[-1].created if ticket.updates else ticket.created,
            "statusId": _CLOSED if ticket.closed else _OPEN,
        },
        {
            "updates": lambda: [
                structure(
                    "SoftLayer_Ticket_Update",
                    {
                        "id": update.id,
                        "entry": update.entry,
                        "createDate": update.created,
                        "ticketId": ticket.id,
                    },
                )
                for update in ticket.updates
            ],
            "status": lambda: structure("SoftLayer_Ticket_Status", {"keyName": status[0], "name": status[1]}),
        },
    )

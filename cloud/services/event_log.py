"""SoftLayer_Event_Log: what was done, for now the changes of security groups, each with its request's id."""

from cloud.account.account import ACCOUNT_ID, USER_ID, Account
from cloud.services.service import Call, Service
from cloud.state.network_records import Event
from cloud.values import Entity, Value, structure

NAME = "SoftLayer_Event_Log"


def services(account: Account) -> tuple[Service, ...]:
    """Return the service."""

    def everything(_: Call) -> Value:
        return [_entity(account, event) for event in account.store.all(Event)]

    def object_names(_: Call) -> Value:
        return sorted({event.object_name for event in account.store.all(Event)})

    def names(call: Call) -> Value:
        every = account.store.all(Event)
        return sorted({event.name for event in every if call.argument(0) in (None, "", event.object_name)})

    methods = {
        "getAllObjects": everything,
        "getAllEventObjectNames": object_names,
        "getAllEventNames": names,
    }
    return (Service(NAME, None, methods),)


def _entity(account: Account, event: Event) -> Entity:
    return structure(
        NAME,
        {
            "accountId": ACCOUNT_ID,
            "eventCreateDate": event.created,
            "eventName": event.name,
            "ipAddress": "127.0.0.1",
            "label": event.label,
            "metaData": event.meta,
            "objectId": event.object_id,
            "objectName": event.object_name,
            "traceId": f"{event.id:013x}",
            "userId": USER_ID,
            "userType": "CUSTOMER",
            "username": account.settings.username,
        },
    )

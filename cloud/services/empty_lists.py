"""Services that clients ask as a matter of course and that have no content here: an empty list."""

from cloud.account.account import Account
from cloud.services.service import Call, Service
from cloud.values import Value


def services(_account: Account) -> tuple[Service, ...]:
    """Announcements of the operator, and requests to cancel that wait for a human: there are none."""

    def nothing(_: Call) -> Value:
        return list[Value]()

    return (
        Service("SoftLayer_Notification_Occurrence_Event", None, {"getAllObjects": nothing}),
        Service("SoftLayer_Billing_Item_Cancellation_Request", None, {"getAllCancellationRequests": nothing}),
    )

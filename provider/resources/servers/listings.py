"""The kinds of servers that an account lists.

Sources: SLDN SoftLayer_Account getVirtualGuests and getHardware. Bare metal is known by its global
identifier, the only one that the answer to its order has; it is a property of its own of SoftLayer_Hardware,
so that a list can be filtered by it.
"""

from provider.resources.bare_metal import view as bare_metal_view
from provider.resources.virtual_guest import view as guest_view
from provider.softlayer.records import text_at, whole_at
from provider.softlayer.server_listing import ServerListing

GUESTS = ServerListing[int](
    method="getVirtualGuests",
    root="virtualGuests",
    service="Virtual_Guest",
    key="id",
    key_at=whole_at,
    mask=guest_view.MASK,
    watched=(
        "mask[id,hostname,domain,provisionDate,privateNetworkOnlyFlag,primaryIpAddress,"
        "primaryBackendIpAddress,status[keyName],billingItem[id],"
        "activeTransaction[id,transactionStatus[name,friendlyName]]]"
    ),
)
METAL = ServerListing[str](
    method="getHardware",
    root="hardware",
    service="Hardware_Server",
    key="globalIdentifier",
    key_at=text_at,
    mask=bare_metal_view.MASK,
    watched=(
        "mask[id,globalIdentifier,hostname,domain,provisionDate,hardwareStatus[status],"
        "billingItem[id,cancellationDate],openCancellationTicket[id],"
        "activeTransaction[id,transactionStatus[name,friendlyName]]]"
    ),
)

"""What a virtual server would cost; see `provider.resources.servers.quote`."""

from collections.abc import Awaitable, Callable

from provider.resources.servers.quote import QuotedKind, quote_server
from provider.resources.virtual_guest.order import GuestOrder, order_template
from provider.session import Session
from provider.softlayer.records import Record
from provider.values import Properties

GUEST = QuotedKind(
    "VirtualGuest",
    "Virtual_Guest",
    (
        "datacenter",
        "osCode",
        "hourly",
        "flavor",
        "cpus",
        "memory",
        "localDisk",
        "disks",
        "networkSpeed",
        "privateNetworkOnly",
    ),
    order_template,
)


async def quote_guest(
    session: Session, inputs: Properties, offered: Callable[[Session], Awaitable[Record]]
) -> Properties:
    """Return the costs that a server of these inputs would have; see `quote_server`.

    Args:
        session: The configured provider.
        inputs: Checked inputs, which may hold unknowns.
        offered: Answer of getCreateObjectOptions, requested once.
    """
    return await quote_server(session, GUEST, inputs, lambda order_inputs: GuestOrder(order_inputs, offered))


def costs_anew(old: Properties, news: Properties) -> bool:
    """Return whether a change in place changes the cost; a port is slowed down for nothing."""
    return any(old.get(name) != news.get(name) for name in GUEST.decisive if name != "networkSpeed")

"""The tags by which provider and operate know a stack's servers are those that the program orders with."""

from types import SimpleNamespace
from typing import cast

from components.server.operator_key import OperatorKey
from components.server.order import ServerOrder
from operate.stack import account_traces
from provider.resources.registry import unmanaged_servers
from settings import ServerSettings


def test_a_stack_s_servers_are_searched_for_by_the_tags_of_their_orders() -> None:
    settings = cast(ServerSettings, SimpleNamespace(tags=("team",)))
    order = ServerOrder(settings, "example.com", "prod", cast(OperatorKey, None))
    searched = {unmanaged_servers.TAG, account_traces._TAG, "prod"}
    assert searched == set(order.tags) - {"team"}

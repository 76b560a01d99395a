"""Waits for a change of a server that the cloud makes in several transactions: an upgrade, a reload."""

from collections.abc import Iterator
from contextlib import contextmanager

import SoftLayer

from cloud.provisioning.stages import HARDWARE_RELOAD, RELOAD, UPGRADE
from harness.waiting import until
from tests.support.cloud.ordering import Plain

_LAST = {stages[-1].name for stages in (UPGRADE, RELOAD, HARDWARE_RELOAD)}


@contextmanager
def changed(
    client: SoftLayer.BaseClient, number: int, service: str = "Virtual_Guest", seconds: float = 20.0
) -> Iterator[None]:
    """Wait, at the end, until the upgrade or reload that is begun inside is over.

    That no transaction is active shows nothing: there is none before the first, nor between two.
    """
    before = last_transaction(client, number, service)
    yield
    until(lambda: change_is_over(client, number, before, service), f"{number} is changed", seconds)


def change_is_over(
    client: SoftLayer.BaseClient, number: int, before: int | None, service: str = "Virtual_Guest"
) -> bool:
    """Return whether the last transaction of a change is done.

    Args:
        client: Client of the account.
        number: Id of the server.
        before: Id of the server's last transaction before the change.
        service: Name of the server's service.
    """
    last = _last(client, number, service)
    return last.get("id") != before and last["transactionStatus"]["name"] in _LAST


def last_transaction(client: SoftLayer.BaseClient, number: int, service: str = "Virtual_Guest") -> int | None:
    """Return the id of the last transaction that is done; None where there is none."""
    return _last(client, number, service).get("id")


def _last(client: SoftLayer.BaseClient, number: int, service: str) -> Plain:
    mask = "mask[lastTransaction[id,transactionStatus[name]]]"
    server: Plain = client.call(service, "getObject", id=number, mask=mask)
    last: Plain = server.get("lastTransaction", {})
    return last

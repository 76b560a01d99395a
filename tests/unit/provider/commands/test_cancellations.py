"""Cancellations that were scheduled in the portal, as the provider reads them for `operate status`."""

from pathlib import Path

import pytest

from provider.commands.cancellations import Cancellations, StackItems, cancellations, read_request
from provider.errors import ProviderError
from tests.unit.provider.scripted_cloud import REFUSED, ScriptedCloud


def test_a_request_without_servers_is_refused() -> None:
    configuration, items = read_request('{"servers": {"a": 7}, "globalIp": 9}')
    assert (configuration, items) == ("{}", StackItems({"a": "7"}, 9))
    for text in ("", "[]", '{"servers": []}'):
        with pytest.raises(ProviderError, match="an object with servers"):
            read_request(text)


def test_the_account_is_queried_once_for_each_kind(tmp_path: Path) -> None:
    scheduled = {"billingItem": {"cancellationDate": "2026-12-31"}}
    cloud = ScriptedCloud({
        "Account::getVirtualGuests": [
            [{"id": 7, **scheduled}, {"id": 8, "billingItem": {}}, {"id": 1, **scheduled}]
        ],
        "Account::getHardware": [[{"id": 3, "globalIdentifier": "u-u", **scheduled}]],
        "Account::getGlobalIpRecords": [[{"id": 9, **scheduled}]],
    })  # fmt: skip
    items = StackItems({"dal05-a": "7", "dal05-b": "8", "dal05-m": "u-u", "gone": "77"}, 9)
    dates = cloud.run(tmp_path, lambda session: cancellations(session, items))
    assert dates == Cancellations(dict.fromkeys(("dal05-a", "dal05-m", "global IP"), "2026-12-31"))
    guests = cloud.run(tmp_path, lambda session: cancellations(session, StackItems({"dal05-a": "7"})))
    assert guests == Cancellations({"dal05-a": "2026-12-31"})
    assert cloud.called("Account::getHardware") == cloud.called("Account::getGlobalIpRecords") == 1


def test_servers_have_dates_where_the_user_may_not_see_global_ips(tmp_path: Path) -> None:
    scheduled = {"billingItem": {"cancellationDate": "2026-12-31"}}
    cloud = ScriptedCloud({
        "Account::getVirtualGuests": [[{"id": 7, **scheduled}]],
        "Account::getGlobalIpRecords": [REFUSED],
    })  # fmt: skip
    answer = cloud.run(tmp_path, lambda session: cancellations(session, StackItems({"dal05-a": "7"}, 9)))
    assert answer.dates == {"dal05-a": "2026-12-31"}
    assert "That is not possible" in answer.failure

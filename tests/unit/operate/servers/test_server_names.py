"""Servers are named by NAME or DATACENTER-NAME."""

import pytest

from operate.error import OperateError
from operate.servers.server_names import full_names

SERVERS = ("dal05-a", "dal05-b", "ams01-a", "ams01-c")


def test_servers_are_named_by_either_name() -> None:
    assert full_names(("b", "ams01-a"), SERVERS) == ("dal05-b", "ams01-a")
    assert full_names((), SERVERS) == ()


@pytest.mark.parametrize(("name", "number"), [("a", 2), ("z", 0), ("dal05", 0)])
def test_a_name_of_none_or_of_several_is_refused(name: str, number: int) -> None:
    with pytest.raises(OperateError, match=rf"--server {name} must name one .* names {number}; .* ams01-a"):
        full_names((name,), SERVERS)


def test_a_mistyped_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(OperateError, match="names 0; nearest is dal05-b"):
        full_names(("dal5-b",), SERVERS)

"""`operate status` asks the account for cancellations that were scheduled in the portal since."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from operate.error import OperateError
from operate.stack.facts import Facts, GlobalIpFacts
from operate.status.account_cancellations import account_question, with_cancellations
from tests.unit.operate.recover.standby_facts import FACTS

STACK = replace(
    FACTS, server_ids={"dal05-a": "7", "dal05-m": "u-u"}, cancellations={"dal05-b": "recorded"},
    global_ip=GlobalIpFacts(9, "203.0.113.9"),
)  # fmt: skip


def status(facts: Facts, code: str) -> tuple[Mapping[str, str], tuple[str, ...]]:
    with account_question(("-c", code)) as question, question.ask(facts) as answer:
        current, notices = with_cancellations(facts, answer)
    return current.cancellations, notices


REPORT = (
    "import json, sys; request = json.load(sys.stdin);"
    " dates = {name: str(request['globalIp']) for name in request['servers']};"
    " print(json.dumps({'cancellations': dates, 'failure': ''}))"
)


def test_what_the_account_answers_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SL_API_KEY", "k" * 64)
    assert status(STACK, REPORT) == ({"dal05-a": "9", "dal05-m": "9"}, ())


@pytest.mark.parametrize(
    ("code", "reason"),
    [("import sys; sys.exit('account 7 is closed')", "account 7 is closed"), ("exit(1)", "failed")],
)
def test_a_status_does_not_fail_with_the_account(
    code: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SL_API_KEY", "k" * 64)
    dates, (notice,) = status(STACK, code)
    assert dates == STACK.cancellations
    assert notice.startswith("the account did not answer for all cancellations")
    assert reason in notice


def test_what_was_read_of_servers_counts_where_the_global_ip_cannot_be_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SL_API_KEY", "k" * 64)
    code = 'print(\'{"cancellations": {"dal05-a": "read"}, "failure": "no permission"}\')'
    dates, (notice,) = status(STACK, code)
    assert dates == {"dal05-a": "read", "dal05-b": "recorded"}
    assert notice.endswith("no permission")


def test_an_unused_request_ends_with_the_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It has started, and a stack whose outputs cannot be read has no items for it."""
    monkeypatch.setenv("SL_API_KEY", "k" * 64)
    code = f"import sys; sys.stdin.read(); open({str(tmp_path / 'asked')!r}, 'w')"
    with pytest.raises(OperateError, match="cannot be read"), account_question(("-c", code)):
        raise OperateError("its outputs cannot be read")
    assert list(tmp_path.iterdir()) == []


def test_without_credentials_nothing_is_requested(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SL_API_KEY", "SOFTLAYER_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    assert status(STACK, "exit(1)") == (STACK.cancellations, ())
    monkeypatch.setenv("SL_API_KEY", "k")
    assert status(replace(STACK, server_ids={}), "exit(1)") == (STACK.cancellations, ())

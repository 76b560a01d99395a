"""How long an error waits for the account, and that it says so."""

import io
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from messages.progress import LINE_SECONDS
from operate.stack import account_traces
from operate.stack.account_traces import find_traces, find_twins
from operate.stack.python_command import CommandTimeoutError

SERVERS = [{"name": "a", "datacenter": "dal05"}]


@pytest.fixture
def stack_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SL_API_KEY", "k" * 64)
    settings = {"softlayer-registry:domain": "example.com", "softlayer-registry:servers": SERVERS}
    file = tmp_path / "Pulumi.prod.yaml"
    file.write_text(yaml.safe_dump({"config": settings}))
    return file


def test_the_wait_for_an_account_is_named_within_seconds_where_there_is_no_terminal(
    stack_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)

    def be_silent(_: Sequence[str], __: Mapping[str, object], seconds: float) -> dict[str, Any]:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and "waiting for the account" not in stream.getvalue():
            time.sleep(0.05)
        raise CommandTimeoutError(f"no answer within {seconds:.0f} s")

    monkeypatch.setattr(account_traces, "run_command", be_silent)
    started_at = time.monotonic()
    assert find_traces("prod", stack_file).unknown == "no answer within 15 s"
    assert "waiting for the account, which may have servers of the stack ..." in stream.getvalue()
    assert time.monotonic() - started_at < LINE_SECONDS, "not only after the time of every other step"


def test_a_check_waits_longer_than_an_error(stack_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    limits = list[float]()

    def answer(_: Sequence[str], __: Mapping[str, object], seconds: float) -> dict[str, Any]:
        limits.append(seconds)
        return {"candidates": {}}

    monkeypatch.setattr(account_traces, "run_command", answer)
    find_traces("prod", stack_file)
    find_twins("prod", stack_file, ())
    assert limits == [15.0, 20.0]

"""A stack's cost in a real preview and a real `up`: the export, and the table at the end."""

import json
from pathlib import Path

import pytest

from harness.cloud.running_api import RunningApi, serve
from tests.provider.stack import GUEST, Stack, engine_path

PROGRAM = """\
import json
import os

import pulumi
import pulumi_softlayer as softlayer
from components.cost import log_cost

shape = json.loads(os.environ["GUEST"])
servers = {
    "web": softlayer.VirtualGuest("web", **shape),
    "data": softlayer.VirtualGuest("data", **{**shape, "hostname": "data", "hourly": False}),
}
pulumi.export("cost", log_cost(servers))
"""
HOURLY = 1 * 0.025 + 1 * 0.012


@pytest.fixture(scope="module")
def engine() -> str:
    return engine_path()


def stack(folder: Path, api: RunningApi, engine: str) -> Stack:
    budget_stack = Stack(folder / "stack", "cost", api, engine, dict(GUEST), PROGRAM)
    budget_stack.create()
    return budget_stack


def rows(printed: str) -> dict[str, list[str]]:
    """The table's rows by server, as they last stand in what was printed."""
    lines = [line.split() for line in printed.splitlines()]
    return {words[0]: words[1:] for words in lines if len(words) == 3}


def test_preview_and_up_tell_the_same_cost(tmp_path: Path, engine: str) -> None:
    with serve(tmp_path / "cloud") as api:
        budget_stack = stack(tmp_path, api, engine)
        previewed = budget_stack.run("preview", "--stack", "cost")
        assert api.orders_placed() == 0
        done = budget_stack.up()
        exported = json.loads(budget_stack.run("stack", "output", "--json", "--stack", "cost"))["cost"]
        again = budget_stack.run("preview", "--stack", "cost", "--expect-no-changes")
    for printed in (previewed, done, again):
        cost_rows = rows(printed)
        assert cost_rows["server"] == ["hourly", "monthly"]
        assert cost_rows["web"] == [f"{HOURLY:.4f}", f"{HOURLY * 730:.2f}"]
        assert cost_rows["data"][0] == "-"
        assert cost_rows["total"] == [f"{HOURLY:.4f}", f"{exported['monthly']:.2f}"]
        assert str(exported["monthly"]) in printed, "exported, in a preview too"
    assert exported["hourly"] == pytest.approx(HOURLY)
    assert exported["monthly"] > HOURLY * 730, "what is billed by the month as well"


def test_a_preview_without_network_reports_that_the_cost_is_not_known(tmp_path: Path, engine: str) -> None:
    with serve(tmp_path / "cloud") as api:
        budget_stack = stack(tmp_path, api, engine)
    printed = budget_stack.run("preview", "--stack", "cost")
    assert rows(printed)["web"] == ["?", "?"]
    assert rows(printed)["total"] == ["?", "?"]


def test_a_preview_of_what_would_be_refused_fails_by_name(tmp_path: Path, engine: str) -> None:
    with serve(tmp_path / "cloud") as api:
        budget_stack = stack(tmp_path, api, engine)
        budget_stack.guest["disks"] = [25, 33]
        printed = budget_stack.run("preview", "--stack", "cost", good=False)
        assert "disks: SoftLayer refuses the order" in printed
        assert api.orders_placed() == 0

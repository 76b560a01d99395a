"""The policy pack under the real engine: a stack above its budget is stopped before anything is ordered."""

import json
from pathlib import Path

import pytest

from dev.local.environment import CHECKOUT
from harness.cloud.running_api import RunningApi, serve
from tests.provider.stack import GUEST, Stack, engine_path

PACK = CHECKOUT / "policy" / "pulumi-analyzer-softlayer-costs"
MONTHLY = (0.025 + 0.012) * 730
"""USD for the tests' server."""


@pytest.fixture(scope="module")
def engine() -> str:
    assert (CHECKOUT / "policy" / ".venv").exists(), "the policy pack's Python is missing; run 'make policy'"
    return engine_path()


def stack(folder: Path, api: RunningApi, engine: str) -> Stack:
    budget_stack = Stack(folder / "stack", "budget", api, engine, dict(GUEST))
    budget_stack.create()
    return budget_stack


def under(
    budget_stack: Stack, *verb: str, usd: object = None, level: str = "mandatory", good: bool = True
) -> str:
    """Run with the policy pack, with the default budget or with one of its own."""
    words = ["--stack", budget_stack.name, "--policy-pack", str(PACK)]
    if usd is not None:
        file = budget_stack.folder / "budget.json"
        file.write_text(json.dumps({"monthly-budget": {"usdPerMonth": usd, "enforcementLevel": level}}))
        words += ["--policy-pack-config", str(file)]
    return budget_stack.run(*verb, *words, good=good)


def test_a_stack_above_its_budget_is_stopped_and_nothing_ordered(tmp_path: Path, engine: str) -> None:
    with serve(tmp_path / "cloud") as api:
        budget_stack = stack(tmp_path, api, engine)
        for verb in (("preview",), ("up", "--yes")):
            printed = under(budget_stack, *verb, usd=20, good=False)
            assert "[mandatory]  monthly-budget" in printed
            message = f"would cost {MONTHLY:.2f} USD a month, {MONTHLY - 20:.2f} above its budget of 20.00"
            assert message in printed
            assert f"web {MONTHLY:.2f}" in printed
        assert api.orders_placed() == 0


def test_a_stack_within_its_budget_goes_up_and_is_stopped_when_it_grows(tmp_path: Path, engine: str) -> None:
    with serve(tmp_path / "cloud") as api:
        budget_stack = stack(tmp_path, api, engine)
        assert "softlayer-costs@v0.1.0" in under(budget_stack, "up", "--yes", usd=MONTHLY + 1)
        assert api.orders_placed() == 1
        budget_stack.guest |= {"cpus": 4, "memory": 8192}
        assert "above its budget" in under(budget_stack, "up", "--yes", usd=MONTHLY + 1, good=False)
        assert api.orders_placed() == 1


def test_an_advisory_budget_warns(tmp_path: Path, engine: str) -> None:
    with serve(tmp_path / "cloud") as api:
        budget_stack = stack(tmp_path, api, engine)
        assert "[advisory]  monthly-budget" in under(budget_stack, "preview", usd=20, level="advisory")


def test_without_configuration_the_default_holds(tmp_path: Path, engine: str) -> None:
    with serve(tmp_path / "cloud") as api:
        budget_stack = stack(tmp_path, api, engine)
        under(budget_stack, "preview")
        budget_stack.guest |= {"cpus": 16, "memory": 65536}
        assert "above its budget of 200.00" in under(budget_stack, "preview", good=False)


def test_what_is_not_known_is_reported_and_stops_nothing(tmp_path: Path, engine: str) -> None:
    with serve(tmp_path / "cloud") as api:
        budget_stack = stack(tmp_path, api, engine)
    printed = under(budget_stack, "preview", usd=1)
    assert "[advisory]  cost-known" in printed
    assert "The cost of web is not known" in printed


def test_a_budget_that_is_none_is_refused(tmp_path: Path, engine: str) -> None:
    with serve(tmp_path / "cloud") as api:
        budget_stack = stack(tmp_path, api, engine)
        assert "usdPerMonth" in under(budget_stack, "preview", usd="much", good=False)
        assert api.orders_placed() == 0

"""Sizes and seeds of campaigns, and that docs/design/tests.md lists them all."""

import ast
import itertools
from functools import cache
from pathlib import Path

import pytest

from dev.local.environment import CHECKOUT
from dev.local.testing.soak import CAMPAIGNS
from dev.local.testing.tiers import TIERS
from tests.support.campaign import SCALE, SEED, TURNS, Campaign, by_turns, choose_seed, describe_run

ORDERS = Campaign("orders", full=2048, sample=128)
DOCUMENT = (CHECKOUT / "docs" / "design" / "tests.md").read_text()


@pytest.mark.parametrize(
    ("scale", "size"), [("", 128), ("1", 2048), ("0.25", 512), ("3", 6144), ("0.0001", 1)]
)
def test_size_by_scale(monkeypatch: pytest.MonkeyPatch, scale: str, size: int) -> None:
    monkeypatch.setenv(SCALE, scale)
    assert ORDERS.size == size


def test_seed_is_the_date_unless_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SEED, "7")
    choose_seed()
    assert ORDERS.seed == 7
    assert "seed 7" in describe_run()
    monkeypatch.delenv(SEED)
    choose_seed()
    assert 20_260_000 < ORDERS.seed < 21_000_000


@pytest.mark.parametrize(("scale", "start"), [("1", [1, 2, 3]), ("", [4, 20, 36])])
def test_walk(monkeypatch: pytest.MonkeyPatch, scale: str, start: list[int]) -> None:
    monkeypatch.setenv(SCALE, scale)
    monkeypatch.setenv(SEED, "19")
    assert list(itertools.islice(ORDERS.walk(), 3)) == start


def test_choose(monkeypatch: pytest.MonkeyPatch) -> None:
    faults = Campaign("faults", full=5, sample=2)
    monkeypatch.delenv(SCALE, raising=False)
    chosen = set()
    for seed in range(5):
        monkeypatch.setenv(SEED, str(seed))
        chosen |= {tuple(faults.choose("abcde"))}
    assert chosen == {("a", "b"), ("b", "c"), ("c", "d"), ("d", "e"), ("e", "a")}
    monkeypatch.setenv(SCALE, "1")
    assert sorted(faults.choose("abcde")) == list("abcde")


@pytest.mark.parametrize("seed", ["20261129", "20261130", "20261201"])
def test_one_turn_comes_with_each_seed_and_all_in_a_campaign(
    monkeypatch: pytest.MonkeyPatch, seed: str
) -> None:
    def runs(turn: int) -> bool:
        (_, skip) = by_turns(turn)
        return not skip.args[0]

    monkeypatch.setenv(SEED, seed)
    monkeypatch.delenv(SCALE, raising=False)
    assert [turn for turn in range(TURNS) if runs(turn)] == [int(seed) % TURNS]
    monkeypatch.setenv(SCALE, "1")
    assert all(map(runs, range(TURNS)))


@cache
def campaigns_in_tests() -> dict[str, tuple[int, int]]:
    """Return full size and sample of each `Campaign(...)` of a test module, by name."""
    campaigns = {}
    for file in sorted((CHECKOUT / "tests").rglob("test_*.py")):
        source = file.read_text()
        if file == Path(__file__) or "Campaign(" not in source:
            continue
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Campaign":
                sizes = {word.arg: ast.literal_eval(word.value) for word in node.keywords}
                campaigns[ast.literal_eval(node.args[0])] = sizes["full"], sizes["sample"]
    return campaigns


def test_every_campaign_of_the_tests_is_one_of_make_soak() -> None:
    campaigns = campaigns_in_tests()
    assert campaigns
    assert campaigns.keys() <= CAMPAIGNS.keys()


@pytest.mark.parametrize("name", CAMPAIGNS)
def test_the_document_has_every_campaign(name: str) -> None:
    row = next(line for line in DOCUMENT.splitlines() if line.startswith(f"| `{name}` |"))
    assert CAMPAIGNS[name].proof in row
    if name in campaigns_in_tests():
        assert f"| {campaigns_in_tests()[name][1]:,} of " in row


def test_the_document_has_every_tier() -> None:
    assert [line.split("`")[1] for line in DOCUMENT.splitlines() if line.startswith("| `tests/")] == [
        f"tests/{name}" for name in TIERS
    ]

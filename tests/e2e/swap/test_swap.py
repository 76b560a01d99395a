"""A swap and its rollback by `operate`, on a live stack."""

import pytest

from harness.stack.swap_operator import SwapOperator
from tests.e2e.swap.swap_fixtures import operator as operator

pytestmark = pytest.mark.expected_seconds(65)


def test_a_swap_and_its_rollback(operator: SwapOperator) -> None:
    assert operator.live() == "red"
    done = operator.operate(
        "swap", "--to", "2", "--set", "memory=1280", "--bake", "0.1", "--why", "more memory"
    )
    assert done.returncode == 0, done.stdout
    for step in ("lock", "preview", "build", "gate", "shadow", "switch", "drain", "bake", "settle"):
        assert f"{step} ok" in done.stdout
    assert operator.live() == "black"
    agreed = operator.up()
    assert agreed.returncode == 0, agreed.stdout
    assert operator.live() == "black"

    back = operator.operate("rollback", "--why", "a test")
    assert back.returncode == 0, back.stdout
    assert operator.live() == "red"
    history = operator.operate("history").stdout
    assert "rollback to release 1 (red): release 1 is live again; why: a test" in history
    assert "swap to release 2 (black): live; why: more memory" in history
    agreed = operator.up()
    assert agreed.returncode == 0, agreed.stdout
    assert operator.live() == "red"


def test_a_release_that_never_gets_well_does_not_go_live(operator: SwapOperator) -> None:
    """Its image does not exist: it is never built, and the live colour serves on."""
    done = operator.operate("swap", "--to", "3", "--set", "baseImage=absent:0", "--why", "bad")
    assert done.returncode != 0
    assert operator.live() == "red"
    back = operator.operate("rollback")
    assert back.returncode == 0, back.stdout
    assert operator.live() == "red"

"""What a running dashboard reads once more: servers, cost, and where the registry is."""

import pytest

from operate.dashboard.figures import RENEWAL_SECONDS, Cost, StackBrowser, StackOutputs, parse_cost
from operate.dashboard.watched_stack import WatchedStack
from operate.error import OperateError
from operate.stack.facts import Facts
from tests.unit.operate.swap.simulated_stack import SimulatedStore, Simulation


def outputs(monthly: float, address: str = "192.0.2.1") -> dict[str, object]:
    return {
        "cost": {"hourly": 0.1, "monthly": monthly},
        "endpoints": {"dal05": {"modern": f"https://{address}:5000"}},
        "user": "docker",
        "password": "p",
    }


def test_a_cost_that_a_pulumi_up_has_changed_is_shown_a_minute_later() -> None:
    """A dashboard of yesterday showed the cost of three servers where there were four."""
    now, answers = [0.0], [outputs(100.74), outputs(151.11)]
    stack_outputs = StackOutputs(lambda: answers.pop(0), lambda: now[0])
    assert parse_cost(stack_outputs()) == parse_cost(stack_outputs()) == Cost(0.1, 100.74)
    now[0] += RENEWAL_SECONDS
    assert parse_cost(stack_outputs()) == Cost(0.1, 151.11)


def test_outputs_that_cannot_be_read_for_a_while_are_those_of_before() -> None:
    now, is_readable = [0.0], [False]

    def ask() -> dict[str, object]:
        if not is_readable[0]:
            raise OperateError("the backend does not answer")
        return outputs(100.74)

    stack_outputs = StackOutputs(ask, lambda: now[0])
    with pytest.raises(OperateError):
        stack_outputs()
    is_readable[0] = True
    stack_outputs()
    is_readable[0] = False
    now[0] += RENEWAL_SECONDS
    assert parse_cost(stack_outputs()) == Cost(0.1, 100.74)


def test_images_are_listed_where_the_registry_is_now() -> None:
    present = [outputs(1.0)]
    browser = StackBrowser("prod", lambda: present[0])
    before = browser._open()
    assert browser._open() is before
    present[0] = outputs(1.0, "192.0.2.2")
    assert browser._open() is not before
    browser.close()


def test_servers_of_a_pulumi_up_are_shown_a_minute_later() -> None:
    simulation, reads, now = Simulation(), list[float](), [0.0]
    is_readable = [False]

    def again() -> Facts:
        reads.append(now[0])
        if not is_readable[0]:
            raise OperateError("the backend does not answer")
        return simulation.facts()

    watched = WatchedStack(
        "prod", simulation.facts(), simulation.operator(), SimulatedStore(simulation), again, lambda: now[0]
    )
    watched()
    now[0] += RENEWAL_SECONDS
    for _ in range(2):
        watched()
    is_readable[0] = True
    now[0] += RENEWAL_SECONDS
    watched()
    assert reads == [RENEWAL_SECONDS, 2 * RENEWAL_SECONDS]

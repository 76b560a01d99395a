"""No build begins where a server's Docker does not answer: the record comes after the question."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from operate.error import NotStartedError
from operate.servers.ssh import SshError
from operate.stack.facts import DoorFacts, Facts
from operate.swap.checks.docker_answers import require_docker
from operate.swap.operations import Operations
from tests.unit.operate.recover.standby_facts import FACTS
from tests.unit.operate.swap.simulated_stack import SimulatedStore, Simulation, holder
from tests.unit.operate.swap.simulated_swaps import order

STOPPED = (1, b"", "Cannot connect to the Docker daemon at unix:///var/run/docker.sock")


class Servers:
    """Servers that answer as they are told."""

    def __init__(self, answers: Sequence[tuple[int, bytes, str] | SshError]) -> None:
        self._answers = list(answers)

    def run_each(
        self, servers: Sequence[DoorFacts], script: Path, timeout: float, *arguments: str
    ) -> list[tuple[int, bytes, str] | SshError]:
        assert script.name == "docker-answers.sh"
        assert len(servers) == len(self._answers)
        return self._answers


def test_a_server_whose_docker_is_stopped_is_named_with_what_starts_it() -> None:
    require_docker(FACTS, Servers([(0, b"27.1\n", "")] * len(FACTS.doors)))
    stopped = [STOPPED, *[(0, b"27.1\n", "")] * (len(FACTS.doors) - 1)]
    with pytest.raises(NotStartedError, match="dal05-a: Docker does not answer; `operate ssh ENV dal05-a"):
        require_docker(FACTS, Servers(stopped))
    with pytest.raises(NotStartedError, match="no answer"):
        require_docker(FACTS, Servers([SshError("dal05, server a: no answer"), *stopped[1:]]))


def operator(simulation: Simulation) -> Operations:
    """An operator of a stack whose Docker does not answer."""
    operations = simulation.operator()

    def refuse(_: Facts) -> None:
        raise NotStartedError("dal05-a: Docker does not answer")

    dependencies = replace(operations._dependencies, require_docker=refuse)
    return Operations(dependencies, SimulatedStore(simulation), holder(1))


def test_no_swap_and_no_retirement_is_on_file_without_docker() -> None:
    simulation = Simulation()
    with pytest.raises(NotStartedError, match="Docker does not answer"):
        operator(simulation).swap(order("2"), simulation.facts())
    assert simulation.operator().history.current() is None
    simulation.operator().swap(order("2"), simulation.facts())
    before = simulation.operator().history.latest()
    with pytest.raises(NotStartedError, match="Docker does not answer"):
        operator(simulation).retire(order(""), simulation.facts())
    assert simulation.operator().history.latest() == before
    operator(simulation).rollback(order(""), simulation.facts())

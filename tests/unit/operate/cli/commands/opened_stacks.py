"""Stacks that a command opens without servers and without Pulumi."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from operate.store.bounded_store import BoundedStore
from operate.swap.environment import OpenEnvironment
from tests.unit.operate.store.dict_store import DictStore
from tests.unit.operate.swap.simulated_stack import Simulation


def open_with(store: DictStore | BoundedStore, arguments: list[bool]) -> Callable[..., object]:
    """A stack whose records are in a store; notes whether it was opened for a question."""

    @contextmanager
    def open_stack(*_: object, is_question: bool, **__: object) -> Iterator[OpenEnvironment]:
        arguments.append(is_question)
        simulation = Simulation()
        operations = simulation.operator(store=store)
        yield OpenEnvironment("prod", simulation.facts(), store, operations)

    return open_stack

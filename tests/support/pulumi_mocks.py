"""Parts of a program under Pulumi's mocks."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import pulumi

Mocks = TypeVar("Mocks", bound=pulumi.runtime.Mocks)


@contextmanager
def under_mocks(mocks: Mocks) -> Iterator[Mocks]:
    """Have resources and functions answered by mocks, on an event loop of their own."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    pulumi.runtime.set_mocks(mocks)
    yield mocks
    loop.close()
    asyncio.set_event_loop(None)


def run(program: Callable[[], pulumi.Output[Any]]) -> None:
    """As the SDK's decorator, which awaits the program's output and raises what it raised."""
    tested: Callable[[], None] = pulumi.runtime.test(program)  # type: ignore[no-untyped-call]
    tested()

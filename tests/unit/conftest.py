"""What the tests of single modules share."""

from collections.abc import Generator

import pytest

from tests.support.command_lines import assembled_command_lines as assembled_command_lines
from tests.support.process.guard import refuse_processes


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, None, None]:
    with refuse_processes(item.nodeid):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    with refuse_processes(item.nodeid):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, None, None]:
    with refuse_processes(item.nodeid):
        return (yield)

"""Command lines of Typer, as the tests of several tiers call them in their own process."""

from collections.abc import Iterator
from functools import cache

import pytest
import typer.testing


@pytest.fixture(scope="session", autouse=True)
def assembled_command_lines() -> Iterator[None]:
    """Put a command line together once, not for each command that a test gives, which takes 20 ms."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(typer.testing, "_get_command", cache(typer.main.get_command))
        yield

"""`python -m dev.local --help` names what the commands do."""

import pytest

from dev.local.command_line import app
from dev.local.testing.checks import check_commands


def help_of(command: str) -> str:
    """Return the first line of the help of a command."""
    callbacks = [registered.callback for registered in app.registered_commands]
    (documentation,) = [call.__doc__ for call in callbacks if call and call.__name__ == command]
    return (documentation or "").splitlines()[0]


@pytest.mark.parametrize("program", sorted({name.split()[0] for name in check_commands()}))
def test_each_checking_program_is_named(program: str) -> None:
    assert program in help_of("check")


def test_the_coverage_is_that_of_every_package() -> None:
    assert help_of("coverage") == "Measure the branch coverage of every package; fails under the bar."

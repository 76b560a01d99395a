"""What `make up` ends with stands in the README as well."""

from dev.local.environment import CHECKOUT
from dev.local.next_steps import next_steps


def test_the_readme_has_the_same_commands() -> None:
    printed = next_steps({"endpoint": "https://ADDRESS"})
    # What comes after them are the shell, which the README has above, and the endpoint.
    commands = [line.strip() for line in printed.partition("make shell")[0].splitlines() if line[:2] == "  "]
    readme = [line.strip() for line in (CHECKOUT / "README.md").read_text().splitlines()]
    assert len(commands) > 5
    assert [command for command in commands if command and command not in readme] == []

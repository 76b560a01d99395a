"""What the tests that start programs share."""

from tests.support.command_lines import assembled_command_lines as assembled_command_lines

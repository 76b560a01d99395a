"""A stack's name in what a message tells to run; pure."""

import re

_COMMAND = re.compile(r"(\boperate(?: [a-z][a-z-]*)+ )ENV\b")
"""A command of `operate` up to the placeholder, as those parts write it that do not know the stack's name."""


def name_stack(message: str, stack: str) -> str:
    """Return a message with a stack's name in place of ENV in its commands, so that they can be copied.

    Args:
        message: for people.
        stack: its name; "" where a command has none.
    """
    return _COMMAND.sub(lambda match: f"{match[1]}{stack}", message) if stack else message

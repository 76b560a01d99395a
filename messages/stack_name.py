"""A stack's name in the commands of a message; pure."""

import re

_COMMAND = re.compile(r"(\boperate(?: [a-z][a-z-]*)+ )ENV\b")
"""A command of `operate` up to the placeholder, as those parts write it that do not know the stack's name."""
_PLACEHOLDER = re.compile(r"(\bpulumi [^`\n]*?--stack )ENV\b")
_PULUMI = r"pulumi (?:up|preview|refresh|destroy|cancel|config|stack(?! (?:ls|init|select)\b))\b"
_QUOTED = re.compile(rf"`(?P<command>{_PULUMI}(?![^`]*--stack\b)[^`]*)`")
_PLAIN = re.compile(r"(?<=\brun )(?P<command>pulumi (?:up|preview|refresh|destroy|cancel))\b(?! --)")
"""Commands of `pulumi` that act on the stack which is selected: in backticks, or after "run"."""


def name_stack(message: str, stack: str) -> str:
    """Return a message with a stack's name in its commands, so that they can be copied.

    A command of `operate` has ENV in its place; one of `pulumi` would act on whatever stack is selected.

    Args:
        message: Message, for people.
        stack: Name of the stack; "" where a command has none.
    """
    if not stack:
        return message
    for placeholder in (_COMMAND, _PLACEHOLDER):
        message = placeholder.sub(lambda match: f"{match[1]}{stack}", message)
    message = _QUOTED.sub(lambda match: f"`{match['command']} --stack {stack}`", message)
    return _PLAIN.sub(lambda match: f"{match['command']} --stack {stack}", message)

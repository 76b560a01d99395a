"""What to run for a stack whose state has no outputs: a fresh one is brought up, a lost one is taken over."""

from pathlib import Path

from operate.error import OperateError
from operate.stack.facts import Facts
from operate.stack.facts_output import OUTPUT, parse_facts
from operate.stack.stack_file import has_setting

_MARKS = ("live", "lastSwap", "keepRelease", "move", "retiringDoors", "rotation")
"""Settings that commands write to the file of a stack that has servers."""


def has_lived(stack_file: Path) -> bool:
    """Return whether the stack of a file has had servers, whatever its state has.

    Args:
        stack_file: the stack's file.
    """
    return any(has_setting(stack_file, mark) for mark in _MARKS)


def advise_on_missing_outputs(environment: str, stack_file: Path) -> str:
    """Return what to run where a stack has no outputs.

    Args:
        environment: the stack's name.
        stack_file: the stack's file.
    """
    if has_lived(stack_file):
        return (
            f"its file shows that it has had servers: run `operate adopt {environment}`, which takes over"
            " what is in the account; `pulumi up` would order everything again. See"
            " docs/runbooks/lost-state.md"
        )
    return "run `pulumi up`"


def read_facts(environment: str, stack_file: Path, output: object) -> Facts:
    """Return the facts in the output `operate`.

    Args:
        environment: the stack's name.
        stack_file: the stack's file.
        output: its output `operate`; None where it has none.

    Raises:
        OperateError: there is no such output, or it lacks something.
    """
    if output is None:
        raise OperateError(
            f"environment {environment}: it has no output `{OUTPUT}`;"
            f" {advise_on_missing_outputs(environment, stack_file)}"
        )
    return parse_facts(environment, output)

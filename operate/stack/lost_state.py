"""What to run for a stack whose state has no outputs: a fresh one is brought up, a lost one is taken over."""

from pathlib import Path

from operate.error import OperateError
from operate.stack.config.unfinished_adoption import describe_adoption
from operate.stack.facts import Facts
from operate.stack.facts_output import OUTPUT, parse_facts
from operate.stack.traces import describe_advice


def advise_on_missing_outputs(environment: str, stack_file: Path) -> str:
    """Return what to run where a stack has no outputs; may ask the account.

    Args:
        environment: The stack's name.
        stack_file: The stack's file.
    """
    if adoption := describe_adoption(environment, stack_file):
        return adoption
    from operate.stack import account_traces  # only where there are no outputs

    return describe_advice(environment, account_traces.find_traces(environment, stack_file))


def read_facts(environment: str, stack_file: Path, output: object) -> Facts:
    """Return the facts in the output `operate`.

    Args:
        environment: The stack's name.
        stack_file: The stack's file.
        output: Output `operate` of the stack; None where it has none.

    Raises:
        OperateError: The output does not exist, or lacks something.
    """
    if output is None:
        raise OperateError(
            f"environment {environment}: it has no output `{OUTPUT}`;"
            f" {advise_on_missing_outputs(environment, stack_file)}"
        )
    return parse_facts(environment, output)

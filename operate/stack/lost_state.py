"""What to run for a stack whose state has no outputs: a fresh one is brought up, a lost one is taken over."""

from dataclasses import dataclass
from pathlib import Path

from operate.error import OperateError
from operate.stack.config.setting_keys import (
    ADOPTION,
    KEEP_RELEASE,
    LAST_SWAP,
    LIVE,
    MOVE,
    RETIRING_DOORS,
    ROTATION,
)
from operate.stack.config.stack_file import has_setting
from operate.stack.config.unfinished_adoption import describe_adoption
from operate.stack.facts import Facts
from operate.stack.facts_output import OUTPUT, parse_facts

_MARKS = (ADOPTION, LIVE, LAST_SWAP, KEEP_RELEASE, MOVE, RETIRING_DOORS, ROTATION)
"""Settings that commands write to the file of a stack that has servers."""
NO_CREDENTIALS = (
    "neither the environment nor the stack file has credentials of the account: export SL_USERNAME=..."
    " SL_API_KEY=..."
)
"""Why the account was not asked."""


def has_lived(stack_file: Path) -> bool:
    """Return whether a file shows that its stack has had servers, whatever the state has.

    Args:
        stack_file: The stack's file.
    """
    return any(has_setting(stack_file, mark) for mark in _MARKS)


@dataclass(frozen=True)
class Traces:
    """What shows that a stack has had servers, whatever its state has.

    Attributes:
        in_file: Whether its file has settings that commands write where there are servers.
        servers: Servers that the account has and the state does not have, DATACENTER-NAME.
        unknown: Why the account did not answer; "" where it did, or was not needed.
    """

    in_file: bool = False
    servers: tuple[str, ...] = ()
    unknown: str = ""

    @property
    def reason(self) -> str:
        """Why the stack has had servers, for people; "" where nothing shows it."""
        if self.in_file:
            return "its file shows that it has had servers"
        if self.servers:
            return f"the account has {', '.join(self.servers)}, and its state does not"
        return ""


def describe_advice(environment: str, traces: Traces) -> str:
    """Return what to run where a stack has no outputs; pure.

    Args:
        environment: The stack's name.
        traces: What is known of the stack elsewhere.
    """
    adopt = f"`operate adopt {environment}`"
    if traces.reason:
        return (
            f"{traces.reason}: run {adopt}, which takes over what is in the account, as `pulumi up`"
            " does not. See docs/runbooks/lost-state.md"
        )
    if traces.unknown:
        return (
            f"run `pulumi up` where it is new, and {adopt} where it has had servers, which is not known"
            f" ({traces.unknown}). See docs/runbooks/lost-state.md"
        )
    return "run `pulumi up`"


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

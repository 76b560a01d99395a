"""What shows that a stack without outputs has had servers, and what to run then."""

from dataclasses import dataclass
from pathlib import Path

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

"""Another SoftLayer API key: it is in the environment of who runs Pulumi, and stored nowhere."""

import os
from collections.abc import Callable
from pathlib import Path

from operate.clock import SystemClock
from operate.error import OperateError
from operate.stack.automation.pulumi_stack import PulumiStack
from operate.stack.automation.pulumi_workspace import StackPlace

VARIABLE = "SL_API_KEY"


def try_api_key(environment: str, config_file: Path | None, log: Callable[[str], None]) -> str:
    """Ask the account for every server with the key of this process; returns what to do next.

    Raises:
        OperateError: There is no key, or SoftLayer refuses it; nothing was changed.
    """
    if not os.environ.get(VARIABLE):
        raise OperateError(f"{VARIABLE} must have the new API key; it is stored nowhere")
    place = StackPlace(environment, config_file and config_file.resolve())
    stack = PulumiStack(place, SystemClock())
    missing = stack.refresh_own().missing
    log("account ok: it answers to the key, and knows every server that it has")
    report = (
        f"The account no longer has {', '.join(missing)}: see `operate recover {environment}`. "
        if missing
        else ""
    )
    return (
        f"{report}The key works. Whether it is another one than before cannot be checked, since none is"
        f" stored: compare it with the portal. Put it where operators and CI have {VARIABLE}, and delete the"
        " old one in the portal: servers and registry have never had it"
    )

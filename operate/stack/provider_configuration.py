"""A stack's settings of the provider, asked of Pulumi."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path

from messages.progress import step
from operate.error import OperateError
from operate.stack.automation.pulumi_failure import describe_failure, describe_unended_call
from operate.stack.config.stack_file import PROGRAM, stack_file_of
from operate.stack.question_copy import copied_stack_file

_SECONDS = 120
"""For which `pulumi config` is waited for (choice)."""
_PREFIX = "softlayer:"
_CONFIG = ("pulumi", "config", "--json", "--show-secrets")


def provider_configuration(environment: str, config_file: Path | None) -> Mapping[str, object]:
    """Ask Pulumi for a stack's settings of the provider, the secret ones readable.

    Raises:
        OperateError: Pulumi fails.
    """
    stack_file = stack_file_of(environment, config_file)
    try:
        with step("pulumi config"), copied_stack_file(stack_file) as copy:
            completed = subprocess.run(
                [*_CONFIG, "--stack", environment, "--config-file", str(copy)],
                cwd=PROGRAM, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_SECONDS,
                check=False,
            )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        reason = describe_unended_call(error, "pulumi config", _SECONDS)
        raise OperateError(
            f"environment {environment}: the provider's settings cannot be read: set SL_USERNAME and"
            f" SL_API_KEY, or: {reason}"
        ) from None
    if completed.returncode:
        reason = describe_failure(RuntimeError(completed.stderr), "see `pulumi config`")
        raise OperateError(f"environment {environment}: its configuration cannot be read: {reason}")
    settings = json.loads(completed.stdout)
    return {
        name.removeprefix(_PREFIX): setting["value"]
        for name, setting in settings.items()
        if name.startswith(_PREFIX) and "value" in setting
    }

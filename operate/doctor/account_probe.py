"""Asks the account by the provider's own command: a process of its own, as `pulumi` is one."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from operate.doctor.account import AccountObservation
from operate.doctor.finding import NotCheckedError
from operate.error import OperateError
from operate.route.provider_route import provider_configuration
from operate.stack.stack_file import PROGRAM

SECONDS = 60.0
"""For which the account may take to answer all questions (choice)."""
_COMMAND = ("-m", "provider.commands.account_report")
_KEYS = ("SL_API_KEY", "SOFTLAYER_API_KEY")


def observe_account(
    environment: str = "", config_file: Path | None = None, variables: Mapping[str, str] = os.environ
) -> AccountObservation:
    """Return what the account tells.

    Where the environment has no credentials, those of the stack's file are asked of Pulumi.

    Args:
        environment: name of the stack; "" for none.
        config_file: the stack's file where it is elsewhere.
        variables: the process environment.

    Raises:
        NotCheckedError: the provider does not run.
    """
    configuration = account_configuration(environment, config_file, variables)
    return report_by_provider(json.dumps(configuration), variables)


def account_configuration(
    environment: str, config_file: Path | None, variables: Mapping[str, str]
) -> Mapping[str, object]:
    """Return the provider's configuration; an empty one where the environment has credentials.

    Args:
        environment: name of the stack; "" for none.
        config_file: the stack's file where it is elsewhere.
        variables: the process environment.

    Raises:
        NotCheckedError: Pulumi cannot be asked.
    """
    if not environment or any(variables.get(name) for name in _KEYS):
        return {}
    try:
        return provider_configuration(environment, config_file)
    except OperateError as error:
        raise NotCheckedError(
            f"neither SL_API_KEY nor the stack's settings have credentials ({error})",
            "export SL_USERNAME=... SL_API_KEY=...",
        ) from None


def report_by_provider(document: str, variables: Mapping[str, str] = os.environ) -> AccountObservation:
    """Run the provider's command.

    Args:
        document: the provider's configuration as JSON.
        variables: its process environment.

    Raises:
        NotCheckedError: it does not run.
    """
    try:
        completed = subprocess.run(
            [sys.executable, *_COMMAND],
            cwd=PROGRAM, env=dict(variables), input=document, capture_output=True, text=True,
            timeout=SECONDS, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise NotCheckedError(f"the account gave no answer within {SECONDS:.0f} s") from None
    if completed.returncode:
        lines = completed.stderr.strip().splitlines()
        raise NotCheckedError(lines[-1] if lines else "the provider failed", "make prepare")
    fields: dict[str, Any] = json.loads(completed.stdout)
    return AccountObservation(**fields)

"""The global IP by the provider's own command: a process of its own, as `pulumi` is one."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from operate.error import OperateError
from operate.stack_file import PROGRAM

_LIMIT = 660.0
"""Seconds; the command itself gives up after 600, and says why."""
_OWN = ("SL_API_KEY", "SOFTLAYER_API_KEY")
"""Where the provider finds the account's key without the stack."""
_PREFIX = "softlayer:"


class ProviderRoute:
    """One global IP.

    Args:
        number: in the account.
        configuration: the provider's; asked for where the environment has no credentials.
    """

    def __init__(self, number: int, configuration: Callable[[], Mapping[str, object]]) -> None:
        self._number, self._configuration = number, configuration

    def leads_to(self) -> str:
        """The public address that it leads to; "" is nowhere.

        Raises:
            OperateError: the account cannot be asked.
        """
        return self._run()["leadsTo"]

    def set_route(self, address: str) -> str:
        """Lead it to a server's public address; returns once it does, and where it led before.

        Raises:
            OperateError: the account refuses, or it does not come about.
        """
        return self._run(address)["before"]

    def _run(self, *address: str) -> dict[str, str]:
        own = any(os.environ.get(name) for name in _OWN)
        configuration = {} if own else self._configuration()
        try:
            completed = subprocess.run(
                [sys.executable, "-m", "provider.route", str(self._number), *address],
                cwd=PROGRAM, input=json.dumps(configuration), capture_output=True, text=True, timeout=_LIMIT,
                check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise OperateError(f"global IP {self._number}: no answer within {_LIMIT:.0f} s") from None
        if completed.returncode:
            errors = completed.stderr.strip().splitlines()
            raise OperateError(f"global IP {self._number}: {errors[-1] if errors else 'the provider failed'}")
        answer: dict[str, str] = json.loads(completed.stdout)
        return answer


def provider_configuration(environment: str, config_file: Path | None) -> Mapping[str, object]:
    """Ask Pulumi for a stack's settings of the provider, the secret ones readable.

    Raises:
        OperateError: Pulumi fails.
    """
    file = ["--config-file", str(config_file.resolve())] if config_file else []
    try:
        completed = subprocess.run(
            ["pulumi", "config", "--stack", environment, "--json", "--show-secrets", *file],
            cwd=PROGRAM, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise OperateError(
            f"environment {environment}: pulumi cannot be asked for the provider's settings"
            f" ({type(error).__name__}); set SL_USERNAME and SL_API_KEY"
        ) from None
    if completed.returncode:
        detail = next(
            (line for line in completed.stderr.splitlines() if "error:" in line), "it tells no reason"
        )
        raise OperateError(f"environment {environment}: its configuration cannot be read: {detail}")
    settings = json.loads(completed.stdout)
    return {
        name.removeprefix(_PREFIX): setting["value"]
        for name, setting in settings.items()
        if name.startswith(_PREFIX) and "value" in setting
    }

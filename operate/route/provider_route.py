"""The global IP by the provider's own command: a process of its own, as `pulumi` is one."""

import json
import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from messages.progress import step
from operate.error import OperateError
from operate.stack.automation.pulumi_failure import describe_failure, describe_unended_call
from operate.stack.config.stack_file import PROGRAM, stack_file_of
from operate.stack.python_command import CommandError, PythonCommand
from operate.stack.question_copy import copied_stack_file

_LIMIT = 660.0
"""Seconds; the command itself gives up after 600, and says why."""
_SECONDS = 120
"""For which `pulumi config` is waited for (choice)."""
_OWN = ("SL_API_KEY", "SOFTLAYER_API_KEY")
"""Where the provider finds the account's key without the stack."""
_PREFIX = "softlayer:"
_CONFIG = ("pulumi", "config", "--json", "--show-secrets")


class ProviderRoute:
    """One global IP.

    Args:
        number: Id of the global IP in the account.
        configuration: Returns the provider's configuration; called where the environment has no credentials.
    """

    def __init__(self, number: int, configuration: Callable[[], Mapping[str, object]]) -> None:
        self._number, self._configuration = number, configuration
        self._started: tuple[str, PythonCommand] | None = None

    def start(self, address: str) -> None:
        """Start the command that `set_route` needs for an address; it does nothing until then.

        Args:
            address: Public address of a server.
        """
        self._started = address, self._command("--wait", str(self._number), address)

    def close(self) -> None:
        """End a command that was started and is not needed."""
        if self._started is not None:
            self._started[1].close()
            self._started = None

    def read_target(self) -> str:
        """The public address that it leads to; "" is nowhere.

        Raises:
            OperateError: The account does not answer.
        """
        return self._run()["leadsTo"]

    def set_route(self, address: str) -> str:
        """Lead it to a server's public address; returns once it does, and where it led before.

        Raises:
            OperateError: The account refuses, or it does not come about.
        """
        return self._run(address)["before"]

    def _run(self, *address: str) -> dict[str, str]:
        own = any(os.environ.get(name) for name in _OWN)
        configuration = {} if own else self._configuration()
        started, self._started = self._started, None
        if started is not None and address == started[:1]:
            command = started[1]
        else:
            command = self._command(str(self._number), *address)
        try:
            with step(f"global IP {self._number} by the account"):
                return command.ask(configuration, _LIMIT)
        except CommandError as error:
            raise OperateError(f"global IP {self._number}: {error}") from None

    @staticmethod
    def _command(*arguments: str) -> PythonCommand:
        return PythonCommand(("-m", "provider.commands.route", *arguments))


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

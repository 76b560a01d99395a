"""The global IP by the provider's own command: a process of its own, as `pulumi` is one."""

import os
from collections.abc import Callable, Mapping

from messages.progress import step
from operate.error import OperateError
from operate.stack.python_command import CommandError, PythonCommand

_LIMIT = 660.0
"""Seconds; the command itself gives up after 600, and says why."""
_OWN = ("SL_API_KEY", "SOFTLAYER_API_KEY")
"""Where the provider finds the account's key without the stack."""


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

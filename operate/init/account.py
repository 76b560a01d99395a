"""What the account offers and what servers cost, by the provider's own command."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

from messages.progress import step
from operate.error import OperateError
from operate.init.answers import Locations, Size, Sizes, usable_systems
from operate.stack.python_command import CommandError, CommandTimeoutError, run_command

_SECONDS = 120.0
"""For which the account may take to answer (choice): a list of flavors with prices is long."""
_COMMAND = ("-m", "provider.commands.offers")
_CREDENTIALS = ("SL_API_KEY", "SOFTLAYER_API_KEY")


def has_credentials(variables: Mapping[str, str] = os.environ) -> bool:
    """Return whether the environment has credentials of an account."""
    return any(variables.get(name) for name in _CREDENTIALS)


class AccountOffers:
    """Asks the account; each question is a process of its own, as `pulumi` is one.

    Args:
        variables: The process environment, with the credentials.
        configuration: Configuration of the provider, where the environment has none.
    """

    def __init__(
        self, variables: Mapping[str, str] = os.environ, configuration: Mapping[str, object] | None = None
    ) -> None:
        self._variables, self._configuration = variables, dict(configuration or {})

    def locations(self) -> Locations:
        """Return datacenters, operating systems and object storage.

        Raises:
            OperateError: The account does not answer.
        """
        answer = self._ask({"question": "locations"})
        datacenters = {place["name"]: place["longName"] for place in answer["datacenters"]}
        systems = tuple(answer["systems"])
        return Locations(datacenters, usable_systems(systems), tuple(answer["swift"]), systems)

    def sizes(self, datacenter: str) -> Sizes:
        """Return flavors and presets of a datacenter; "" is those of all.

        Raises:
            OperateError: The account does not answer, or has no such datacenter.
        """
        answer = self._ask({"question": "sizes", "datacenter": datacenter})
        return Sizes(_sizes(answer["flavors"]), _sizes(answer["presets"]))

    def quotes(self, servers: Sequence[Mapping[str, object]]) -> list[tuple[float, float]]:
        """Return what servers would cost, USD an hour and USD a month.

        Raises:
            OperateError: The account would refuse the order, or does not answer.
        """
        answer = self._ask({"question": "quotes", "servers": list(servers)})
        return [(float(quote["hourly"] or 0), float(quote["monthly"] or 0)) for quote in answer["quotes"]]

    def _ask(self, request: Mapping[str, object]) -> dict[str, Any]:
        document = {**request, "configuration": self._configuration}
        try:
            with step(f"the account's {request['question']}"):
                return run_command(_COMMAND, document, _SECONDS, self._variables)
        except CommandTimeoutError as error:
            raise OperateError(f"the account: {error}; try again") from None
        except CommandError as error:
            raise OperateError(f"the account: {error}") from None


def _sizes(rows: Sequence[Mapping[str, Any]]) -> Mapping[str, Size]:
    return {
        row["keyName"]: Size(
            row["keyName"],
            row.get("description", ""),
            row.get("hourlyCost", 0.0),
            row.get("monthlyCost", 0.0),
        )
        for row in rows
    }

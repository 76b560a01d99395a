"""Asks the account by the provider's own command: a process of its own, as `pulumi` is one."""

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from operate.doctor.finding import NotCheckedError
from operate.doctor.judgements.account import AccountObservation
from operate.error import OperateError
from operate.stack.provider_configuration import provider_configuration
from operate.stack.python_command import CommandError, CommandTimeoutError, run_command

T = TypeVar("T")
SECONDS = 60.0
"""For which the account may take to answer all questions (choice)."""
_COMMAND = ("-m", "provider.commands.account_report")
_EXPORT = "export SL_USERNAME=... SL_API_KEY=..."
_KEYS = ("SL_API_KEY", "SOFTLAYER_API_KEY")


def observe_account(
    environment: str = "", config_file: Path | None = None, variables: Mapping[str, str] = os.environ
) -> AccountObservation:
    """Return what the account reports.

    Where the environment has no credentials, those of the stack's file are asked of Pulumi.

    Args:
        environment: Name of the stack; "" for none.
        config_file: The stack's file where it is elsewhere.
        variables: The process environment.

    Raises:
        NotCheckedError: The provider does not run.
    """
    configuration = account_configuration(environment, config_file, variables)
    return report_by_provider(configuration, variables)


def requiring_account(
    account: Callable[[], AccountObservation],
    observe: Callable[[], T],
    require: Callable[[], object] = lambda: None,
) -> Callable[[], T]:
    """Return a probe that is made where the account answers; why it does not, the check `credentials` says.

    Args:
        account: Returns the account's report.
        observe: Asks the account for something else.
        require: Raises where there is nothing to ask for; called first.
    """

    def probe() -> T:
        require()
        if account().failure:
            raise NotCheckedError("the account does not answer", named_by="credentials")
        return observe()

    return probe


def account_configuration(
    environment: str, config_file: Path | None, variables: Mapping[str, str]
) -> Mapping[str, object]:
    """Return the provider's configuration; an empty one where the environment has credentials.

    Args:
        environment: Name of the stack; "" for none.
        config_file: The stack's file where it is elsewhere.
        variables: The process environment.

    Raises:
        NotCheckedError: Pulumi does not answer.
    """
    if not environment or any(variables.get(name) for name in _KEYS):
        return {}
    if shutil.which("pulumi") is None:
        raise NotCheckedError(
            "SL_API_KEY is not set, and without pulumi the stack's settings cannot be read for one",
            _EXPORT,
        )
    try:
        return provider_configuration(environment, config_file)
    except OperateError as error:
        raise NotCheckedError(
            f"neither SL_API_KEY nor the stack's settings have credentials ({error})",
            _EXPORT,
        ) from None


def report_by_provider(
    configuration: Mapping[str, object], variables: Mapping[str, str] = os.environ
) -> AccountObservation:
    """Run the provider's command.

    Args:
        configuration: Configuration of the provider; empty where the environment has credentials.
        variables: Environment of the process.

    Raises:
        NotCheckedError: The command does not run.
    """
    try:
        return AccountObservation(**run_command(_COMMAND, configuration, SECONDS, variables))
    except CommandTimeoutError as error:
        raise NotCheckedError(f"the account: {error}") from None
    except CommandError as error:
        raise NotCheckedError(str(error), "make prepare") from None

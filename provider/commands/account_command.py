"""What the commands of the provider share, which ask an account without an engine."""

import asyncio
import json
import os
import sys
from collections.abc import Callable, Coroutine, Mapping
from typing import TypeVar

from provider.cancellation_token import CancellationToken
from provider.errors import ConfigurationError, ProviderError
from provider.open_session import environment, open_session
from provider.redaction import Redactor
from provider.session import Session
from provider.settings import ProviderSettings, check_configuration, read_configuration

Request = TypeVar("Request")


class SilentReporter:
    """A reporter for who waits for the answer alone."""

    async def progress(self, urn: str, message: str) -> None:
        """Show nothing, since nobody watches."""

    async def warning(self, urn: str, message: str) -> None:
        """Show nothing, since nobody watches."""


def settings_from(document: str, variables: Mapping[str, str]) -> ProviderSettings:
    """Read the configuration.

    Args:
        document: Configuration as JSON; "" for none.
        variables: The process environment.

    Raises:
        ConfigurationError: The configuration is incomplete; the message has no secret.
    """
    try:
        values: object = json.loads(document or "{}")
    except ValueError:
        values = None
    if not isinstance(values, dict):
        raise ConfigurationError("standard input holds no JSON object of the provider's configuration")
    checked = check_configuration({}, values, variables)
    if checked.failures:
        failures = "; ".join(f"{name} {reason}" for name, reason in checked.failures)
        raise ConfigurationError(f"the provider's configuration: {failures}")
    return read_configuration(checked.inputs, variables)


def run_command(
    read_request: Callable[[], tuple[str, Request]],
    call: Callable[[Session, Request], Coroutine[object, object, object]],
) -> int:
    """Run a command: print what it returns as JSON, or one line on standard error where it fails.

    Args:
        read_request: Returns the provider's configuration as JSON, and the request.
        call: Sends the request to the account.

    Returns:
        The exit code: 1 where a `ProviderError` was raised, whose text goes to standard error, redacted.
    """
    redactor = Redactor()
    try:
        configuration, request = read_request()
        settings = settings_from(configuration, os.environ)
        session = open_session(settings, CancellationToken(), SilentReporter(), redactor, environment())
        result = asyncio.run(call(session, request))
    except ProviderError as error:
        sys.stderr.write(f"{redactor.clean(str(error))}\n")
        return 1
    sys.stdout.write(json.dumps(result) + "\n")
    return 0

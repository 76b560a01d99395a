"""Cancellations as the account has them now, for `operate status`: the state has what a refresh saw."""

import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

from messages.progress import step
from operate.stack.facts import Facts
from operate.stack.python_command import CommandError, PythonCommand

_SECONDS = 10.0
"""For which a status waits for the account (choice)."""
_COMMAND = ("-m", "provider.commands.cancellations")
_CREDENTIALS = ("SL_API_KEY", "SOFTLAYER_API_KEY")

Answer = Callable[[], tuple[Mapping[str, str], str]]


class AccountQuestion:
    """A command that has loaded what it needs to ask the account, and waits for the items of a stack.

    Args:
        command: Command that receives the items; None where the environment has no credentials.
    """

    def __init__(self, command: PythonCommand | None) -> None:
        self._command = command

    @contextmanager
    def ask(self, facts: Facts) -> Iterator[Answer]:
        """Ask beside other requests; nothing where there is nothing to ask for.

        Args:
            facts: Facts of the stack.

        Yields:
            What waits for the answer: the dates by name, and why there are none that are newer than the
            state's.
        """
        if self._command is None or not facts.server_ids:
            yield lambda: (facts.cancellations, "")
            return
        with ThreadPoolExecutor(1) as pool:
            report = pool.submit(_ask, facts, self._command)
            yield report.result


@contextmanager
def account_question(arguments: tuple[str, ...] = _COMMAND) -> Iterator[AccountQuestion]:
    """Start the command that asks the account before its items are known: it loads while Pulumi runs.

    Credentials in the stack file are not read for it, since Pulumi takes seconds for them.

    Args:
        arguments: Arguments of Python, for the command that asks the account.
    """
    if not any(os.environ.get(name) for name in _CREDENTIALS):
        yield AccountQuestion(None)
        return
    command = PythonCommand(arguments)
    try:
        yield AccountQuestion(command)
    finally:
        command.close()


def _ask(facts: Facts, command: PythonCommand) -> tuple[Mapping[str, str], str]:
    number = facts.global_ip.number if facts.global_ip else 0
    request = {"servers": dict(facts.server_ids), "globalIp": number}
    try:
        answer = command.ask(request, _SECONDS)
    except CommandError as error:
        return facts.cancellations, str(error)
    failure = str(answer["failure"])
    # What was not answered is as of the last refresh.
    return {**(facts.cancellations if failure else {}), **answer["cancellations"]}, failure


def with_cancellations(facts: Facts, answer: Answer) -> tuple[Facts, tuple[str, ...]]:
    """Return facts with what the account answers, and what an operator has to know of that.

    Args:
        facts: Facts of the stack.
        answer: Waits for the account's answer and returns it.
    """
    with step("the account's cancellations"):
        dates, reason = answer()
    notice = f"the account did not answer for all cancellations; others are as of the last refresh: {reason}"
    return replace(facts, cancellations=dates), (notice,) if reason else ()

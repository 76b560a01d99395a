"""Cancellations as the account has them now, for `operate status`: the state has what a refresh saw."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

from messages.progress import step
from operate.stack.facts import Facts
from operate.stack.stack_file import PROGRAM

_SECONDS = 10.0
"""For which a status waits for the account (choice)."""
_COMMAND = ("-m", "provider.commands.cancellations")
_CREDENTIALS = ("SL_API_KEY", "SOFTLAYER_API_KEY")

Answer = Callable[[], tuple[Mapping[str, str], str]]


class AccountQuestion:
    """A process that has loaded what it needs to ask the account, and waits for the items of a stack.

    Args:
        process: reads them from its standard input; None where the environment has no credentials.
    """

    def __init__(self, process: "subprocess.Popen[str] | None") -> None:
        self._process = process

    @contextmanager
    def ask(self, facts: Facts) -> Iterator[Answer]:
        """Ask while other things are asked; nothing where there is nothing to ask for.

        Args:
            facts: of the stack.

        Yields:
            What waits for the answer: the dates by name, and why there are none that are newer than the
            state's.
        """
        if self._process is None or not facts.server_ids:
            yield lambda: (facts.cancellations, "")
            return
        with ThreadPoolExecutor(1) as pool:
            report = pool.submit(_ask, facts, self._process)
            yield report.result


@contextmanager
def account_question(command: tuple[str, ...] = _COMMAND) -> Iterator[AccountQuestion]:
    """Start what asks the account, before it is known what for: it loads while Pulumi reads the outputs.

    Credentials in the stack file are not read for it, since Pulumi takes seconds for them.

    Args:
        command: of Python, which asks.
    """
    if not any(os.environ.get(name) for name in _CREDENTIALS):
        yield AccountQuestion(None)
        return
    process = subprocess.Popen(
        [sys.executable, *command],
        cwd=PROGRAM, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    with process:
        try:
            yield AccountQuestion(process)
        finally:
            process.kill()


def _ask(facts: Facts, process: "subprocess.Popen[str]") -> tuple[Mapping[str, str], str]:
    number = facts.global_ip.number if facts.global_ip else 0
    request = json.dumps({"servers": dict(facts.server_ids), "globalIp": number})
    try:
        output, errors = process.communicate(request, _SECONDS)
    except subprocess.TimeoutExpired:
        return facts.cancellations, f"no answer within {_SECONDS:.0f} s"
    if process.returncode:
        lines = errors.strip().splitlines()
        return facts.cancellations, lines[-1] if lines else "the provider failed"
    return json.loads(output)["cancellations"], ""


def with_cancellations(facts: Facts, answer: Answer) -> tuple[Facts, tuple[str, ...]]:
    """Return facts with what the account answers, and what an operator has to know of that.

    Args:
        facts: of the stack.
        answer: waits for the account.
    """
    with step("the account's cancellations"):
        dates, reason = answer()
    notice = f"the account was not asked for cancellations, which are as of the last refresh: {reason}"
    return replace(facts, cancellations=dates), (notice,) if reason else ()

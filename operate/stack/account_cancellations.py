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


@contextmanager
def ask_account(facts: Facts, command: tuple[str, ...] = _COMMAND) -> Iterator[Answer]:
    """Ask while other things are asked; nothing where the environment has no credentials.

    Credentials in the stack file are not read for it, since Pulumi takes seconds for them.

    Args:
        facts: of the stack.
        command: of Python, which asks.

    Yields:
        What waits for the answer: the dates by name, and why there are none that are newer than the state's.
    """
    if not facts.server_ids or not any(os.environ.get(name) for name in _CREDENTIALS):
        yield lambda: (facts.cancellations, "")
        return
    with ThreadPoolExecutor(1) as pool:
        report = pool.submit(_ask, facts, command)
        yield report.result


def _ask(facts: Facts, command: tuple[str, ...]) -> tuple[Mapping[str, str], str]:
    number = facts.global_ip.number if facts.global_ip else 0
    request = json.dumps({"servers": dict(facts.server_ids), "globalIp": number})
    try:
        completed = subprocess.run(
            [sys.executable, *command],
            cwd=PROGRAM, input=request, capture_output=True, text=True, timeout=_SECONDS, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return facts.cancellations, f"no answer within {_SECONDS:.0f} s"
    if completed.returncode:
        lines = completed.stderr.strip().splitlines()
        return facts.cancellations, lines[-1] if lines else "the provider failed"
    return json.loads(completed.stdout)["cancellations"], ""


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

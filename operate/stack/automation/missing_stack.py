"""Messages about a stack that does not exist."""

import json
import os
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

from messages.nearest import nearest_hint
from operate.error import NotStartedError, OperateError
from operate.stack.config.stack_file import PROGRAM, STACK_NAME, environments, stack_file_of
from operate.stack.local_environment import LOCAL, LOCAL_DOWN, is_local_down
from operate.stack.traces import Traces, describe_advice, has_lived

_SECONDS = 30.0
"""For which the backend's list of stacks is waited for (choice)."""


def describe_missing_stack(name: str, existing: Iterable[str], backend: str) -> str:
    """Return that no stack has a name, which is the nearest, and what to run; pure.

    Args:
        name: Name as somebody wrote it.
        existing: The stacks that exist.
        backend: URL of the backend; "" is the one that `pulumi login` names.
    """
    place = f" in {backend}" if backend else ""
    return (
        f"there is no stack of that name{place}{nearest_hint(name, existing)}; `pulumi stack ls` lists those"
        f" that exist; for a new one `bin/operate init {name}` writes its file, then run"
        f" `pulumi stack init {name}`"
    )


def describe_stack_without_state(name: str, file: Path, advice: str, backend: str) -> str:
    """Return that a stack has a file and the backend has no state of it, and what to run; pure.

    Args:
        name: Name of the stack.
        file: File of the stack.
        advice: Command to run once the stack exists.
        backend: URL of the backend; "" is the one that `pulumi login` names.
    """
    place = f" in {backend}" if backend else ""
    return (
        f"there is no stack of that name{place}, though it has a file, {file}. If another backend has its"
        " state, log in there, and run the command again. Otherwise its state is lost, or was never made: run"
        f" `pulumi stack init {name}` first. Then: {advice}"
    )


def explain_missing_stack(name: str, config_file: Path | None = None) -> str:
    """Return the message about a stack that the backend lacks; asks the account if it has credentials.

    Args:
        name: Name as somebody wrote it.
        config_file: The stack's file where it is elsewhere.
    """
    if is_local_down(name):
        return LOCAL_DOWN
    file = stack_file_of(name, config_file)
    if not file.exists():
        # Where the backend lists no stacks, those that have a file are near.
        return describe_missing_stack(name, _listed_stacks() or environments(), _backend())
    return describe_stack_without_state(name, file, _advise(name, file), _backend())


def _advise(name: str, file: Path) -> str:
    from operate.stack import account_traces  # only where there is no stack

    if has_lived(file) or account_traces.has_credentials():
        traces = account_traces.find_traces(name, file)
    else:
        traces = Traces(unknown="the account was not asked")
    if name == LOCAL and not traces.reason:
        return "run `make up`, which makes the stack as well"
    return describe_advice(name, traces)


def describe_missing_file(name: str, existing: Sequence[str]) -> str:
    """Return that a stack has no file, which stacks have one, and what writes it; pure.

    Args:
        name: Name as somebody wrote it.
        existing: The stacks that have a file.
    """
    if name in existing:
        return ""
    names = f"; stacks with a file are {', '.join(existing)}" if existing else ""
    if not STACK_NAME.fullmatch(name):
        return f"a stack's name must be 1 to 100 letters, digits and . _ -, such as prod{names}"
    return (
        f"there is no stacks/Pulumi.{name}.yaml{nearest_hint(name, existing)}{names}; `operate init {name}`"
        " writes it"
    )


def failure_of(
    name: str, reason: str, config_file: Path | None = None, *, has_engine: bool = True
) -> OperateError:
    """Return the error of Pulumi's failure, which begins with the missing file where there is none.

    Without an engine that is all, since Pulumi knows nothing of such a stack.

    Args:
        name: Name of the stack.
        reason: Why Pulumi failed.
        config_file: The stack's file where it is elsewhere.
        has_engine: Whether Pulumi could be started.
    """
    if is_local_down(name):
        return NotStartedError(f"environment {name}: {LOCAL_DOWN}")
    missing = "" if config_file else describe_missing_file(name, environments())
    if not missing:
        return OperateError(f"environment {name}: {reason}")
    report = f". Pulumi reports: {reason}" if has_engine else ""
    return NotStartedError(f"environment {name}: {missing}{report}")


def _backend() -> str:
    url = os.environ.get("PULUMI_BACKEND_URL", "")
    return "" if "@" in url else url


def _listed_stacks() -> list[str]:
    try:
        completed = subprocess.run(
            ["pulumi", "stack", "ls", "--json", "--non-interactive"],
            cwd=PROGRAM, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_SECONDS,
            check=True,
        )  # fmt: skip
        return [str(stack["name"]).rpartition("/")[2] for stack in json.loads(completed.stdout)]
    except (OSError, subprocess.SubprocessError, ValueError, TypeError, KeyError):
        return []

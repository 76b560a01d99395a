"""The stack that a command acts on."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from messages.progress import report, step

if TYPE_CHECKING:
    from operate.swap.environment import OpenEnvironment


@contextmanager
def open_stack(
    environment: str,
    command: str,
    config_file: Path | None,
    *,
    is_question: bool,
    use_cache: bool = False,
    without: Sequence[str] | None = None,
    requires_valid_file: bool = False,
) -> Iterator["OpenEnvironment"]:
    """Open a stack; see `operate.swap.environment.open_environment`."""
    lost_servers = without or ()
    with ExitStack() as stack:
        with step(f"facts of {environment}"):
            from operate.swap.environment import open_environment  # SSH and Swift take half a second to load

            opened = stack.enter_context(
                open_environment(
                    environment,
                    command,
                    report,
                    config_file,
                    use_cache=use_cache,
                    without=lost_servers,
                    is_question=is_question,
                    requires_valid_file=requires_valid_file,
                )
            )
        yield opened

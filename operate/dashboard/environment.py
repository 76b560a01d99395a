"""The dashboard with all its real edges."""

from collections.abc import Callable
from pathlib import Path

from operate.dashboard.server import dashboard, serve
from operate.dashboard.watched_stack import WatchedStack
from operate.swap.environment import open_environment


def serve_dashboard(
    environment: str, port: int, log: Callable[[str], None], config_file: Path | None
) -> None:
    """Serve until interrupted.

    Args:
        environment: Name of the stack.
        port: TCP port on 127.0.0.1; 0 takes a free one.
        log: Is given the address.
        config_file: The stack's file where it is elsewhere.

    Raises:
        OperateError: The stack cannot be asked, or the port is taken.
    """
    with open_environment(environment, "dashboard", log, config_file) as opened:
        operations = opened.operations
        watched = WatchedStack(environment, opened.facts, operations, opened.store, operations.facts)
        serve(dashboard(environment, watched, operations.history.report), port, log)

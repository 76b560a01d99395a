"""The dashboard with all its real edges."""

from collections.abc import Callable
from pathlib import Path

from operate.dashboard.figures import Figures, StackOutputs, open_stack_browser, parse_cost
from operate.dashboard.server import dashboard, serve
from operate.dashboard.watched_stack import WatchedStack
from operate.error import OperateError
from operate.rotate.under_way import noted_rotation
from operate.stack.automation.outputs import outputs
from operate.stack.config.unfinished_adoption import noted_adoption
from operate.status.live_setting import noted_live
from operate.store.bounded_store import renew_questions
from operate.store.storage_use import storage_use
from operate.swap.environment import open_environment


def serve_dashboard(
    environment: str,
    port: int,
    log: Callable[[str], None],
    config_file: Path | None,
    show_url: Callable[[str], None],
) -> None:
    """Serve until interrupted.

    Args:
        environment: Name of the stack.
        port: TCP port on 127.0.0.1; 0 takes a free one.
        log: Receives a line for each step.
        config_file: The stack's file where it is elsewhere.
        show_url: Receives the address once it is served.

    Raises:
        OperateError: The stack does not answer, or the port is taken.
    """
    with open_environment(environment, "dashboard", log, config_file, is_question=True) as opened:
        operations = opened.operations
        watched = WatchedStack(
            environment,
            opened.facts,
            operations,
            opened.store,
            operations.facts,
            rotation=lambda: noted_rotation(environment, config_file),
            adoption=lambda: noted_adoption(environment, config_file),
            live_setting=lambda: noted_live(environment, config_file),
        )
        stack_outputs, used = (
            StackOutputs(lambda: outputs(environment, config_file)),
            storage_use(opened.facts.swift),
        )

        def figures() -> Figures:
            try:
                return Figures(used(), parse_cost(stack_outputs()))
            except OperateError:
                return Figures()

        def kept_report(identity: str) -> str | None:
            renew_questions(opened.store)
            return operations.history.report(identity)

        with open_stack_browser(environment, stack_outputs) as browser:
            application = dashboard(environment, watched, kept_report, figures=figures, browser=browser)
            serve(application, port, show_url)

"""The command observe."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from operate.cli.swap_commands import ConfigFile, Environment, ProgressLog, report_errors

_PORT = 8791


def observe(
    environment: Environment,
    into: Annotated[
        Path | None, typer.Option(help="Folder for the files; observe/ENV where it is left out.")
    ] = None,
    serve: Annotated[
        bool, typer.Option("--serve", help="Relay the stack's metrics on 127.0.0.1 until interrupted.")
    ] = False,
    port: Annotated[int, typer.Option(min=1, max=65535, help="TCP port of --serve on 127.0.0.1.")] = _PORT,
    config_file: ConfigFile = None,
) -> None:
    """Write Prometheus' configuration, alert rules and a Grafana dashboard for a stack, or relay its metrics.

    Prometheus runs beside `--serve`.

    Example: operate observe prod --into /etc/prometheus
    """
    with report_errors(undo=""):
        if serve:
            _serve(environment, port, config_file)
        else:
            _write(environment, into or Path("observe") / environment, port, config_file)


def _write(environment: str, folder: Path, port: int, config_file: Path | None) -> None:
    from operate.observe.files import observe_files, write_files
    from operate.observe.targets import find_targets
    from operate.stack.facts_cache import facts_cache
    from operate.stack.lazy_stack import LazyStack
    from operate.swap.interfaces import SystemClock

    stack = LazyStack(environment, config_file, facts_cache(environment, config_file), SystemClock())
    targets = find_targets(stack.facts())
    for file in write_files(folder, observe_files(environment, targets, port)):
        sys.stdout.write(f"{file}\n")
    sys.stdout.write(
        f"next: operate observe {environment} --serve, beside Prometheus (docs/reference/observability.md)\n"
    )


def _serve(environment: str, port: int, config_file: Path | None) -> None:
    from operate.dashboard.server import serve
    from operate.observe.environment import open_gateway
    from operate.swap.environment import open_environment

    log = ProgressLog(Console(file=sys.stderr))
    with (
        open_environment(environment, "observe", log, config_file) as opened,
        open_gateway(opened, config_file) as application,
    ):
        serve(application, port, log)


def add_observe(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(observe)

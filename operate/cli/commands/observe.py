"""The command observe."""

import json
import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from messages.progress import report
from operate.cli.errors import report_errors
from operate.cli.parameters import AsJson, ConfigFile, Environment, require_option

_PORT = 8791


def observe(
    environment: Environment,
    into: Annotated[
        Path | None, typer.Option(help="Folder for the files; it is created. Required without --serve.")
    ] = None,
    serve: Annotated[
        bool, typer.Option("--serve", help="Relay the stack's metrics on 127.0.0.1 until interrupted.")
    ] = False,
    port: Annotated[
        int,
        typer.Option(
            min=1, max=65535, help="TCP port of --serve on 127.0.0.1; the files of --into name it as well."
        ),
    ] = _PORT,
    as_json: AsJson = False,
    config_file: ConfigFile = None,
) -> None:
    """Write Prometheus' configuration, alert rules and a Grafana dashboard for a stack, or relay its metrics.

    Prometheus reads the metrics from a command with `--serve`, which runs on the same machine.

    Example: operate observe prod --into /etc/prometheus
    """
    if into is None and not serve:
        raise typer.BadParameter("must name the folder for the files; or give --serve", param_hint="--into")
    require_option("--into", "names the folder for the files", {"--json": as_json}, is_given=into is not None)
    with report_errors():
        if into is not None:
            _write(environment, into, port, config_file, as_json=as_json, is_served=serve)
        if serve:
            _serve(environment, port, config_file)


def _write(
    environment: str, folder: Path, port: int, config_file: Path | None, *, as_json: bool, is_served: bool
) -> None:
    from operate.clock import SystemClock
    from operate.observe.files import observe_files, write_files
    from operate.observe.targets import find_targets
    from operate.stack.automation.lazy_stack import LazyStack
    from operate.stack.facts_cache import facts_cache

    stack = LazyStack(environment, config_file, facts_cache(environment, config_file), SystemClock())
    targets = find_targets(stack.read_facts())
    files = write_files(folder, observe_files(environment, targets, port))
    if as_json:
        sys.stdout.write(json.dumps({"files": [str(file) for file in files]}, indent=2) + "\n")
        return
    sys.stdout.writelines(f"{file}\n" for file in files)
    if not is_served:
        options = f" --port {port}" if port != _PORT else ""
        options += f" --config-file {shlex.quote(str(config_file.resolve()))}" if config_file else ""
        command = f"operate observe {environment} --serve{options}"
        sys.stdout.write(f"next: {command}, beside Prometheus (docs/reference/observability.md)\n")


def _serve(environment: str, port: int, config_file: Path | None) -> None:
    from operate.dashboard.server import serve
    from operate.observe.environment import open_gateway
    from operate.swap.environment import open_environment

    with (
        open_environment(environment, "observe", report, config_file, is_question=True) as opened,
        open_gateway(opened, config_file) as application,
    ):
        serve(application, port, report)


def add_observe(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(observe)

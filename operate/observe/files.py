"""Writes what Prometheus and Grafana need for a stack."""

from collections.abc import Sequence
from pathlib import Path

from operate.error import OperateError
from operate.observe.alerts import alert_rules
from operate.observe.grafana import grafana_dashboard
from operate.observe.prometheus import RULES_FILE, scrape_configuration
from operate.observe.targets import MetricsTarget


def observe_files(environment: str, targets: Sequence[MetricsTarget], port: int) -> dict[str, str]:
    """Return the files' contents by name.

    Args:
        environment: Name of the stack.
        targets: Exporters of the stack.
        port: TCP port of `operate observe --serve`.
    """
    return {
        "prometheus.yml": scrape_configuration(environment, targets, port),
        RULES_FILE: alert_rules(environment),
        "grafana-dashboard.json": grafana_dashboard(environment),
    }


def write_files(folder: Path, files: dict[str, str]) -> list[Path]:
    """Write files into a folder, which is made; each is replaced as a whole. Returns where they are.

    Raises:
        OperateError: The folder cannot be written.
    """
    paths = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            file = folder / name
            new = file.with_name(f".{name}.new")
            new.write_text(content)
            new.replace(file)
            paths.append(file)
    except OSError as error:
        raise OperateError(
            f"folder {folder}: cannot be written ({type(error).__name__}); take another with --into"
        ) from None
    return paths

"""Prometheus' configuration for a stack; pure."""

from collections.abc import Mapping, Sequence

import yaml

from operate.observe.gateway import STACK_PATH
from operate.observe.targets import MetricsTarget

INTERVAL_SECONDS, TIMEOUT_SECONDS = 30, 15
"""Choices: a look at a stack waits for SSH."""
RULES_FILE = "alerts.yml"
_PROXY = "front-(modern|legacy)(?:-(red|black))?"


def scrape_configuration(environment: str, targets: Sequence[MetricsTarget], port: int) -> str:
    """Return prometheus.yml, as Prometheus 2.42 and later take it.

    Args:
        environment: Name of the stack; every metric gets it as the label `stack`.
        targets: Exporters of the stack.
        port: TCP port of `operate observe --serve` on 127.0.0.1.
    """
    by_kind = {
        kind: [target for target in targets if target.kind == kind] for kind in ("door", "registry", "disk")
    }
    jobs = [_job("stack", [_static(environment, port, STACK_PATH, {"instance": environment})])]
    for kind, kind_targets in by_kind.items():
        statics = [
            _static(environment, port, target.path, {"instance": target.name, **dict(target.labels)})
            for target in kind_targets
        ]
        if statics:
            jobs.append(_job(kind, statics))
    document = {
        "global": {
            "scrape_interval": f"{INTERVAL_SECONDS}s",
            "scrape_timeout": f"{TIMEOUT_SECONDS}s",
            "evaluation_interval": f"{INTERVAL_SECONDS}s",
        },
        "rule_files": [RULES_FILE],
        "scrape_configs": jobs,
    }
    return yaml.safe_dump(document, sort_keys=False)


def _job(kind: str, statics: Sequence[Mapping[str, object]]) -> dict[str, object]:
    job: dict[str, object] = {"job_name": f"registry-{kind}", "static_configs": list(statics)}
    if kind == "door":
        # HAProxy names a front door by its generation, and a backend by its generation and colour.
        job["metric_relabel_configs"] = [
            {
                "source_labels": ["proxy"],
                "regex": _PROXY,
                "target_label": label,
                "replacement": f"${number}",
            }
            for number, label in enumerate(("generation", "colour"), 1)
        ]
    return job


def _static(environment: str, port: int, path: str, labels: Mapping[str, str]) -> dict[str, object]:
    return {
        "targets": [f"127.0.0.1:{port}"],
        "labels": {"__metrics_path__": path, "stack": environment, **labels},
    }

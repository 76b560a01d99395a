"""A Grafana dashboard for a stack, as the JSON that Grafana 9 and later import; pure."""

import json
from dataclasses import dataclass

_COLUMNS, _WIDTH, _HEIGHT = 24, 8, 8


@dataclass(frozen=True)
class Panel:
    """A panel.

    Attributes:
        title: Title of the panel.
        queries: PromQL and legend of each; $stack is the stack that is chosen.
        unit: Unit as Grafana names it.
        kind: Kind, `timeseries` or `stat`.
    """

    title: str
    queries: tuple[tuple[str, str], ...]
    unit: str = "short"
    kind: str = "timeseries"


_STACK = 'stack="$stack"'
_BACKEND = f'{_STACK},colour!=""'
_DOOR = f'{_STACK},generation!=""'
_WHO = "door, generation, colour"
_LEGEND = "{{door}} {{generation}} {{colour}}"
_STORAGE = f"registry_storage_action_seconds_bucket{{{_STACK}}}"
PANELS = (
    Panel(
        "Live colour",
        ((f"registry_stack_live{{{_STACK}}} == 1", "{{door}} {{generation}} {{colour}}"),),
        kind="stat",
    ),
    Panel(
        "Front doors that answer",
        ((f"registry_stack_door_probe_success{{{_STACK}}}", "{{door}}"),),
        kind="stat",
    ),
    Panel(
        "Certificates: time left",
        (
            (
                f"registry_stack_certificate_end_timestamp_seconds{{{_STACK}}} - time()",
                "{{door}} {{generation}}",
            ),
        ),
        "s",
        "stat",
    ),
    Panel(
        "Requests a second",
        ((f"sum by ({_WHO}) (rate(haproxy_backend_http_requests_total{{{_BACKEND}}}[5m]))", _LEGEND),),
        "reqps",
    ),
    Panel(
        "Failures a second",
        (
            (
                f'sum by ({_WHO}) (rate(haproxy_backend_http_responses_total{{{_BACKEND},code="5xx"}}[5m]))',
                _LEGEND,
            ),
        ),
        "reqps",
    ),
    Panel(
        "Requests a second that a front door refuses",
        (
            (
                f"sum by (door, generation) (rate(haproxy_frontend_requests_denied_total{{{_DOOR}}}[5m]))",
                "{{door}} {{generation}}",
            ),
        ),
        "reqps",
    ),
    Panel(
        "Time to the first byte, mean of 1,024 answers",
        ((f"haproxy_backend_response_time_average_seconds{{{_BACKEND}}}", _LEGEND),),
        "s",
    ),
    Panel(
        "Transfers under way, and waiting",
        (
            (f"haproxy_backend_current_sessions{{{_BACKEND}}}", f"{_LEGEND}"),
            (f"haproxy_backend_current_queue{{{_BACKEND}}}", f"{_LEGEND}, waiting"),
        ),
    ),
    Panel(
        "Bytes a second to clients",
        ((f"sum by ({_WHO}) (rate(haproxy_backend_bytes_out_total{{{_BACKEND}}}[5m]))", _LEGEND),),
        "Bps",
    ),
    Panel(
        "Storage: 19 calls in 20 take less",
        (
            (
                f"histogram_quantile(0.95, sum by (server, colour, action, le) (rate({_STORAGE}[5m])))",
                "{{server}} {{colour}} {{action}}",
            ),
        ),
        "s",
    ),
    Panel("Storage used", ((f"registry_stack_storage_bytes{{{_STACK}}}", "images"),), "decbytes"),
    Panel(
        "Disks: free",
        (
            (
                f"registry_stack_disk_free_bytes{{{_STACK}}} / registry_stack_disk_size_bytes{{{_STACK}}}",
                "{{server}} {{mountpoint}}",
            ),
        ),
        "percentunit",
    ),
    Panel(
        "Swap: time in its step",
        ((f"registry_stack_swap_step_seconds{{{_STACK}}}", "{{kind}} {{step}}"),),
        "s",
    ),
)


def grafana_dashboard(environment: str) -> str:
    """Return dashboard.json; the data source is chosen when it is imported.

    Args:
        environment: Name of the stack that it shows first.
    """
    source = {"type": "prometheus", "uid": "${datasource}"}
    dashboard = {
        "uid": f"registry-{environment}"[:40],
        "title": f"Registry {environment}",
        "schemaVersion": 38,
        "tags": ["registry"],
        "timezone": "utc",
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {
            "list": [
                {"name": "datasource", "type": "datasource", "query": "prometheus", "label": "Data source"},
                {
                    "name": "stack",
                    "type": "query",
                    "label": "Stack",
                    "datasource": source,
                    "query": "label_values(registry_stack_up, stack)",
                    "current": {"text": environment, "value": environment},
                    "refresh": 1,
                },
            ]
        },
        "panels": [_panel(number, panel, source) for number, panel in enumerate(PANELS)],
    }
    return json.dumps(dashboard, indent=2) + "\n"


def _panel(number: int, panel: Panel, source: dict[str, str]) -> dict[str, object]:
    row, column = divmod(number * _WIDTH, _COLUMNS)
    return {
        "id": number + 1,
        "type": panel.kind,
        "title": panel.title,
        "datasource": source,
        "gridPos": {"x": column, "y": row * _HEIGHT, "w": _WIDTH, "h": _HEIGHT},
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "targets": [
            {"refId": chr(ord("A") + index), "datasource": source, "expr": expression, "legendFormat": legend}
            for index, (expression, legend) in enumerate(panel.queries)
        ],
    }

"""Alert rules for a stack; pure.

Errors are judged as a swap judges them (`operate.swap.health`), certificates as `operate status` does.
"""

from dataclasses import dataclass

import yaml

from operate.record.options import Limits, SwapOptions
from operate.status.warnings import EXPIRY

_DOOR = "stack, door, generation"
STORAGE_SECONDS = 1.0
"""Of one call in twenty to the storage (choice); Swift takes about 20 ms (docs/design/crowd.md)."""
DISK_SHARE = 0.1
STUCK_SECONDS = 2 * SwapOptions.drain_limit
"""Choice: twice what a swap waits at most for transfers to end, by default."""


@dataclass(frozen=True)
class Alert:
    """A rule.

    Attributes:
        name: Name of the alert.
        expression: PromQL; each series that it has is an alert.
        minutes: Minutes for which it must hold.
        severity: `critical` where clients fail or will, else `warning`.
        summary: Description of the fault, with Prometheus' templates.
        remedy: Command to run, or document to read.
    """

    name: str
    expression: str
    minutes: int
    severity: str
    summary: str
    remedy: str


_FAILED = 'haproxy_backend_http_responses_total{colour!="",code="5xx"}'
_REQUESTS = 'haproxy_backend_http_requests_total{colour!=""}'
ALERTS = (
    Alert(
        "RegistryDoorDown",
        "registry_stack_door_probe_success == 0",
        1,
        "critical",
        "Front door {{ $labels.door }} does not answer its clients",
        "docs/runbooks/lost-front-door.md",
    ),
    Alert(
        "RegistryColourUnhealthy",
        'haproxy_backend_status{state="UP",colour!=""} == 0'
        f" and on ({_DOOR}, colour) registry_stack_live == 1",
        1,
        "critical",
        "{{ $labels.colour }} is live at {{ $labels.door }}, and the front door finds it unhealthy",
        "operate doctor {{ $labels.stack }}; docs/runbooks/rollback.md",
    ),
    Alert(
        "RegistryErrors",
        f"sum by ({_DOOR}) (rate({_FAILED}[5m])) / (sum by ({_DOOR}) (rate({_REQUESTS}[5m])) > 0)"
        f" > {Limits.error_rate} and sum by ({_DOOR}) (increase({_FAILED}[5m])) >= {Limits.errors}",
        2,
        "critical",
        "{{ $value | humanizePercentage }} of the requests at {{ $labels.door }} fail",
        "operate status {{ $labels.stack }}; docs/runbooks/rollback.md",
    ),
    Alert(
        "RegistryCertificateExpires",
        f"registry_stack_certificate_end_timestamp_seconds - time() < {EXPIRY.total_seconds():.0f}",
        10,
        "critical",
        "The certificate of {{ $labels.door }} ({{ $labels.generation }}) has {{ $value | humanizeDuration }}"
        " left",
        "docs/runbooks/certificate.md",
    ),
    Alert(
        "RegistryStorageSlow",
        "histogram_quantile(0.95, sum by (stack, server, generation, colour, le) (rate("
        'registry_storage_action_seconds_bucket{action=~"Stat|GetContent|List"}[10m])))'
        f" > {STORAGE_SECONDS:g}",
        10,
        "warning",
        "One call in twenty of {{ $labels.colour }} on {{ $labels.server }} to its storage takes over"
        " {{ $value | humanizeDuration }}",
        "docs/design/storage.md",
    ),
    Alert(
        "RegistryDiskFull",
        f"registry_stack_disk_free_bytes / registry_stack_disk_size_bytes < {DISK_SHARE}",
        10,
        "warning",
        "{{ $value | humanizePercentage }} of {{ $labels.mountpoint }} on {{ $labels.server }} is free",
        "docs/runbooks/swap.md, A server's disk is full",
    ),
    Alert(
        "RegistrySwapLeft",
        "registry_stack_swap_under_way == 1 and on (stack) registry_stack_lock_held == 0",
        5,
        "critical",
        "A swap of {{ $labels.stack }} is left, and nobody is at work on it",
        "docs/runbooks/swap.md",
    ),
    Alert(
        "RegistrySwapStuck",
        f"registry_stack_swap_step_seconds > {STUCK_SECONDS:.0f}",
        1,
        "warning",
        "The {{ $labels.kind }} of {{ $labels.stack }} is at its step {{ $labels.step }} for"
        " {{ $value | humanizeDuration }}",
        "operate status {{ $labels.stack }}; docs/runbooks/stuck-lock.md",
    ),
    Alert(
        "RegistryStackUnreadable",
        "registry_stack_up == 0",
        5,
        "warning",
        "The front doors or the records of {{ $labels.stack }} cannot be read",
        "operate status {{ $labels.stack }}",
    ),
    Alert(
        "RegistryMetricsMissing",
        'up{job=~"registry-.*"} == 0',
        10,
        "warning",
        "There are no metrics of {{ $labels.instance }} ({{ $labels.job }})",
        "operate observe {{ $labels.stack }} --serve",
    ),
)


def alert_rules(environment: str) -> str:
    """Return alerts.yml.

    Args:
        environment: Name of the stack, which names the group; the rules hold for every stack that is scraped.
    """
    rules = [
        {
            "alert": alert.name,
            "expr": alert.expression,
            "for": f"{alert.minutes}m",
            "labels": {"severity": alert.severity},
            "annotations": {"summary": alert.summary, "remedy": alert.remedy},
        }
        for alert in ALERTS
    ]
    return yaml.safe_dump(
        {"groups": [{"name": f"registry-{environment}", "rules": rules}]}, sort_keys=False, width=1000
    )

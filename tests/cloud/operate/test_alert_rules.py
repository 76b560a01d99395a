"""The alert rules, tried with promtool on series that fire each of them, and on those of a healthy stack."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

import yaml

from operate.observe.alerts import ALERTS, STUCK_SECONDS, alert_rules

DOOR = 'stack="prod",door="d",generation="modern"'
RED = f'{DOOR},colour="red"'
SWAP = 'stack="prod",kind="swap",step="drain"'
SERIES = {
    "RegistryDoorDown": {f"registry_stack_door_probe_success{{{DOOR}}}": "0x40"},
    "RegistryColourUnhealthy": {
        f'haproxy_backend_status{{{RED},state="UP"}}': "0x40",
        f"registry_stack_live{{{RED}}}": "1x40",
    },
    "RegistryErrors": {
        f'haproxy_backend_http_responses_total{{{RED},code="5xx"}}': "0+2x40",
        f"haproxy_backend_http_requests_total{{{RED}}}": "0+100x40",
    },
    "RegistryCertificateExpires": {
        f"registry_stack_certificate_end_timestamp_seconds{{{DOOR}}}": (f"{20 * 86400}x40")
    },
    "RegistryStorageSlow": {
        'registry_storage_action_seconds_bucket{stack="prod",server="s",generation="modern",colour="red",'
        f'action="Stat",le="{limit}"}}': f"0+{count}x40"
        for limit, count in (("0.5", 0), ("1", 0), ("2.5", 10), ("+Inf", 10))
    },
    "RegistryDiskFull": {
        'registry_stack_disk_free_bytes{stack="prod",server="s",mountpoint="/"}': "9x40",
        'registry_stack_disk_size_bytes{stack="prod",server="s",mountpoint="/"}': "100x40",
    },
    "RegistrySwapLeft": {
        'registry_stack_swap_under_way{stack="prod"}': "1x40",
        'registry_stack_lock_held{stack="prod"}': "0x40",
    },
    "RegistrySwapStuck": {f"registry_stack_swap_step_seconds{{{SWAP}}}": f"{STUCK_SECONDS + 1:.0f}x40"},
    "RegistryStackUnreadable": {'registry_stack_up{stack="prod"}': "0x40"},
    "RegistryMetricsMissing": {'up{stack="prod",job="registry-door",instance="d"}': "0x40"},
}
"""For each alert, series that fire it."""

HEALTHY = {
    f"registry_stack_door_probe_success{{{DOOR}}}": "1x40",
    f'haproxy_backend_status{{{RED},state="UP"}}': "1x40",
    # The idle colour may be unhealthy.
    f'haproxy_backend_status{{{DOOR},colour="black",state="UP"}}': "0x40",
    f"registry_stack_live{{{RED}}}": "1x40",
    f'registry_stack_live{{{DOOR},colour="black"}}': "0x40",
    f'haproxy_backend_http_responses_total{{{RED},code="5xx"}}': "0+1x40",
    f"haproxy_backend_http_requests_total{{{RED}}}": "0+200x40",
    f"registry_stack_certificate_end_timestamp_seconds{{{DOOR}}}": (f"{22 * 86400}x40"),
    'registry_stack_disk_free_bytes{stack="prod",server="s",mountpoint="/"}': "11x40",
    'registry_stack_disk_size_bytes{stack="prod",server="s",mountpoint="/"}': "100x40",
    'registry_stack_swap_under_way{stack="prod"}': "1x40",
    'registry_stack_lock_held{stack="prod"}': "1x40",
    f"registry_stack_swap_step_seconds{{{SWAP}}}": f"{STUCK_SECONDS - 1:.0f}x40",
    'registry_stack_up{stack="prod"}': "1x40",
    'up{stack="prod",job="registry-door",instance="d"}': "1x40",
}


def rule_test(series: Mapping[str, str], fired: list[str]) -> dict[str, object]:
    """Half an hour of series, and the alerts that fire at its end."""
    return {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        # Of an alert rule promtool compares every label and text; that it fires is asked of ALERTS.
        "promql_expr_test": [
            {
                "expr": f'count(ALERTS{{alertname="{alert.name}",alertstate="firing"}})',
                "eval_time": "30m",
                "exp_samples": [{"labels": "{}", "value": 1}] if alert.name in fired else [],
            }
            for alert in ALERTS
        ],
    }


def run_rule_tests(folder: Path, tests: list[dict[str, object]]) -> subprocess.CompletedProcess[str]:
    (folder / "alerts.yml").write_text(alert_rules("prod"))
    document = {"rule_files": ["alerts.yml"], "evaluation_interval": "1m", "tests": tests}
    (folder / "tests.yml").write_text(yaml.safe_dump(document))
    words = ["promtool", "test", "rules", str(folder / "tests.yml")]
    return subprocess.run(words, capture_output=True, text=True, check=False)


def test_each_alert_fires_alone(tmp_path: Path) -> None:
    assert set(SERIES) == {alert.name for alert in ALERTS}
    done = run_rule_tests(tmp_path, [rule_test(SERIES[name], [name]) for name in SERIES])
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_healthy_stack_fires_nothing(tmp_path: Path) -> None:
    done = run_rule_tests(tmp_path, [rule_test(HEALTHY, [])])
    assert done.returncode == 0, done.stdout + done.stderr
    # promtool does refuse what is not so.
    assert run_rule_tests(tmp_path, [rule_test(HEALTHY, ["RegistryDoorDown"])]).returncode != 0

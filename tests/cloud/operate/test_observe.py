"""What `operate observe` writes, tried with promtool and with a Prometheus that scrapes real exporters."""

import json
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
import yaml
from typer.testing import CliRunner

import operate.stack.automation.lazy_stack
from dev.local.environment import CHECKOUT
from harness.clients.images import image, push
from harness.ports import free_port
from harness.proxies.proxied_registry import CERTIFICATE
from harness.waiting import until as until_within
from operate.cli.command_line import app
from operate.dashboard.source import Source
from operate.error import OperateError
from operate.observe.alerts import ALERTS
from operate.observe.files import observe_files, write_files
from operate.observe.gateway import gateway
from operate.observe.grafana import PANELS
from operate.observe.prometheus import scrape_configuration
from operate.observe.ssh_reader import probe_door, read_exporter
from operate.observe.stack_metrics import StackMetrics, parse_disks
from operate.observe.targets import MetricsTarget, find_targets
from operate.record.options import SwapOptions
from operate.stack.facts import Colour, ColourFacts, DoorFacts, Facts
from operate.status.status import StackStatus, status
from operate.swap.start import OperationRequest
from tests.cloud.operate.observed_door import ObservedDoor, observed_door
from tests.support.killed_process import KilledError
from tests.support.served_application import served_application
from tests.unit.operate.swap.simulated_stack import SimulatedStore, Simulation

pytestmark = pytest.mark.expected_seconds(40)


def until(find: Callable[[], object], what: str) -> None:
    """Wait for something that Prometheus, which scrapes every few seconds, has to see first."""
    until_within(find, what, 90)


class LocalReader:
    """Reads exporters on this machine, where SSH would lead to those of a server."""

    def __init__(self) -> None:
        self.unreachable: set[str] = set()

    def exporter(self, target: MetricsTarget) -> bytes:
        if target.server.name in self.unreachable:
            raise OperateError(f"{target.server.name}: lost")
        return read_exporter(f"http://127.0.0.1:{target.port}/metrics", target)

    def disks(self, target: MetricsTarget) -> bytes:
        script = CHECKOUT / "operate" / "scripts" / "disk-space.sh"
        return subprocess.run(["bash", "-s"], stdin=script.open(), capture_output=True, check=True).stdout


@dataclass(frozen=True)
class Observed:
    """A stack with one real door, its gateway, and a Prometheus."""

    door: ObservedDoor
    reader: LocalReader
    simulation: Simulation
    facts: Facts
    gateway: str
    prometheus: str

    def query(self, expression: str) -> list[dict[str, object]]:
        answer = httpx.get(f"{self.prometheus}/api/v1/query", params={"query": expression}, trust_env=False)
        assert answer.status_code == 200, answer.text
        results: list[dict[str, object]] = answer.json()["data"]["result"]
        return results

    def value(self, expression: str) -> float:
        (result,) = self.query(expression)
        value = result["value"]
        assert isinstance(value, list)
        return float(value[1])


def stack_facts(door: ObservedDoor, simulation: Simulation) -> Facts:
    """The facts of a stack in dal05 whose door and registries are these."""
    door_facts = DoorFacts("dal05", "a", "192.0.2.1", "key", door.endpoint, ("modern",))
    colours = {
        colour: ColourFacts(
            number,
            {"modern": door.registries[colour].port},
            frozenset({f"registry-{number}"}),
            {},
            "filesystem-1",
            debug_ports={"modern": door.ports[colour]},
        )
        for colour, number in ((Colour.RED, "1"), (Colour.BLACK, "2"))
    }
    return replace(
        simulation.facts(),
        doors=(door_facts,),
        colours=colours,
        authority=CERTIFICATE.authority,
        certificate_ends={"dal05-a modern": "2030-01-01T00:00:00+00:00"},
    )


def with_haproxy(targets: tuple[MetricsTarget, ...], door: ObservedDoor) -> tuple[MetricsTarget, ...]:
    """The same, HAProxy's being where this test has it: on a server its port is fixed."""
    port = door.ports["haproxy"]
    return tuple(replace(target, port=port) if target.kind == "door" else target for target in targets)


@contextmanager
def prometheus(folder: Path, files: Mapping[str, str]) -> Iterator[str]:
    """Run Prometheus with these files, with pauses of three seconds instead of thirty; its address."""
    folder.mkdir()
    write_files(folder, dict(files))
    configuration = yaml.safe_load(files["prometheus.yml"])
    configuration["global"] = dict.fromkeys(configuration["global"], "1s")
    (folder / "prometheus.yml").write_text(yaml.safe_dump(configuration))
    port = free_port()
    words = [
        "prometheus", f"--config.file={folder / 'prometheus.yml'}", f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]  # fmt: skip
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(words, stdout=log, stderr=log)
    try:
        address = f"http://127.0.0.1:{port}"

        def is_ready() -> bool:
            assert process.poll() is None, (folder / "log").read_text()[-2000:]
            try:
                return httpx.get(f"{address}/-/ready", trust_env=False).status_code == 200
            except httpx.TransportError:
                return False

        until(is_ready, "Prometheus is ready")
        yield address
    finally:
        process.terminate()
        process.wait()


@pytest.fixture(scope="module")
def observed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Observed]:
    folder = tmp_path_factory.mktemp("observed")
    simulation, reader = Simulation(datacenters=("dal05",)), LocalReader()
    simulation.built[Colour.BLACK] = "2"
    with observed_door(folder / "door") as door:
        facts = stack_facts(door, simulation)

        def ask() -> StackStatus:
            return status("prod", simulation.operator().observe(facts), SimulatedStore(simulation))

        source, targets = Source("prod", ask), with_haproxy(find_targets(facts), door)

        def stack() -> StackMetrics:
            state = source()
            probes = [probe_door(facts.doors[0], facts.authority)]
            return StackMetrics(None if state.unavailable else state.status, datetime.now(UTC), probes, 12345)

        with (
            door.client() as client,
            served_application(gateway(lambda: targets, reader, stack)) as address,
            prometheus(
                folder / "prometheus", observe_files("prod", targets, int(address.rpartition(":")[2]))
            ) as prometheus_address,
        ):
            until(lambda: client.get("/v2/").status_code == 200, "the door answers")
            push(client, "observed/app", "1", image(1, 10_000))
            yield Observed(door, reader, simulation, facts, address, prometheus_address)


def promtool(*arguments: str | Path) -> str:
    done = subprocess.run(["promtool", *map(str, arguments)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_promtool_accepts_the_files(observed: Observed, tmp_path: Path) -> None:
    write_files(tmp_path, observe_files("prod", find_targets(observed.facts), 8791))
    assert f"{len(ALERTS)} rules found" in promtool("check", "config", tmp_path / "prometheus.yml")


def test_every_exporter_is_scraped(observed: Observed) -> None:
    expected = {
        ("registry-stack", "prod"),
        ("registry-door", "dal05-a"),
        ("registry-disk", "dal05-a"),
        ("registry-registry", "dal05-a-modern-red"),
        ("registry-registry", "dal05-a-modern-black"),
    }

    def up() -> set[tuple[str, str]]:
        rows = [row["metric"] for row in observed.query("up == 1")]
        return {(str(row["job"]), str(row["instance"])) for row in rows if isinstance(row, dict)}

    until(lambda: up() == expected, "all are up")
    assert {row["metric"]["stack"] for row in observed.query("up")} == {"prod"}  # type: ignore[index]


@pytest.mark.parametrize(
    "expression", [query.replace("$stack", "prod") for panel in PANELS for query, _ in panel.queries]
)
def test_every_panel_has_data(observed: Observed, expression: str) -> None:
    if "swap_step" in expression:
        # Nothing is under way yet; test_a_swap_that_is_left_is_an_alert has it.
        assert observed.query(expression) == []
        return
    with observed.door.client() as client:

        def has_data() -> bool:
            client.get("/v2/observed/app/tags/list")
            return bool(observed.query(expression))

        until(has_data, expression)


def test_each_request_is_counted(observed: Observed) -> None:
    requests = 'haproxy_backend_http_requests_total{generation="modern",colour="red",door="dal05-a"}'
    request_count = f"max_over_time({requests}[1m])"
    until(lambda: observed.query(request_count), "it is scraped")
    before = observed.value(request_count)
    with observed.door.client() as client:
        for _ in range(10):
            assert client.get("/v2/observed/app/tags/list").status_code == 200
    until(lambda: observed.value(request_count) >= before + 10, "ten more are counted")
    assert observed.value("registry_stack_storage_bytes") == 12345
    assert observed.value('registry_stack_live{colour="red"}') == 1
    assert observed.value('registry_stack_live{colour="black"}') == 0


def test_each_refused_request_is_counted_at_the_front_door(observed: Observed) -> None:
    denied = 'haproxy_frontend_requests_denied_total{generation="modern",colour="",door="dal05-a"}'
    denied_count = f"max_over_time({denied}[1m])"
    until(lambda: observed.query(denied_count), "it is scraped")
    before = observed.value(denied_count)
    with observed.door.client() as client:
        for _ in range(5):
            assert client.get("/no-registry-has-this").status_code == 404
        assert client.get("/v2/").status_code == 200
    until(lambda: observed.value(denied_count) >= before + 5, "five more are counted")
    assert observed.value(denied_count) == before + 5, "what is served is none of them"


def test_the_certificate_is_the_one_that_the_door_shows(observed: Observed) -> None:
    until(lambda: observed.query("registry_stack_certificate_end_timestamp_seconds"), "it is scraped")
    end = datetime.fromtimestamp(observed.value("registry_stack_certificate_end_timestamp_seconds"), UTC)
    assert end.year != 2030, "what the stack recorded"
    assert end > datetime.now(UTC)
    assert observed.value("registry_stack_door_probe_success") == 1


def test_a_colour_that_fails_its_clients_is_an_alert(observed: Observed) -> None:
    """503 by the door while the live colour's registry is stopped; the real exporter counts them."""
    rules = {alert.name: alert.expression.replace("[5m]", "[30s]") for alert in ALERTS}
    process = observed.door.registries["red"].process
    assert observed.query(rules["RegistryColourUnhealthy"]) == []
    process.send_signal(19)  # SIGSTOP: it neither answers nor ends
    try:
        until(lambda: observed.query(rules["RegistryColourUnhealthy"]), "the front door finds it unhealthy")
        with observed.door.client() as client:
            assert {client.get("/v2/").status_code for _ in range(5)} == {503}
        until(lambda: observed.query(rules["RegistryErrors"]), "the errors are counted")
        until(lambda: observed.query(rules["RegistryDoorDown"]), "a client is not answered")
    finally:
        process.send_signal(18)
    until(lambda: observed.query(rules["RegistryColourUnhealthy"]) == [], "it recovers")
    until(lambda: observed.query(rules["RegistryDoorDown"]) == [], "a client is answered")


def test_a_lost_server_is_missing_and_the_others_stay(observed: Observed) -> None:
    observed.reader.unreachable = {"dal05-a"}
    try:
        until(lambda: observed.query('up{job="registry-door"} == 0'), "its metrics are missing")
        assert observed.query('up{job="registry-stack"} == 1')
    finally:
        observed.reader.unreachable = set()
    until(lambda: observed.query('up{job="registry-door"} == 1'), "they come back")


def test_records_that_cannot_be_read_are_an_alert(observed: Observed) -> None:
    rule = next(alert.expression for alert in ALERTS if alert.name == "RegistryStackUnreadable")
    observed.simulation.unavailable = {"doors"}
    try:
        until(lambda: observed.query(rule), "it is reported")
    finally:
        observed.simulation.unavailable = set()
    until(lambda: observed.query(rule) == [], "it recovers")


@pytest.mark.parametrize("path", ["/metrics/door/absent", "/metrics/secret/dal05-a", "/metric"])
def test_nothing_else_is_relayed(observed: Observed, path: str) -> None:
    assert httpx.get(f"{observed.gateway}{path}", trust_env=False).status_code == 404


def test_the_root_names_what_is_relayed(observed: Observed) -> None:
    paths = httpx.get(f"{observed.gateway}/", trust_env=False).text.split()
    assert {"/metrics", "/metrics/door/dal05-a"} <= set(paths)
    for path in paths:
        assert httpx.get(f"{observed.gateway}{path}", trust_env=False).status_code == 200, path


def test_another_name_is_refused(observed: Observed) -> None:
    """A page elsewhere could point its own name at the loopback and read."""
    url = f"{observed.gateway}/metrics"
    assert httpx.get(url, headers={"Host": "evil.example"}, trust_env=False).status_code == 400
    text = httpx.get(url, trust_env=False).text
    assert observed.facts.password not in text


def test_a_swap_that_is_left_is_an_alert(observed: Observed) -> None:
    """The last test with this stack: the swap stays."""
    rules = {alert.name: alert.expression for alert in ALERTS}
    assert observed.query(rules["RegistrySwapLeft"]) == []
    observed.simulation.kill_once_reported("gate ok")
    request = OperationRequest("ann@host", "2026-11-25T00:00:00Z", "", "3", {}, SwapOptions())
    with pytest.raises(KilledError):
        observed.simulation.operator().swap(request, observed.facts)
    until(lambda: observed.query("registry_stack_swap_under_way == 1"), "the swap is seen")
    assert observed.query("registry_stack_lock_held == 1")
    observed.simulation.clock.sleep(61)
    until(lambda: observed.query(rules["RegistrySwapLeft"]), "nobody is at work on it")
    (step,) = observed.query("registry_stack_swap_step_seconds")
    metric = step["metric"]
    assert isinstance(metric, dict)
    assert (metric["kind"], metric["step"]) == ("swap", "gate")


def test_a_scrape_configuration_names_each_exporter_once() -> None:
    simulation = Simulation()
    facts = simulation.facts()
    host = DoorFacts("dal05", "", "192.0.2.9", "key", "", ())
    red = facts.colours[Colour.RED]
    assert red is not None
    red = replace(red, hosts={"dal05": host}, servers={"dal05": "c"}, debug_ports={"modern": 15001})
    targets = find_targets(replace(facts, colours={Colour.RED: red, Colour.BLACK: None}))
    assert [target.path for target in targets] == [
        "/metrics/door/dal05-server-dal05",
        "/metrics/disk/dal05-server-dal05",
        "/metrics/door/ams01-server-ams01",
        "/metrics/disk/ams01-server-ams01",
        "/metrics/registry/dal05-c-modern-red",
        "/metrics/disk/dal05-c",
        "/metrics/registry/ams01-server-ams01-modern-red",
    ]
    assert targets[4].server.address == "192.0.2.9"
    configuration = scrape_configuration("prod", targets, 8791)
    assert configuration.count("__metrics_path__") == len(targets) + 1


def test_disks_are_parsed() -> None:
    assert [disk.mountpoint for disk in parse_disks(b"100 10 /\n200 20 /var/lib/my images\n")] == [
        "/",
        "/var/lib/my images",
    ]
    with pytest.raises(ValueError, match=r"values to unpack|invalid literal"):
        parse_disks(b"no disk\n")


def test_the_command_writes_the_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    facts = Simulation().facts()
    monkeypatch.setattr(operate.stack.automation.lazy_stack.LazyStack, "read_facts", lambda _: facts)
    folder = tmp_path / "into" / "it"
    result = CliRunner().invoke(app, ["observe", "prod", "--into", str(folder)])
    assert result.exit_code == 0, result.output
    names = ["prometheus.yml", "alerts.yml", "grafana-dashboard.json"]
    assert result.stdout.splitlines()[:3] == [str(folder / name) for name in names]
    assert "SUCCESS" in promtool("check", "config", folder / "prometheus.yml")
    document = json.loads((folder / "grafana-dashboard.json").read_text())
    assert len(document["panels"]) == len(PANELS)
    assert all(facts.password not in (folder / name).read_text() for name in names)
    (tmp_path / "file").write_text("")
    result = CliRunner().invoke(app, ["observe", "prod", "--into", str(tmp_path / "file")])
    assert result.exit_code == 1
    assert "cannot be written" in result.stderr
    assert "--into" in result.stderr

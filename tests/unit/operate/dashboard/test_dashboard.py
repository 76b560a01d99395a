"""The dashboard over HTTP: what it shows, what it refuses, what it does when the doors are lost."""

import json
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from datetime import UTC, datetime
from functools import cache

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.waiting import until
from operate.dashboard.server import dashboard, serve
from operate.dashboard.state import DashboardState, TrafficSample, alarms, rates, sample_of, summary, waiting
from operate.dashboard.watched_stack import WatchedStack
from operate.doors.counters import Counters
from operate.error import OperateError
from operate.record.options import SwapOptions
from operate.stack.facts import Colour, Facts
from operate.status.status import StackStatus, status
from operate.store.bounded_store import BoundedStore, SlowStoreError
from operate.swap.dependencies import render_report
from operate.swap.start import OperationRequest
from tests.support.killed_process import KilledError
from tests.unit.operate.dashboard.served_dashboard import Served, served
from tests.unit.operate.swap.simulated_stack import SimulatedRelease, SimulatedStore, Simulation

ID = "000001"
ROUTES = ("/", "/body", "/status.json", "/again.js", "/style.css", "/icon.svg", f"/history/{ID}")


def order(release: str = "2", why: str = "why") -> OperationRequest:
    return OperationRequest("<ann>@host", "2026-11-25T00:00:00Z", why, release, {}, SwapOptions(bake=6.0))


@cache
def swapped() -> Simulation:
    """A simulated stack after a swap, whose report takes a while to draw."""
    simulation = Simulation()
    simulation.render_report = render_report
    simulation.operator().swap(order(), simulation.facts())
    return simulation


@pytest.fixture
def simulation() -> Simulation:
    return deepcopy(swapped())


@contextmanager
def browsing(dashboard_page: Served) -> Iterator[httpx.Client]:
    # It speaks plain HTTP: no authorities are read.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    with httpx.Client(base_url=dashboard_page.address, trust_env=False, verify=context) as http_client:
        yield http_client


@pytest.fixture
def client(simulation: Simulation) -> Iterator[httpx.Client]:
    with served(simulation) as dashboard_page, browsing(dashboard_page) as http_client:
        yield http_client


@pytest.fixture(scope="module")
def shared_simulation() -> Simulation:
    """One that no test changes."""
    return deepcopy(swapped())


@pytest.fixture(scope="module")
def shared_client(shared_simulation: Simulation) -> Iterator[httpx.Client]:
    """A client of one dashboard, which takes a fifth of a second to stop."""
    with served(shared_simulation) as dashboard_page, browsing(dashboard_page) as http_client:
        yield http_client


def test_it_shows_colours_doors_and_the_last_swap(shared_client: httpx.Client) -> None:
    page = shared_client.get("/")
    assert page.status_code == 200
    assert 'class="card black live"' in page.text
    assert 'class="card red idle"' in page.text
    texts = ("dal05", "ams01", "server-dal05", "registry-2", "bake", "black, release 2, is live.")
    assert [text for text in texts if text not in page.text] == []
    assert "&lt;ann&gt;@host" in page.text
    assert "<ann>" not in page.text
    status_json = shared_client.get("/status.json").json()
    assert status_json["live"] == "black"
    assert status_json["colours"]["red"]["servers"] == {"dal05": "server-dal05", "ams01": "server-ams01"}
    report = shared_client.get(f"/history/{ID}")
    assert report.status_code == 200
    assert '<path class="line black" d="M' in report.text


def test_nothing_secret_is_on_it(shared_simulation: Simulation, shared_client: httpx.Client) -> None:
    password = shared_simulation.facts().password
    assert password
    assert [route for route in ROUTES if password in shared_client.get(route).text] == []


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nothing_is_changed_by_it(
    shared_simulation: Simulation, shared_client: httpx.Client, path: str, method: str
) -> None:
    before = dict(shared_simulation.objects)
    assert shared_client.request(method, path, content=b"{}").status_code == 405
    assert shared_simulation.objects == before


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "[::1]", ""])
def test_another_name_is_refused(shared_client: httpx.Client, path: str, host: str) -> None:
    """A page elsewhere could point its own name at the loopback and read."""
    refused = shared_client.get(path, headers={"Host": host})
    assert refused.status_code == 400
    assert "release" not in refused.text


@pytest.mark.parametrize("path", ROUTES)
def test_every_response_limits_what_a_browser_may_do(shared_client: httpx.Client, path: str) -> None:
    headers = shared_client.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert "Access-Control-Allow-Origin" not in headers
    if headers["Content-Type"].startswith("text/html"):
        policy = headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; base-uri 'none'; form-action 'none'")
        assert ("script-src" in policy) is ("/history/" not in path)
        assert "unsafe-inline" not in policy.partition("script-src")[2]


@pytest.mark.parametrize("identity", ["absent", "%2e%2e%2fswap%2fcurrent", "a b", "x" * 65])
def test_a_report_that_is_not_there(shared_client: httpx.Client, identity: str) -> None:
    assert shared_client.get(f"/history/{identity}").status_code == 404


def test_unavailable_doors_are_reported_and_the_last_figures_stay(
    simulation: Simulation, client: httpx.Client
) -> None:
    assert "card black live" in client.get("/body").text
    simulation.unavailable = {"doors"}
    until(lambda: "Status unavailable: doors status: lost" in client.get("/body").text, "it is reported")
    assert "card black live" in client.get("/body").text
    assert client.get("/status.json").status_code == 503
    simulation.unavailable = set()
    until(lambda: "Status unavailable" not in client.get("/body").text, "it recovers")


def test_doors_that_were_never_seen(simulation: Simulation) -> None:
    simulation.unavailable = {"doors"}
    with served(simulation) as dashboard_page:
        text = httpx.get(f"{dashboard_page.address}/", trust_env=False).text
    assert "Status unavailable: doors status: lost in the simulation." in text
    assert "card" not in text


def test_it_listens_on_the_loopback_alone() -> None:
    addresses = []

    def check_address(address: str) -> None:
        addresses.append(address)
        port = int(address.rstrip("/").rpartition(":")[2])
        # Loopback addresses other than its own: nobody answers there.
        with socket.socket() as connection, pytest.raises(ConnectionRefusedError):
            connection.connect(("127.0.0.2", port))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        serve(dashboard("prod", _never, lambda _: None), 0, check_address)
    assert addresses[0].startswith("http://127.0.0.1:")


def _never() -> StackStatus:
    raise AssertionError("nobody looks")


def test_a_port_in_use_is_reported() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        with pytest.raises(OperateError, match="take another with --port"):
            serve(dashboard("prod", _never, lambda _: None), port, lambda _: None)


def dashboard_state(simulation: Simulation) -> DashboardState:
    stack_status = status(
        "prod", simulation.operator().observe(simulation.facts()), SimulatedStore(simulation)
    )
    return DashboardState("prod", datetime.now(UTC), stack_status)


def test_doors_that_differ_are_an_alarm(simulation: Simulation) -> None:
    simulation.doors[0].live = Colour.RED
    assert alarms(dashboard_state(simulation))[0] == (
        "front doors disagree on the live colour: dal05 modern red, ams01 modern black"
    )
    stack_status = dashboard_state(simulation).status
    assert stack_status is not None
    assert summary(stack_status, 2).startswith(
        "No colour is live everywhere. Nothing is under way. 2 things are"
    )


def killed(simulation: Simulation) -> None:
    simulation.kill_once_reported("gate ok")
    with pytest.raises(KilledError):
        simulation.operator().swap(order("3"), simulation.facts())


def test_a_swap_that_was_left_is_an_alarm(simulation: Simulation) -> None:
    killed(simulation)
    assert alarms(dashboard_state(simulation)) == []
    simulation.clock.sleep(61)
    (alarm,) = alarms(dashboard_state(simulation))
    assert alarm.startswith(
        "the swap is left: nobody is at work on it; `operate swap prod --to 3` resumes it,"
    )


def test_a_page_names_the_program_as_it_was_started(
    simulation: Simulation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The alarm said `operate swap`, and no `operate` is on PATH outside of `make shell`."""
    monkeypatch.setenv("OPERATE_PROGRAM", "/R&D/operate")
    monkeypatch.setenv("PATH", "")
    killed(simulation)
    simulation.clock.sleep(61)
    with served(simulation) as dashboard_page, browsing(dashboard_page) as http_client:
        assert "`&#x27;/R&amp;D/operate&#x27; swap prod --to 3` resumes it" in http_client.get("/").text


def test_the_steps_to_come_are_those_that_follow(simulation: Simulation) -> None:
    killed(simulation)
    stack_status = dashboard_state(simulation).status
    assert stack_status is not None
    assert stack_status.observed.current is not None
    record = stack_status.observed.current
    names = [step.name for step in record.steps] + [step.value for step in waiting(record)]
    assert names == ["preview", "build", "gate", "shadow", "switch", "drain", "bake", "settle"]


COUNTS = st.lists(st.tuples(st.integers(0, 9999), st.integers(0, 99)), min_size=1, max_size=20)


@given(COUNTS)
def test_rates_add_up_to_what_was_counted(counts: list[tuple[int, int]]) -> None:
    samples, requests, failed = [], 0, 0
    for number, (more, bad) in enumerate(counts):
        requests, failed = requests + more, failed + bad
        colours = {colour: Counters(requests, failed, 0, 0, 5.0) for colour in Colour}
        samples.append(TrafficSample(2.0 * number, colours))
    view = DashboardState("prod", datetime.now(UTC), samples=samples)
    points = rates(samples, Colour.RED, "requests")
    assert points[0] == (-2.0 * (len(counts) - 1), 0.0)
    assert points[-1][0] == 0.0
    assert sum(rate * 2 for _, rate in points) == pytest.approx(sum(more for more, _ in counts[1:]))
    assert view.recent_totals(Colour.RED) == (
        sum(more for more, _ in counts[1:]),
        sum(bad for _, bad in counts[1:]),
        2.0 * (len(counts) - 1),
    )


def test_failures_of_the_last_minute_are_an_alarm(simulation: Simulation) -> None:
    simulation.releases["2"] = SimulatedRelease(failing=3)
    first = dashboard_state(simulation).status
    simulation.clock.sleep(2)
    then = dashboard_state(simulation).status
    assert first is not None
    assert then is not None
    both = (sample_of(first, 0.0), sample_of(then, 2.0))
    view = DashboardState("prod", datetime.now(UTC), then, both)
    assert alarms(view) == ["black: 6 of 200 requests (3.0%) failed in the last 2 s"]


def test_the_stack_is_read_again_after_a_build_and_only_then() -> None:
    simulation, reads = Simulation(), []

    def again() -> Facts:
        reads.append(simulation.built[Colour.BLACK])
        return simulation.facts()

    watched = WatchedStack(
        "prod", simulation.facts(), simulation.operator(), SimulatedStore(simulation), again
    )
    assert watched().as_json()["colours"]["black"] is None  # type: ignore[index]
    simulation.operator().swap(order(), simulation.facts())
    facts_json = json.loads(json.dumps(watched().as_json()))
    assert facts_json["colours"]["black"]["release"] == "2"
    watched()
    assert reads == ["2"]


def test_it_warns_of_a_stack_file_that_notes_the_other_colour() -> None:
    simulation = Simulation()
    facts, store = simulation.facts(), SimulatedStore(simulation)
    watched = WatchedStack(
        "prod", facts, simulation.operator(), store, simulation.facts, live_setting=lambda: "black"
    )
    assert "red is live, and the stack file notes black" in watched().warnings[0]


def test_each_look_waits_for_the_storage_anew() -> None:
    simulation = Simulation()
    inner = SimulatedStore(simulation)
    store = BoundedStore(inner, "the storage", 0.5)
    watched = WatchedStack(
        "prod", simulation.facts(), simulation.operator(store=store), store, simulation.facts
    )
    with pytest.raises(SlowStoreError):
        BoundedStore._ask(store, lambda: time.sleep(0.8))
    time.sleep(0.4)
    with pytest.raises(SlowStoreError):
        store.names("")
    assert watched().observed.live is Colour.RED


def test_doors_that_a_recovery_has_replaced_are_found_again() -> None:
    """They have other host keys: the stack is asked for them, but not at each look while doors are lost."""
    simulation, reads, now = Simulation(), [], [100.0]

    def again() -> Facts:
        reads.append(now[0])
        if now[0] > 120.0:
            simulation.unavailable.clear()
        return simulation.facts()

    watched = WatchedStack(
        "prod", simulation.facts(), simulation.operator(), SimulatedStore(simulation), again, lambda: now[0]
    )
    watched()
    simulation.unavailable.add("doors")
    for _ in range(2):
        with pytest.raises(OperateError, match="doors status"):
            watched()
    assert reads == [100.0]
    now[0] += 31.0
    assert watched().observed.live is Colour.RED
    assert reads == [100.0, 131.0]

"""The dashboard over HTTP: what it shows, what it refuses, what it does when the doors are lost."""

import json
import socket
from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from operate.dashboard.server import dashboard, serve
from operate.dashboard.state import DashboardState, Sample, alarms, sample_of, summary, waiting
from operate.dashboard.watched_stack import WatchedStack
from operate.error import OperateError
from operate.status import Status, status
from operate.swap.begin import OperationRequest
from operate.swap.facts import Colour, Facts
from operate.swap.health import Counters
from operate.swap.record import Options
from tests.cloud.waiting import until
from tests.unit.served_dashboard import Served, served
from tests.unit.simulated_world import Killed, SimulatedRelease, SimulatedStore, Simulation

ID = "000001"
ROUTES = ("/", "/body", "/status.json", "/again.js", "/style.css", "/icon.svg", f"/history/{ID}")


def order(release: str = "2", why: str = "why") -> OperationRequest:
    return OperationRequest("<ann>@host", "2026-11-25T00:00:00Z", why, release, {}, Options(bake=6.0))


@pytest.fixture
def world() -> Simulation:
    world = Simulation()
    world.operator().swap(order(), world.facts())
    return world


@pytest.fixture
def page(world: Simulation) -> Iterator[Served]:
    with served(world) as made:
        yield made


@pytest.fixture
def client(page: Served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=page.address, trust_env=False) as made:
        yield made


def test_it_shows_colours_doors_and_the_last_swap(client: httpx.Client) -> None:
    page = client.get("/")
    assert page.status_code == 200
    assert 'class="card black live"' in page.text
    assert 'class="card red idle"' in page.text
    shown = ("dal05", "ams01", "server-dal05", "registry-2", "bake", "black, release 2, is live.")
    assert [one for one in shown if one not in page.text] == []
    assert "&lt;ann&gt;@host" in page.text
    assert "<ann>" not in page.text
    told = client.get("/status.json").json()
    assert told["live"] == "black"
    assert told["colours"]["red"]["servers"] == {"dal05": "server-dal05", "ams01": "server-ams01"}
    report = client.get(f"/history/{ID}")
    assert report.status_code == 200
    assert '<path class="line black" d="M' in report.text


def test_nothing_secret_is_on_it(world: Simulation, client: httpx.Client) -> None:
    password = world.facts().password
    assert password
    assert [route for route in ROUTES if password in client.get(route).text] == []


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nothing_is_changed_by_it(world: Simulation, client: httpx.Client, path: str, method: str) -> None:
    before = dict(world.objects)
    assert client.request(method, path, content=b"{}").status_code == 405
    assert world.objects == before


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "[::1]", ""])
def test_another_name_is_refused(client: httpx.Client, path: str, host: str) -> None:
    """A page elsewhere could point its own name at the loopback and read."""
    refused = client.get(path, headers={"Host": host})
    assert refused.status_code == 400
    assert "release" not in refused.text


@pytest.mark.parametrize("path", ROUTES)
def test_every_answer_says_what_a_browser_may_do_with_it(client: httpx.Client, path: str) -> None:
    headers = client.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert "Access-Control-Allow-Origin" not in headers
    if headers["Content-Type"].startswith("text/html"):
        policy = headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; base-uri 'none'; form-action 'none'")
        assert ("script-src" in policy) is ("/history/" not in path)
        assert "unsafe-inline" not in policy.partition("script-src")[2]


@pytest.mark.parametrize("identity", ["absent", "%2e%2e%2fswap%2fcurrent", "a b", "x" * 65])
def test_a_report_that_is_not_there(client: httpx.Client, identity: str) -> None:
    assert client.get(f"/history/{identity}").status_code == 404


def test_lost_doors_are_told_and_the_figures_from_before_stay(
    world: Simulation, client: httpx.Client
) -> None:
    assert "card black live" in client.get("/body").text
    world.lost = {"doors"}
    until(lambda: "Status unavailable: doors status: lost" in client.get("/body").text, "it is told")
    assert "card black live" in client.get("/body").text
    assert client.get("/status.json").status_code == 503
    world.lost = set()
    until(lambda: "Status unavailable" not in client.get("/body").text, "it recovers")


def test_doors_that_were_never_seen(world: Simulation) -> None:
    world.lost = {"doors"}
    with served(world) as made:
        told = httpx.get(f"{made.address}/", trust_env=False).text
    assert "Status unavailable: doors status: lost in the simulation." in told
    assert "card" not in told


def test_it_listens_on_the_loopback_alone() -> None:
    addresses = []

    def told(address: str) -> None:
        addresses.append(address)
        port = int(address.rstrip("/").rpartition(":")[2])
        # Loopback addresses other than its own: nobody answers there.
        with socket.socket() as other, pytest.raises(ConnectionRefusedError):
            other.connect(("127.0.0.2", port))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        serve(dashboard("prod", _never, lambda _: None), 0, told)
    assert addresses[0].startswith("http://127.0.0.1:")


def _never() -> Status:
    raise AssertionError("nobody looks")


def test_a_port_that_is_taken_is_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(OperateError, match="take another with --port"):
            serve(dashboard("prod", _never, lambda _: None), port, lambda _: None)


def seen(world: Simulation) -> DashboardState:
    found = status("prod", world.operator().observe(world.facts()), SimulatedStore(world))
    return DashboardState("prod", datetime.now(UTC), found)


def test_doors_that_differ_are_an_alarm(world: Simulation) -> None:
    world.doors[0].live = Colour.RED
    assert alarms(seen(world))[0] == (
        "front doors disagree on the live colour: dal05 modern red, ams01 modern black"
    )
    found = seen(world).status
    assert found is not None
    assert summary(found, 2).startswith("No colour is live everywhere. Nothing is under way. 2 things are")


def killed(world: Simulation) -> None:
    world.kill_once_told("gate ok")
    with pytest.raises(Killed):
        world.operator().swap(order("3"), world.facts())


def test_a_swap_that_was_left_is_an_alarm(world: Simulation) -> None:
    killed(world)
    assert alarms(seen(world)) == []
    world.clock.sleep(61)
    (said,) = alarms(seen(world))
    assert said.startswith("the swap is left: nobody is at work on it; `operate swap --to 3` resumes it,")


def test_the_steps_to_come_are_those_that_follow(world: Simulation) -> None:
    killed(world)
    found = seen(world).status
    assert found is not None
    assert found.observed.current is not None
    record = found.observed.current
    names = [step.name for step in record.steps] + [step.value for step in waiting(record)]
    assert names == ["preview", "build", "gate", "shadow", "switch", "drain", "bake", "settle"]


COUNTS = st.lists(st.tuples(st.integers(0, 9999), st.integers(0, 99)), min_size=1, max_size=20)


@given(COUNTS)
def test_rates_add_up_to_what_was_counted(counts: list[tuple[int, int]]) -> None:
    moments, requests, failed = [], 0, 0
    for number, (more, bad) in enumerate(counts):
        requests, failed = requests + more, failed + bad
        colours = {one: Counters(requests, failed, 0, 0, 5.0) for one in Colour}
        moments.append(Sample(2.0 * number, colours))
    view = DashboardState("prod", datetime.now(UTC), samples=moments)
    points = view.rates(Colour.RED, "requests")
    assert points[0] == (-2.0 * (len(counts) - 1), 0.0)
    assert points[-1][0] == 0.0
    assert sum(rate * 2 for _, rate in points) == pytest.approx(sum(more for more, _ in counts[1:]))
    assert view.recent_totals(Colour.RED) == (
        sum(more for more, _ in counts[1:]),
        sum(bad for _, bad in counts[1:]),
        2.0 * (len(counts) - 1),
    )


def test_failures_of_the_last_minute_are_an_alarm(world: Simulation) -> None:
    world.releases["2"] = SimulatedRelease(failing=3)
    first = seen(world).status
    world.clock.sleep(2)
    then = seen(world).status
    assert first is not None
    assert then is not None
    both = (sample_of(first, 0.0), sample_of(then, 2.0))
    view = DashboardState("prod", datetime.now(UTC), then, both)
    assert alarms(view) == ["black: 6 of 200 requests (3.0%) failed in the last 2 s"]


def test_what_the_stack_tells_is_asked_again_after_a_build_and_only_then() -> None:
    world, asked = Simulation(), []

    def again() -> Facts:
        asked.append(world.built[Colour.BLACK])
        return world.facts()

    watched = WatchedStack("prod", world.facts(), world.operator(), SimulatedStore(world), again)
    assert watched().as_json()["colours"]["black"] is None  # type: ignore[index]
    world.operator().swap(order(), world.facts())
    told = json.loads(json.dumps(watched().as_json()))
    assert told["colours"]["black"]["release"] == "2"
    watched()
    assert asked == ["2"]

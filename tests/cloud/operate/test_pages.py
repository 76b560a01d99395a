"""The dashboard and a swap's report in Chromium: live, lost and found, narrow, dark, by keyboard."""

import re
from collections.abc import Iterator
from itertools import pairwise

import pytest
from selenium.webdriver.common.keys import Keys

from harness.waiting import until
from operate.record.options import SwapOptions
from operate.stack.facts import Colour
from operate.swap.dependencies import render_report
from operate.swap.start import OperationRequest
from tests.cloud.operate.contrast import least_contrast
from tests.support.browser import Browser, chromium
from tests.support.killed_process import KilledError
from tests.unit.operate.dashboard.served_dashboard import Served, served
from tests.unit.operate.swap.simulated_stack import SimulatedRelease, Simulation

pytestmark = pytest.mark.expected_seconds(30)

NASTY = "<img src=x onerror=document.title='owned'><script>document.title='owned'</script>&amp;"


def order(release: str, why: str = "") -> OperationRequest:
    return OperationRequest("ann@host", "now", why, release, {}, SwapOptions(bake=6.0))


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with chromium(tmp_path_factory.mktemp("chromium") / "profile") as driver_browser:
        yield driver_browser


@pytest.fixture
def simulation() -> Simulation:
    simulation = Simulation()
    simulation.render_report = render_report
    return simulation


@pytest.fixture
def page(simulation: Simulation, browser: Browser) -> Iterator[Served]:
    """A page that is open; at its end the console had no complaint and nothing else had been asked."""
    with served(simulation) as served_page:
        browser.console(), browser.requested_addresses()
        browser.size(1280)
        browser.scheme("light")
        browser.open(f"{served_page.address}/")
        yield served_page


def clean(browser: Browser, page: Served) -> None:
    """Nothing was complained of, nothing was asked elsewhere."""
    assert browser.console() == []
    urls = browser.requested_addresses()
    assert urls
    assert [url for url in urls if not url.startswith(f"{page.address}/")] == []


def left_after(simulation: Simulation, announcement: str, why: str = "") -> None:
    """A swap to release 2 whose operator dies once it has reported that; the lock is still held."""
    simulation.kill_once_reported(announcement)
    with pytest.raises(KilledError):
        simulation.operator().swap(order("2", why), simulation.facts())


def test_it_shows_all_of_a_stack(simulation: Simulation, browser: Browser, page: Served) -> None:
    left_after(simulation, "switch ok", "a reason")
    until(lambda: "Why: a reason" in browser.text("#swap"), "the swap is seen")
    cards = browser.text("#colours")
    for output in (
        "red",
        "release 1",
        "black",
        "release 2",
        "live",
        "idle",
        "dal05 server-dal05",
        "registry-2",
    ):
        assert output in cards
    steps = browser.text("#swap table")
    for step in ("preview", "build", "gate", "shadow", "switch", "drain", "bake", "settle"):
        assert step in steps
    assert browser.text("#swap [aria-current=step]") == "switch"
    assert "under way" in browser.text("#swap tr.going")
    doors = browser.text("#doors table")
    for text in (
        "dal05",
        "ams01",
        "server-ams01 (192.0.2.1)",
        "requests",
        "failed",
        "first byte",
        "healthy",
    ):
        assert text in doors
    assert "registry:5000" in browser.text("#doors")
    assert "locked by op1@host (pid 1)" in browser.text("#lock")
    clean(browser, page)


def test_it_changes_while_one_looks(simulation: Simulation, browser: Browser, page: Served) -> None:
    browser.run("window.sameDocument = true")
    assert browser.text("#summary") == "red, release 1, is live. Nothing is under way."
    assert "Absent." in browser.text(".card.black")

    left_after(simulation, "gate ok")
    until(lambda: "Under way: swap to release 2" in browser.text("#summary"), "the swap is seen")
    assert browser.text("#swap [aria-current=step]")

    simulation.clock.sleep(61)
    until(lambda: "the swap is left" in browser.text("#alarms"), "an abandoned swap is reported")

    simulation.operator(2).swap(order("2"), simulation.facts())
    until(lambda: "black, release 2, is live. Nothing" in browser.text("#summary"), "black is live")
    assert browser.text("#swap") == ""
    assert "LIVE" in browser.text("#last")
    assert browser.text(".card.live h3").startswith("black")

    before = browser.text("#doors tr.black.live")
    simulation.clock.sleep(2)
    until(lambda: browser.text("#doors tr.black.live") != before, "the requests grow")
    assert browser.run("return window.sameDocument") is True
    clean(browser, page)


def test_errors_cannot_be_overlooked(simulation: Simulation, browser: Browser, page: Served) -> None:
    until(lambda: browser.text("#traffic"), "the traffic is drawn")
    assert browser.text("#alarms") == ""
    simulation.releases["1"] = SimulatedRelease(failing=7, unwell=True)
    simulation.clock.sleep(2)
    until(lambda: "red: 14 of 200 requests (7.0%) failed" in browser.text("#alarms"), "failures are reported")
    assert "1 thing is wrong." in browser.text("#summary")
    colours = browser.run(
        "return [...document.querySelectorAll('#doors tr.red.live .bad')].map(e => getComputedStyle(e).color)"
    )
    assert colours == ["rgb(179, 38, 30)"] * 2
    path = browser.run("return document.querySelectorAll('#traffic .line.red')[1].getAttribute('d')")
    heights = re.findall(r"[\d.]+", str(path))[1::2]
    assert len(set(heights)) > 1, "the failures' line is flat"
    clean(browser, page)


def test_a_source_that_is_lost_and_found(simulation: Simulation, browser: Browser, page: Served) -> None:
    simulation.unavailable = {"doors"}
    until(lambda: "Status unavailable: doors status: lost" in browser.text("#source"), "it is reported")
    assert "red" in browser.text(".card.red")
    assert browser.run("return getComputedStyle(document.querySelector('#colours')).opacity") == "0.5"
    simulation.unavailable = set()
    until(lambda: browser.text("#source") == "", "it recovers")
    assert browser.run("return getComputedStyle(document.querySelector('#colours')).opacity") == "1"
    clean(browser, page)


def test_a_dashboard_that_ended_and_comes_back(
    simulation: Simulation, browser: Browser, page: Served
) -> None:
    assert browser.text("#unavailable") == ""
    page.stop()
    until(
        lambda: "operate dashboard has not answered since" in browser.text("#unavailable"), "it is reported"
    )
    assert browser.run("return document.querySelector('#unavailable').getAttribute('role')") == "alert"
    simulation.operator().swap(order("2"), simulation.facts())
    page.start()
    until(lambda: browser.text("#unavailable") == "", "it recovers")
    until(lambda: "black, release 2, is live" in browser.text("#summary"), "and shows what is now")
    # The browser itself tells the requests that nobody answered, and nothing else.
    assert [message for message in browser.console() if "ERR_CONNECTION_REFUSED" not in message] == []


def test_what_people_wrote_does_not_run(simulation: Simulation, browser: Browser, page: Served) -> None:
    simulation.releases["2"] = SimulatedRelease(gate=NASTY)
    simulation.operator().swap(order("2", NASTY), simulation.facts())
    until(lambda: NASTY in browser.text("#last"), "it is shown as it was written")
    assert browser.run("return document.querySelectorAll('main img, main script').length") == 0
    browser.run("document.querySelector('#report').click()")
    until(lambda: NASTY in browser.text(".alarm"), "the report shows it too")
    assert browser.run("return document.querySelectorAll('img, script').length") == 0
    assert "owned" not in browser.driver.title
    clean(browser, page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/", "/history/000001"])
def test_it_is_read_in_any_light_and_in_a_narrow_window(
    simulation: Simulation, browser: Browser, page: Served, scheme: str, path: str
) -> None:
    simulation.operator().swap(order("2", "w" * 200), simulation.facts())
    browser.size(340)
    browser.scheme(scheme)
    browser.open(page.address + path)
    wide = browser.run("return [document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert isinstance(wide, list)
    assert wide[0] <= wide[1]
    assert least_contrast(browser) >= 4.5
    clean(browser, page)


def test_by_keyboard_and_by_ear(simulation: Simulation, browser: Browser, page: Served) -> None:
    simulation.operator().swap(order("2"), simulation.facts())
    until(lambda: browser.text("#report"), "the swap is seen")
    assert browser.run("return document.documentElement.lang") == "en"
    live = "return document.querySelector('#summary').getAttribute('role')"
    assert browser.run(live) == "status"
    heads = "return [...document.querySelectorAll('table')].every(t => t.caption && t.tHead && "
    heads += "[...t.tHead.rows[0].cells].every(c => c.scope === 'col') && "
    heads += "[...t.tBodies[0].rows].every(r => r.cells[0].scope === 'row'))"
    assert browser.run(heads) is True
    plots = "return [...document.querySelectorAll('figure svg')].every(s => s.getAttribute('aria-label'))"
    assert browser.run(plots) is True
    levels = browser.run("return [...document.querySelectorAll('h1,h2,h3')].map(h => +h.tagName[1])")
    assert isinstance(levels, list)
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))

    until(lambda: browser.text("#traffic"), "the traffic is drawn")
    reached = []
    for _ in range(7):
        browser.driver.switch_to.active_element.send_keys(Keys.TAB)
        focused = "const e = document.activeElement; return e.id || e.ariaLabel"
        reached.append(browser.run(focused))
        assert browser.run("return getComputedStyle(document.activeElement).outlineStyle") == "solid"
    assert reached == [
        "to-stack",
        "to-traffic",
        "to-images",
        "to-hours",
        "Counters of each front door since its process started",
        "Steps",
        "report",
    ]


def test_what_somebody_reads_stays_where_it_is(
    simulation: Simulation, browser: Browser, page: Served
) -> None:
    browser.size(340)
    table = "const t = document.querySelector('#doors .wide');"
    browser.run(f"{table} t.focus(); t.scrollLeft = 50")
    before = browser.text("#doors")
    simulation.clock.sleep(2)
    until(lambda: browser.text("#doors") != before, "the numbers change")
    assert browser.run(f"{table} return [document.activeElement === t, t.scrollLeft]") == [True, 50]


def test_the_reports_plots_are_drawn(simulation: Simulation, browser: Browser, page: Served) -> None:
    simulation.open_transfers[Colour.RED] = 5
    simulation.operator().swap(order("2"), simulation.facts())
    browser.open(f"{page.address}/history/000001")
    drawn = browser.run("""
      return [...document.querySelectorAll('figure.plot svg')].map(svg => {
        const lines = [...svg.querySelectorAll('.line')].map(one => one.getTotalLength());
        const shades = ['red', 'black'].map(one => getComputedStyle(svg.querySelector('.band.' + one)).fill);
        const strokes = [...svg.querySelectorAll('.line')].map(one => getComputedStyle(one).stroke);
        const bands = ['red', 'black'].map(one => svg.querySelector('.band.' + one).getBBox());
        const mark = svg.querySelector('.mark').getBBox();
        return {lines, shades, strokes, split: [bands[0].x + bands[0].width, mark.x, bands[1].x]};
      });
    """)
    assert isinstance(drawn, list)
    assert len(drawn) == 4
    for plot in drawn:
        assert len(plot["lines"]) == 2
        assert min(plot["lines"]) > 50
        assert len({*plot["shades"]}) == 2
        assert len({*plot["strokes"]}) == 2
        assert max(plot["split"]) - min(plot["split"]) < 1, "the colours change at the switch"
    assert "Before and since" in browser.text("main")
    clean(browser, page)

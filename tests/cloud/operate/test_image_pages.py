"""The dashboard's images, traffic, storage, cost and certificates in Chromium; the registry is real."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from selenium.webdriver.common.keys import Keys

from harness.clients.browsed_images import copy_repository, push_artifact, push_image, push_index, write_tags
from harness.registries.modern import PASSWORD, USER, ModernRegistry, modern_registry
from harness.registries.program import program
from harness.waiting import until
from operate.dashboard.figures import Cost, Figures, StackBrowser
from operate.dashboard.server import dashboard
from operate.status.status import StackStatus, status
from tests.cloud.operate.contrast import least_contrast
from tests.support.browser import Browser, chromium
from tests.support.served_application import served_application
from tests.unit.operate.swap.simulated_stack import SimulatedStore, Simulation

pytestmark = pytest.mark.expected_seconds(30)
NASTY = "application/vnd.<b>bold</b>+json"


@dataclass(frozen=True)
class Pages:
    """A dashboard of a simulated stack and a real registry."""

    address: str
    simulation: Simulation
    registry: ModernRegistry


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    folder = tmp_path_factory.mktemp("pages")
    simulation = Simulation()
    simulation.clock.sleep(1)  # so that each sample has requests, and a latency
    end = datetime.now(UTC) + timedelta(days=20, hours=1)
    facts = replace(
        simulation.facts(), certificate_ends={"dal05-server-dal05 modern": end.isoformat(timespec="seconds")}
    )
    section: dict[str, object] = {"filesystem": {"rootdirectory": str(folder / "storage")}}
    (folder / "registry").mkdir()

    def ask() -> StackStatus:
        return status("prod", simulation.operator().observe(facts), SimulatedStore(simulation))

    with ExitStack() as stack:
        registry = stack.enter_context(
            modern_registry(program("2.8.3", folder / "program"), folder / "registry", section)
        )
        outputs: dict[str, object] = {
            "endpoints": {"dal05": {"modern": registry.endpoint}},
            "user": USER,
            "password": PASSWORD,
            "certificateAuthority": registry.authority,
        }
        fill(registry, folder / "storage")
        browser = StackBrowser("prod", lambda: outputs)
        stack.callback(browser.close)
        figures = Figures(1_234_567_890, Cost(0.25, 182.5))
        application = dashboard("prod", ask, lambda _: None, figures=lambda: figures, browser=browser)
        address = stack.enter_context(served_application(application))
        yield Pages(address, simulation, registry)


def fill(registry: ModernRegistry, storage: Path) -> None:
    """Push images of every kind, and ten thousand tags."""
    with registry.client() as client:
        digest, _, _ = push_image(client, "team/many", "a-first", b"many tags")
        push_image(client, "team/app", "1.0", b"x" * 7000)
        push_index(client, "team/app", "multi")
        push_artifact(client, "team/app", "chart", NASTY, b"a chart")
        push_image(client, "others/r00", "1", b"one for all")
    copy_repository(storage, "others/r00", [f"others/r{number:02d}" for number in range(1, 60)])
    write_tags(storage, "team/many", digest, [f"v{number:05d}" for number in range(9_999)])


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with chromium(tmp_path_factory.mktemp("chromium") / "profile") as driver_browser:
        yield driver_browser


@pytest.fixture
def without_scripts(browser: Browser) -> Iterator[None]:
    browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    yield
    browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def texts(browser: Browser, selector: str) -> list[str]:
    lines = browser.run("return [...document.querySelectorAll(arguments[0])].map(e => e.innerText)", selector)
    assert isinstance(lines, list)
    return [str(text) for text in lines]


def press(browser: Browser, key: str) -> None:
    browser.driver.switch_to.active_element.send_keys(key)


def clean(browser: Browser, pages: Pages) -> None:
    """Nothing was complained of, nothing was asked elsewhere."""
    assert browser.console() == []
    urls = browser.requested_addresses()
    assert urls
    assert [url for url in urls if not url.startswith(f"{pages.address}/")] == []


@pytest.mark.usefixtures("without_scripts")
def test_ten_thousand_tags_are_paged_by_keyboard_without_scripts(browser: Browser, pages: Pages) -> None:
    browser.console(), browser.requested_addresses()
    browser.size(1280)
    browser.open(f"{pages.address}/images?after=team/app")
    assert texts(browser, "tbody tr") == ["team/many\t10\N{NARROW NO-BREAK SPACE}000 or more\t"]
    browser.run("document.querySelector('tbody a').focus()")
    press(browser, Keys.ENTER)
    until(lambda: browser.text("h2") == "team/many", "the tags are shown")
    tags = texts(browser, "tbody th")
    assert (len(tags), tags[:2], tags[-1]) == (50, ["a-first", "v00000"], "v00048")
    assert browser.text("#first") == ""

    browser.run("document.querySelector('#next').focus()")
    outline = browser.run("return getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    press(browser, Keys.ENTER)
    until(lambda: texts(browser, "tbody th")[:1] == ["v00049"], "the next page is shown")
    assert len(texts(browser, "tbody th")) == 50

    browser.open(f"{pages.address}/images/team/many?after=v09960")
    assert texts(browser, "tbody th") == [f"v{number:05d}" for number in range(9961, 9999)]
    assert browser.text("#next") == ""
    assert browser.text("#first") == "First page"
    clean(browser, pages)


def test_every_kind_is_described_and_nothing_that_people_wrote_runs(browser: Browser, pages: Pages) -> None:
    browser.console(), browser.requested_addresses()
    browser.open(f"{pages.address}/images/team/app")
    rows = [row.split("\t") for row in texts(browser, "tbody tr")]
    assert [row[0] for row in rows] == ["1.0", "chart", "multi"]
    assert [row[3] for row in rows] == [
        "image: linux/amd64",
        f"artifact: {NASTY}",
        "multi-architecture: linux/amd64, linux/arm64, 1 attestation",
    ]
    assert rows[0][1].endswith(" kB")
    assert rows[0][4].startswith("sha256:")
    assert browser.run("return document.querySelectorAll('main b, main script').length") == 0
    assert "operate images prod team/app --delete TAG" in browser.text("main")
    clean(browser, pages)


def test_repositories_are_paged(browser: Browser, pages: Pages) -> None:
    browser.open(f"{pages.address}/images")
    names = texts(browser, "tbody th")
    assert len(names) == 50
    browser.run("document.querySelector('#next').click()")
    until(lambda: browser.text("#first") == "First page", "the next page is shown")
    names += texts(browser, "tbody th")
    assert names == [*(f"others/r{number:02d}" for number in range(60)), "team/app", "team/many"]
    assert browser.text("[aria-current=page]") == "Images"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/images", "/images/team/app", "/images/absent", "/traffic", "/"])
def test_pages_are_read_in_any_light_and_in_a_narrow_window(
    browser: Browser, pages: Pages, scheme: str, path: str
) -> None:
    browser.size(340)
    browser.scheme(scheme)
    browser.open(pages.address + path)
    wide = browser.run("return [document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert isinstance(wide, list)
    assert wide[0] <= wide[1]
    assert least_contrast(browser) >= 4.5
    assert browser.run("return document.documentElement.lang") == "en"


def test_storage_cost_and_certificates_are_shown(browser: Browser, pages: Pages) -> None:
    browser.size(1280)
    browser.open(f"{pages.address}/")
    figures = browser.text("#figures")
    assert "1.23 GB" in figures
    assert "182.50" in figures
    (row,) = texts(browser, "#certificates tbody tr")
    assert row.split("\t")[0:2] == ["dal05-server-dal05", "modern"]
    assert row.endswith("\t20 days")
    colour = browser.run("return getComputedStyle(document.querySelector('#certificates .bad')).color")
    assert colour == browser.run("return getComputedStyle(document.querySelector('.alarm')).color")
    assert "certificate expires on" in browser.text("#alarms")


def test_the_last_hours_are_drawn(browser: Browser, pages: Pages) -> None:
    browser.console(), browser.requested_addresses()
    browser.open(f"{pages.address}/")
    pages.simulation.clock.sleep(2)
    both = "return document.querySelectorAll('#traffic .line.red').length"
    until(lambda: browser.run(both) == 3, "something is counted")
    browser.open(f"{pages.address}/traffic")
    assert browser.run("return document.querySelectorAll('figure.plot').length") == 3
    drawn = browser.run("""
      return [...document.querySelectorAll('figure.plot svg')].map(svg => ({
        name: svg.getAttribute('aria-label'),
        line: svg.querySelector('.line.red').getTotalLength(),
        stroke: getComputedStyle(svg.querySelector('.line.red')).stroke,
        ticks: [...svg.querySelectorAll('.axis.x text')].length,
        styled: svg.querySelectorAll('[style], style, script').length,
      }));
    """)
    assert isinstance(drawn, list)
    for plot in drawn:
        assert "red at most" in plot["name"]
        assert plot["line"] > 50
        assert plot["stroke"] not in ("none", "")
        assert plot["ticks"] >= 1
        assert plot["styled"] == 0
    clean(browser, pages)


@pytest.mark.parametrize("path", ["/images", "/images/team/app", "/traffic"])
def test_pages_have_a_strict_policy(pages: Pages, path: str) -> None:
    answer = httpx.get(pages.address + path, trust_env=False, timeout=60)
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; base-uri 'none'; form-action 'none'")
    assert "unsafe" not in policy
    assert PASSWORD not in answer.text
    assert httpx.post(pages.address + path, trust_env=False, timeout=60).status_code == 405


@pytest.mark.parametrize(
    ("path", "status", "message"),
    [
        ("/images/absent", 404, "repository absent does not exist"),
        ("/images/..%2f..%2fetc", 404, "repository must be such as team/app"),
        ("/images/team/app?after=%1b", 404, "tag must be such as 1.0"),
    ],
)
def test_what_is_not_there_is_reported(pages: Pages, path: str, status: int, message: str) -> None:
    answer = httpx.get(pages.address + path, trust_env=False, timeout=60)
    assert answer.status_code == status
    assert message in answer.text

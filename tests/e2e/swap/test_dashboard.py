"""`operate dashboard` as a process on a live stack, looked at in Chromium while a swap goes on."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from dev.local.environment import CHECKOUT, STACK
from harness.stack.live_stack import LiveRegistry
from harness.stack.quick_swap import QUICK
from harness.stack.swap_operator import SwapOperator
from harness.waiting import until
from tests.e2e.swap.swap_fixtures import operator as operator
from tests.support.browser import Browser, chromium
from tests.support.campaign import by_turns

pytestmark = [pytest.mark.expected_seconds(55), *by_turns(0)]


@dataclass(frozen=True)
class Dashboard:
    """Its process, and the address that it printed."""

    process: "subprocess.Popen[str]"
    address: str


@pytest.fixture
def dashboard(operator: SwapOperator) -> Iterator[Dashboard]:
    process = subprocess.Popen(
        [sys.executable, "-m", "operate", "dashboard", STACK, "--port", "0"],
        cwd=CHECKOUT,
        env={**operator.registry.variables, "OPERATE_CONFIG_FILE": str(operator.stack_file)},
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr is not None
    try:
        line = process.stderr.readline()
        match = re.search(r"http://127\.0\.0\.1:\d+/", line)
        assert match, line
        yield Dashboard(process, match[0])
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    with chromium(tmp_path / "profile") as chromium_browser:
        yield chromium_browser


def test_a_swap_is_seen_as_it_goes_on(operator: SwapOperator, dashboard: Dashboard, browser: Browser) -> None:
    browser.size(1280)
    browser.open(dashboard.address)
    assert "red, release 1, is live." in browser.text("#summary")
    cards, doors = browser.text("#colours"), browser.text("#doors")
    address = operator.registry.address("dal05-a")
    assert "dal05 a" in cards
    assert "registry-1" in cards
    assert f"a ({address})" in doors
    assert "healthy" in doors
    _nothing_secret(operator.registry, browser)

    swap = operator.begin(
        "swap", "--to", "2", "--set", "memory=640", *QUICK, "--bake", "0.2", "--why", "to be seen"
    )
    steps = set()

    def is_over() -> bool:
        steps.add(browser.text("#swap [aria-current=step]"))
        return swap.poll() is not None

    until(is_over, "the swap ends", 400)
    assert swap.returncode == 0
    assert {"build", "bake"} <= steps
    until(lambda: "black, release 2, is live. Nothing" in browser.text("#summary"), "black is live")
    # The stack's colours are read again after the build.
    until(lambda: "registry-2" in browser.text(".card.black.live"), "its container is shown")
    assert "dal05 a" in browser.text(".card.black")
    assert "Why: to be seen" in browser.text("#last")
    assert browser.console() == []

    browser.run("document.querySelector('#report').click()")
    until(lambda: browser.text("h1") == "swap to release 2 (black): live", "the report is shown")
    lines = browser.run("return [...document.querySelectorAll('.plot .line')].map(l => l.getTotalLength())")
    assert isinstance(lines, list)
    assert len(lines) >= 4
    assert min(lines) > 50
    assert browser.run("return document.querySelectorAll('.plot .mark').length") == 4
    assert browser.console() == []


def test_it_ends_on_a_signal(dashboard: Dashboard) -> None:
    assert httpx.get(dashboard.address, timeout=30, trust_env=False).status_code == 200
    dashboard.process.send_signal(signal.SIGINT)
    assert dashboard.process.wait(20) == 0
    assert dashboard.process.stderr is not None
    assert dashboard.process.stderr.read() == ""


def _nothing_secret(registry: LiveRegistry, browser: Browser) -> None:
    outputs = registry.outputs()
    (account,) = registry.resources("softlayer:index:ObjectStorageAccount")
    secrets = [str(outputs["password"]), str(account["key"])]
    assert all(len(secret) > 8 for secret in secrets)
    source = browser.driver.page_source
    status = browser.run("return fetch('/status.json').then(answer => answer.text())")
    assert isinstance(status, str)
    assert "dal05" in status
    assert [value for value in secrets if value in source or value in status] == []

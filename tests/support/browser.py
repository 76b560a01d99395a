"""A headless Chromium that reaches the loopback alone, and tells what its console and its network saw."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

_ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",  # The tests run as root.
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)


class Browser:
    """One window.

    Args:
        driver: of the browser.
    """

    def __init__(self, driver: Chrome) -> None:
        self.driver = driver

    def open(self, address: str) -> None:
        """Go to a page."""
        self.driver.get(address)

    def size(self, width: int, height: int = 900) -> None:
        """Give the page so many pixels, narrower than a window may be."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def scheme(self, name: str) -> None:
        """Prefer `dark` or `light`."""
        features = [{"name": "prefers-color-scheme", "value": name}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})

    def run(self, script: str, *arguments: object) -> object:
        """Run a script in the page and return what it returns."""
        script_result: object = self.driver.execute_script(script, *arguments)
        return script_result

    def text(self, selector: str) -> str:
        """The visible text of the first element that a selector finds; "" where there is none."""
        find = "const found = document.querySelector(arguments[0]);"
        return str(self.run(f"{find} return found?.checkVisibility() ? found.innerText : ''", selector))

    def console(self) -> list[str]:
        """The console's messages since the last call, one a line."""
        return [f"{entry['level']}: {entry['message']}" for entry in self.driver.get_log("browser")]  # type: ignore[no-untyped-call]

    def requested_addresses(self) -> set[str]:
        """The addresses requested since the last call, without data URLs."""
        results = set()
        for entry in self.driver.get_log("performance"):  # type: ignore[no-untyped-call]
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                results.add(str(message["params"]["request"]["url"]))
        return {row for row in results if not row.startswith(("data:", "chrome"))}


@contextmanager
def chromium(profile: Path) -> Iterator[Browser]:
    """Start one, and end it.

    Args:
        profile: an empty folder of its own.
    """
    options = ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for argument in (*_ARGUMENTS, f"--user-data-dir={profile}"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = Chrome(options=options, service=Service("/usr/bin/chromedriver"))
    try:
        yield Browser(driver)
    finally:
        driver.quit()

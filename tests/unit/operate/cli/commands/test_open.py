"""`operate open`: shows the dashboard that is served, or serves one."""

import socket
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from typer.testing import CliRunner, Result

import operate.dashboard.environment
from operate.cli.command_line import app
from operate.cli.commands import open as open_command
from operate.dashboard.browser import has_browser
from operate.dashboard.server import dashboard
from operate.error import OperateError
from operate.status.status import StackStatus
from tests.support.served_application import served_application


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The pages that the operator's browser, which there is, has opened."""
    pages: list[str] = []

    def open_page(url: str) -> bool:
        pages.append(url)
        return True

    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(webbrowser, "open", open_page)
    return pages


def ask() -> StackStatus:
    raise OperateError("nobody asks the stack")


@contextmanager
def served(application: Starlette) -> Iterator[tuple[str, str]]:
    """Serve; yields address and port."""
    with served_application(application) as url:
        yield f"{url}/", url.rpartition(":")[2]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["open", *arguments])


def test_a_dashboard_that_is_served_is_opened(opened: list[str]) -> None:
    with served(dashboard("prod", ask, lambda _: None)) as (url, port):
        done = run("prod", "--port", port)
    assert (done.exit_code, done.stdout) == (0, f"{url}\n")
    assert opened == [url]


def test_without_a_window_the_address_is_printed_alone(
    opened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    with served(dashboard("prod", ask, lambda _: None)) as (url, port):
        done = run("prod", "--port", port)
    assert (done.stdout, opened) == (f"{url}\n", [])


def test_the_dashboard_of_another_stack_is_refused(opened: list[str]) -> None:
    with served(dashboard("prod", ask, lambda _: None)) as (_, port):
        done = run("staging", "--port", port)
    assert done.exit_code == 1
    assert f"port {port} of 127.0.0.1 has the dashboard of prod; take another with --port" in done.stderr
    assert opened == []


def test_another_program_is_refused(opened: list[str]) -> None:
    other = Starlette(routes=[Route("/environment.json", lambda _: PlainTextResponse("hello"))])
    with served(other) as (_, port):
        done = run("prod", "--port", port)
    assert (done.exit_code, opened) == (1, [])
    assert "has another program" in done.stderr


@pytest.fixture
def ports(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The ports on which a dashboard was to be served; no stack is asked."""
    served_ports: list[int] = []

    def serve(
        environment: str,
        port: int,
        log: Callable[[str], None],
        config_file: Path | None,
        show_url: Callable[[str], None],
    ) -> None:
        served_ports.append(port)
        show_url(f"http://127.0.0.1:{port or 1234}/")

    monkeypatch.setattr(operate.dashboard.environment, "serve_dashboard", serve)
    return served_ports


@pytest.fixture
def default_port(monkeypatch: pytest.MonkeyPatch) -> int:
    """A free port, which stands for 8790."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    monkeypatch.setattr(open_command, "DASHBOARD_PORT", port)
    return port


@pytest.mark.parametrize("is_free", [True, False])
def test_where_nobody_serves_it_is_served(
    *, is_free: bool, opened: list[str], ports: list[int], default_port: int
) -> None:
    port = default_port if is_free else 0
    done = run("prod", "--port", str(port))
    assert (done.exit_code, done.stderr) == (0, "")
    assert opened == [f"http://127.0.0.1:{port or 1234}/"]
    assert done.stdout == f"{opened[0]}\n"
    assert ports == [port]


def test_without_a_port_the_default_is_taken(opened: list[str], ports: list[int], default_port: int) -> None:
    done = run("prod")
    assert (done.exit_code, ports) == (0, [default_port]), done.stderr
    assert len(opened) == 1


def test_without_a_port_a_free_one_is_taken_where_another_has_the_default(
    opened: list[str], ports: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    with served(dashboard("staging", ask, lambda _: None)) as (_, port):
        monkeypatch.setattr(open_command, "DASHBOARD_PORT", int(port))
        done = run("prod")
    assert (done.exit_code, ports) == (0, [0]), done.stderr
    assert opened == ["http://127.0.0.1:1234/"]


def test_a_port_on_which_nobody_listens_yet_is_taken_too(
    opened: list[str], ports: list[int], default_port: int
) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", default_port))
        done = run("prod")
    assert (done.exit_code, ports) == (0, [0]), done.stderr
    assert len(opened) == 1


@pytest.mark.parametrize(
    ("variables", "platform", "expected"),
    [
        ({}, "linux", False),
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({"BROWSER": "firefox"}, "linux", True),
        ({}, "darwin", True),
    ],
)
def test_a_browser_needs_a_display(variables: dict[str, str], platform: str, *, expected: bool) -> None:
    assert has_browser(variables, platform) is expected

"""The dashboard over HTTP: what it shows, what it refuses, what it does when the doors are lost."""

import threading
from collections.abc import Mapping

import httpx
import pytest
import uvicorn

from operate.dashboard.server import dashboard
from operate.error import OperateError
from operate.status import status
from operate.swap.begin import Order
from operate.swap.record import Options
from tests.cloud.waiting import until
from tests.unit.simulated_world import SimulatedStore, Simulation


class Served:
    """A dashboard on a free port of the loopback."""

    def __init__(self, world: Simulation) -> None:
        operations = world.operator()

        def ask() -> Mapping[str, object]:
            found = operations.found(world.facts())
            return status("prod", found, SimulatedStore(world)).as_json()

        application = dashboard("prod", ask, operations.history.report)
        self._server = uvicorn.Server(uvicorn.Config(application, port=0, log_level="error", lifespan="off"))
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        until(lambda: self._server.started, "the dashboard serves")
        port = self._server.servers[0].sockets[0].getsockname()[1]
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{port}")

    def close(self) -> None:
        self.client.close()
        self._server.should_exit = True
        self._thread.join()


@pytest.fixture
def world() -> Simulation:
    world = Simulation()
    order = Order("20261125T000000Z-000001", "<ann>@host", "now", "why", "2", {}, Options(bake=6.0))
    world.operator().swap(order, world.facts())
    return world


def test_it_shows_colours_doors_and_the_last_swap(world: Simulation) -> None:
    served = Served(world)
    try:
        page = served.client.get("/")
        assert page.status_code == 200
        assert '<tr class="black live">' in page.text
        assert all(f"<td>{name}</td>" in page.text for name in ("dal05", "ams01", "registry-2", "bake"))
        assert "&lt;ann&gt;@host" in page.text
        assert "<ann>" not in page.text
        assert "secret" not in page.text
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
        assert served.client.get("/again.js").headers["Content-Type"].startswith("text/javascript")
        assert served.client.get("/status.json").json()["live"] == "black"
        assert "<polyline" in served.client.get("/history/20261125T000000Z-000001").text
        assert served.client.get("/history/absent").status_code == 404
        assert served.client.get("/", headers={"Host": "evil.example"}).status_code == 400
        assert served.client.post("/").status_code == 405
    finally:
        served.close()


def test_lost_doors_are_told_on_the_page(world: Simulation) -> None:
    world.lost = {"doors"}
    served = Served(world)
    try:
        assert 'role="alert">doors status: lost' in served.client.get("/body").text
        assert served.client.get("/status.json").status_code == 503
    finally:
        served.close()


def test_a_port_that_is_taken_is_told(world: Simulation) -> None:
    import socket

    from operate.dashboard.server import serve

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(OperateError, match="take another with --port"):
            serve(dashboard("prod", dict, lambda _: None), port, lambda _: None)

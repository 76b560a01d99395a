"""A dashboard of a simulated stack, served on a free port of the loopback."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from harness.waiting import until
from operate.dashboard.server import dashboard
from operate.status.status import StackStatus, status
from tests.unit.operate.swap.simulated_stack import SimulatedStore, Simulation


class Served:
    """It looks at the simulation as it is at that moment.

    Args:
        world: the simulation.
        environment: the stack's name.
    """

    def __init__(self, simulation: Simulation, environment: str = "prod") -> None:
        self._simulation, self._environment = simulation, environment
        operations = simulation.operator()
        self._application = dashboard(environment, self._ask, operations.history.report)
        self.port = 0
        self.start()

    def _ask(self) -> StackStatus:
        observed = self._simulation.operator().observe(self._simulation.facts())
        return status(self._environment, observed, SimulatedStore(self._simulation))

    @property
    def address(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Serve, on the same port as before where there was one."""
        config = uvicorn.Config(self._application, port=self.port, log_level="error", lifespan="off")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        until(lambda: self._server.started, "the dashboard serves")
        self.port = self._server.servers[0].sockets[0].getsockname()[1]

    def stop(self) -> None:
        """Stop, as if its process had ended."""
        self._server.should_exit = True
        self._thread.join()


@contextmanager
def served(simulation: Simulation) -> Iterator[Served]:
    """Serve while the context lasts."""
    dashboard = Served(simulation)
    try:
        yield dashboard
    finally:
        dashboard.stop()

"""The routes to one registry, and what a client measures on each; runs in the server's own network.

`python -m bench.proxy.door_peers` reads a `Task` as JSON from standard input and prints what was
measured as JSON.
"""

import http.client
import json
import sys
import time
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from bench.command import run_command
from bench.registry.transfer import Layer, made_layer, pull, push
from harness.clients.registry_client import Client

_REPOSITORY = "bench/front-door"
_CONNECTIONS, _WARM = 4, 4


@dataclass(frozen=True)
class Route:
    """One route by which a client reaches the registry.

    Attributes:
        name: The row of the report.
        address: IPv4 address of the route.
        port: TCP port.
        authority: PEM that vouches for it; "" is plain HTTP.
        server_name: Name in the server's certificate.
        user: User, `NAME:PASSWORD`.
    """

    name: str
    address: str
    port: int
    authority: str
    server_name: str
    user: str

    @property
    def headers(self) -> Mapping[str, str]:
        """The credentials, as a header."""
        return {"Authorization": f"Basic {b64encode(self.user.encode()).decode()}"}

    def connect(self) -> http.client.HTTPConnection:
        """Return a new connection."""
        if not self.authority:
            return http.client.HTTPConnection(self.address, self.port, timeout=60)
        return Client(self.address, self.port, self.authority, self.user, self.server_name, 60).connect()


@dataclass(frozen=True)
class Task:
    """What is to be measured.

    Attributes:
        routes: Routes, each of which is measured in each round, the first of them in turn.
        rounds: Rounds of pulls and pushes.
        size: Size of a layer, bytes.
        blocks: Number of blocks of requests.
        requests: Requests in a block with credentials; ten times as many have none.
    """

    routes: tuple[Route, ...]
    rounds: int
    size: int
    blocks: int
    requests: int


@dataclass(frozen=True)
class Measured:
    """What one route took.

    Attributes:
        push: Seconds, a round each.
        pull: Seconds, a round each.
        authorized: Seconds that GET /v2/ took with credentials, a list a block.
        unauthorized: The same without, where the registry has no password to compare.
    """

    push: list[float]
    pull: list[float]
    authorized: list[list[float]]
    unauthorized: list[list[float]]


def measure(task: Task) -> dict[str, Measured]:
    """Measure one route after the other in each round; the first round of each kind does not count."""
    results = {route.name: Measured([], [], [], []) for route in task.routes}
    for number in range(task.blocks + 1):
        for route in _turned(task.routes, number):
            authorized, unauthorized = (
                _time_requests(route, task.requests),
                _time_requests(route, 10 * task.requests, authorized=False),
            )
            if number:
                results[route.name].authorized.append(authorized)
                results[route.name].unauthorized.append(unauthorized)
    layer = made_layer(task.size)
    push(task.routes[0], _REPOSITORY, layer)
    for number in range(task.rounds + 1):
        for route in _turned(task.routes, number):
            pushed, pulled = _push(route, task.size), _pull(route, layer)
            if number:
                results[route.name].push.append(pushed)
                results[route.name].pull.append(pulled)
        sys.stderr.write(f"round {number} of {task.rounds}\n")
    return results


def _turned(routes: tuple[Route, ...], number: int) -> tuple[Route, ...]:
    turn = number % len(routes)
    return routes[turn:] + routes[:turn]


def _push(route: Route, size: int) -> float:
    layer = made_layer(size)
    started = time.perf_counter()
    push(route, _REPOSITORY, layer)
    return time.perf_counter() - started


def _pull(route: Route, layer: Layer) -> float:
    started = time.perf_counter()
    content = pull(route, _REPOSITORY, layer)
    took = time.perf_counter() - started
    if content != layer.content:
        raise RuntimeError(f"{route.name} sent other bytes than {layer.digest}")
    return took


def _time_requests(route: Route, requests: int, *, authorized: bool = True) -> list[float]:
    """Return the seconds of each request, sent one after the other over kept connections."""
    connections = [route.connect() for _ in range(_CONNECTIONS)]
    headers, expected_status = (dict(route.headers), 200) if authorized else ({}, 401)
    seconds = []
    try:
        for number in range(_WARM + requests):
            connection = connections[number % _CONNECTIONS]
            started = time.perf_counter()
            connection.request("GET", "/v2/", headers=headers)
            answer = connection.getresponse()
            answer.read()
            seconds.append(time.perf_counter() - started)
            if answer.status != expected_status or answer.will_close:
                raise RuntimeError(f"{route.name}: GET /v2/ is answered with {answer.status}")
    finally:
        for connection in connections:
            connection.close()
    return seconds[_WARM:]


def main() -> None:
    """Read a task from standard input, measure it, and print the results as JSON."""
    document = json.load(sys.stdin)
    document["routes"] = tuple(Route(**route) for route in document["routes"])
    results = measure(Task(**document))
    json.dump({name: asdict(result) for name, result in results.items()}, sys.stdout)


if __name__ == "__main__":
    run_command(main)

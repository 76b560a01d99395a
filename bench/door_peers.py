"""The ways to one registry, and what a client measures on each; runs in the server's own network.

`python -m bench.door_peers` reads a `Task` as JSON from standard input and prints what was measured as JSON.
"""

import http.client
import json
import sys
import time
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from bench.transfer import Layer, made_layer, pull, push
from tests.cloud.door_load import Client

_REPOSITORY = "bench/front-door"
_CONNECTIONS, _WARM = 4, 4


@dataclass(frozen=True)
class Way:
    """One way to the registry.

    Attributes:
        name: how the table calls it.
        address: IPv4 address.
        port: TCP port.
        authority: PEM that vouches for it; "" is plain HTTP.
        server_name: in its certificate.
        user: `NAME:PASSWORD`.
    """

    name: str
    address: str
    port: int
    authority: str
    server_name: str
    user: str

    @property
    def headers(self) -> Mapping[str, str]:
        """Who asks."""
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
        ways: each is measured in each round, the first of them in turn.
        rounds: of pulls and pushes.
        size: of a layer, bytes.
        blocks: of requests.
        requests: in a block with credentials; ten times as many have none.
    """

    ways: tuple[Way, ...]
    rounds: int
    size: int
    blocks: int
    requests: int


@dataclass(frozen=True)
class Measured:
    """What one way took.

    Attributes:
        push: seconds, a round each.
        pull: seconds, a round each.
        asked: seconds that GET /v2/ took with credentials, a list a block.
        refused: the same without, where the registry has no password to compare.
    """

    push: list[float]
    pull: list[float]
    asked: list[list[float]]
    refused: list[list[float]]


def measure(task: Task) -> dict[str, Measured]:
    """Measure way by way in each round; the first round of each kind does not count."""
    found = {way.name: Measured([], [], [], []) for way in task.ways}
    for number in range(task.blocks + 1):
        for way in _turned(task.ways, number):
            asked, refused = _ask(way, task.requests), _ask(way, 10 * task.requests, known=False)
            if number:
                found[way.name].asked.append(asked)
                found[way.name].refused.append(refused)
    layer = made_layer(task.size)
    push(task.ways[0], _REPOSITORY, layer)
    for number in range(task.rounds + 1):
        for way in _turned(task.ways, number):
            pushed, pulled = _push(way, task.size), _pull(way, layer)
            if number:
                found[way.name].push.append(pushed)
                found[way.name].pull.append(pulled)
        sys.stderr.write(f"round {number} of {task.rounds}\n")
    return found


def _turned(ways: tuple[Way, ...], number: int) -> tuple[Way, ...]:
    turn = number % len(ways)
    return ways[turn:] + ways[:turn]


def _push(way: Way, size: int) -> float:
    layer = made_layer(size)
    began = time.perf_counter()
    push(way, _REPOSITORY, layer)
    return time.perf_counter() - began


def _pull(way: Way, layer: Layer) -> float:
    began = time.perf_counter()
    content = pull(way, _REPOSITORY, layer)
    took = time.perf_counter() - began
    if content != layer.content:
        raise RuntimeError(f"{way.name} sent other bytes than {layer.digest}")
    return took


def _ask(way: Way, requests: int, *, known: bool = True) -> list[float]:
    """Ask one request after the other, over connections that are kept."""
    connections = [way.connect() for _ in range(_CONNECTIONS)]
    headers, wanted = (dict(way.headers), 200) if known else ({}, 401)
    taken = []
    try:
        for number in range(_WARM + requests):
            connection = connections[number % _CONNECTIONS]
            began = time.perf_counter()
            connection.request("GET", "/v2/", headers=headers)
            answer = connection.getresponse()
            answer.read()
            taken.append(time.perf_counter() - began)
            if answer.status != wanted or answer.will_close:
                raise RuntimeError(f"{way.name}: GET /v2/ is answered with {answer.status}")
    finally:
        for connection in connections:
            connection.close()
    return taken[_WARM:]


def main() -> None:
    """Measure what is asked on standard input."""
    told = json.load(sys.stdin)
    told["ways"] = tuple(Way(**way) for way in told["ways"])
    found = measure(Task(**told))
    json.dump({name: asdict(one) for name, one in found.items()}, sys.stdout)


if __name__ == "__main__":
    main()

"""What exports metrics on a stack, from its facts; pure.

| exporter | where | what |
| --- | --- | --- |
| HAProxy of a front door | 127.0.0.1:8405 of the door's server | requests, errors, latency by colour |
| distribution | the colour's debug port on the loopback of its server | requests, storage |

Nothing of it can be reached from outside of its server, so that `operate observe --serve` relays it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from operate.stack.facts import DoorFacts, Facts

HAPROXY_PORT = 8405
"""Of the exporter on a front door's server (components/proxy/haproxy_config.py)."""


@dataclass(frozen=True)
class MetricsTarget:
    """An exporter.

    Attributes:
        kind: Kind, `door`, `registry` or `disk`.
        name: Unique among those of its kind, part of a path.
        server: Server that carries it.
        port: TCP port on the server's loopback; 0 where a script on the server answers.
        labels: Labels that every metric of it gets.
    """

    kind: str
    name: str
    server: DoorFacts
    port: int
    labels: tuple[tuple[str, str], ...]

    @property
    def path(self) -> str:
        """Where `operate observe --serve` has it."""
        return f"/metrics/{self.kind}/{self.name}"


def find_targets(facts: Facts) -> tuple[MetricsTarget, ...]:
    """Return every exporter of a stack, each once."""
    targets = {target.path: target for target in (*_doors(facts), *_registries(facts), *_standbys(facts))}
    return tuple(targets.values())


def _doors(facts: Facts) -> Iterator[MetricsTarget]:
    for door in facts.doors:
        labels = (("datacenter", door.datacenter), ("door", door.name))
        yield MetricsTarget("door", door.name, door, HAPROXY_PORT, labels)
        yield MetricsTarget("disk", door.name, door, 0, (("server", door.name),))


def _registries(facts: Facts) -> Iterator[MetricsTarget]:
    for colour, colour_facts in facts.colours.items():
        if colour_facts is None:
            continue
        for door in facts.doors:
            host = facts.host(door, colour)
            carrier = f"{door.datacenter}-{colour_facts.servers.get(door.datacenter) or door.server}"
            server = door.name if host is door else carrier
            for generation, port in colour_facts.debug_ports.items():
                labels = (
                    ("datacenter", door.datacenter),
                    ("server", server),
                    ("generation", generation),
                    ("colour", colour.value),
                )
                yield MetricsTarget("registry", f"{server}-{generation}-{colour}", host, port, labels)
            if host is not door:
                yield MetricsTarget("disk", server, host, 0, (("server", server),))


def _standbys(facts: Facts) -> Iterator[MetricsTarget]:
    """Yield the disks of servers that have the images ready."""
    for standby in facts.standbys:
        yield MetricsTarget("disk", standby.door.name, standby.door, 0, (("server", standby.door.name),))

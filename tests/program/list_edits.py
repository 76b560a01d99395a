"""Random stack files and what people do to their list of servers."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from random import Random
from typing import Any

Server = dict[str, Any]
Values = dict[str, Any]

SHAPE = {"os": "DEBIAN_12_64", "cpus": 1, "memory": 2048}
DATACENTERS = ("dal05", "ams01", "sjc03")
ADDRESSES: tuple[Values, ...] = (
    {},
    {"registryName": "r-{datacenter}.example.com"},
    {"registryName": "registry.example.com"},
    {"registryListen": "public", "globalIp": True},
)
STORAGES: tuple[Values, ...] = (
    {},
    {"objectDatacenter": "dal05"},
    {"objectDatacenter": "par01"},
    {
        "registryStorage": "s3",
        "s3Endpoint": "https://s3.example.com",
        "s3Region": "us-south",
        "s3Bucket": "images",
        "s3AccessKey": "access",
        "s3SecretKey": "s" * 40,
    },
)
COLOURS: tuple[Values, ...] = (
    {},
    {"releases": {"1": {}, "2": {"memory": 600}}, "black": "2"},
    {"releases": {"1": {}, "2": {"memory": 600}}, "black": "2", "live": "black"},
)


def random_stack(chance: Random) -> Values:
    """Return a stack file; many are refused."""
    count = chance.choice((1, 2, 2, 3, 3, 4, 5))
    datacenters = DATACENTERS[: chance.choice((1, 1, 2, 3))]
    servers = [_server(chance, name, chance.choice(datacenters)) for name in chance.sample("abcdefgh", count)]
    values: Values = {"domain": "registry.example", "sshKeyFile": "~/.ssh/registry", "servers": servers}
    for choices in (ADDRESSES, STORAGES, COLOURS):
        values |= deepcopy(chance.choice(choices))
    if "black" in values and chance.random() < 0.4:
        values["colour"] = "servers"
        values["releases"][chance.choice("12")]["server"] = chance.choice(servers)["name"]
    return values


def _server(chance: Random, name: str, datacenter: str) -> Server:
    server: Server = {**SHAPE, "name": name, "datacenter": datacenter}
    if chance.random() < 0.3:
        return server | {"role": "client"}
    door = chance.choice((None, None, True, True, False))
    return server if door is None else server | {"frontDoor": door}


def _remove(chance: Random, servers: list[Server]) -> None:
    servers.pop(chance.randrange(len(servers)))


def _reorder(chance: Random, servers: list[Server]) -> None:
    chance.shuffle(servers)


def _insert_first(chance: Random, servers: list[Server]) -> None:
    servers.insert(0, _server(chance, chance.choice("0123uvw"), chance.choice(DATACENTERS)))


def _append(chance: Random, servers: list[Server]) -> None:
    servers.append(_server(chance, chance.choice("0123xyz"), chance.choice(DATACENTERS)))


def _rename(chance: Random, servers: list[Server]) -> None:
    chance.choice(servers)["name"] = chance.choice("0123rst")


def _move(chance: Random, servers: list[Server]) -> None:
    chance.choice(servers)["datacenter"] = chance.choice(DATACENTERS)


def _swap_datacenters(chance: Random, servers: list[Server]) -> None:
    first, second = chance.sample(DATACENTERS, 2)
    swapped = {first: second, second: first}
    for server in servers:
        server["datacenter"] = swapped.get(server["datacenter"], server["datacenter"])


def _swap_names(chance: Random, servers: list[Server]) -> None:
    first, second = chance.choice(servers), chance.choice(servers)
    first["name"], second["name"] = second["name"], first["name"]


def _change_role(chance: Random, servers: list[Server]) -> None:
    server = chance.choice(servers)
    server.pop("frontDoor", None)
    server["role"] = "client" if server.get("role", "registry") == "registry" else "registry"


def _change_door(chance: Random, servers: list[Server]) -> None:
    server = chance.choice(servers)
    server["frontDoor"] = not server.get("frontDoor", False)


EDITS: Mapping[str, Callable[[Random, list[Server]], None]] = {
    "remove": _remove,
    "reorder": _reorder,
    "insert first": _insert_first,
    "append": _append,
    "rename": _rename,
    "move between datacenters": _move,
    "swap two datacenters": _swap_datacenters,
    "swap two names": _swap_names,
    "change a role": _change_role,
    "change a front door": _change_door,
}


def edit(chance: Random, values: Values) -> tuple[str, Values]:
    """Return the names of one to three edits, and the stack file after them."""
    after = deepcopy(values)
    names = [chance.choice(list(EDITS)) for _ in range(chance.choice((1, 1, 1, 2, 3)))]
    for name in names:
        if after["servers"]:
            EDITS[name](chance, after["servers"])
    return ", ".join(names), after

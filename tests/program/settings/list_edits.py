"""Random stack files, and what people do to what they list: servers, front doors, releases, networks."""

from collections.abc import Callable, Mapping, Sequence
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


def _make_standby(chance: Random, servers: list[Server]) -> None:
    server = chance.choice(servers)
    server["role"], server["frontDoor"] = "registry", False


def _make_client(chance: Random, servers: list[Server]) -> None:
    server = chance.choice(servers)
    server.pop("frontDoor", None)
    server["role"] = "client"


SERVER_EDITS: Mapping[str, Callable[[Random, list[Server]], None]] = {
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
    "make a standby": _make_standby,
    "make a client": _make_client,
}


def _releases(values: Values) -> dict[str, Values]:
    releases: dict[str, Values] = values.setdefault("releases", {"1": {}})
    return releases


def _add_release(chance: Random, values: Values) -> None:
    _releases(values)[chance.choice("345")] = {"memory": chance.choice((600, 700))}


def _remove_release(chance: Random, values: Values) -> None:
    releases = _releases(values)
    releases.pop(chance.choice(list(releases)))


def _reorder_releases(chance: Random, values: Values) -> None:
    releases = list(_releases(values).items())
    chance.shuffle(releases)
    values["releases"] = dict(releases)


def _change_release(chance: Random, values: Values) -> None:
    releases = _releases(values)
    releases[chance.choice(list(releases))]["memory"] = chance.choice((600, 800))


def _place_release(chance: Random, values: Values) -> None:
    releases = _releases(values)
    release = releases[chance.choice(list(releases))]
    if release.pop("server", None) is None and values["servers"]:
        values["colour"], release["server"] = "servers", chance.choice(values["servers"])["name"]


def _change_colour(chance: Random, values: Values) -> None:
    values[chance.choice(("red", "black"))] = chance.choice([*_releases(values), ""])


def _swap_colours(chance: Random, values: Values) -> None:
    values["red"], values["black"] = values.get("black", ""), values.get("red", "1")


def _change_live(chance: Random, values: Values) -> None:
    values["live"] = chance.choice(("red", "black"))


RELEASE_EDITS: Mapping[str, Callable[[Random, Values], None]] = {
    "add a release": _add_release,
    "remove a release": _remove_release,
    "reorder the releases": _reorder_releases,
    "change a release": _change_release,
    "place a release": _place_release,
    "give a colour another release": _change_colour,
    "swap the colours": _swap_colours,
    "change the colour of new doors": _change_live,
}


def _full_name(server: Server) -> str:
    return f"{server['datacenter']}-{server['name']}"


def _retire(chance: Random, values: Values) -> None:
    if values["servers"]:
        values.setdefault("retiringDoors", []).insert(0, _full_name(chance.choice(values["servers"])))


def _retire_no_more(chance: Random, values: Values) -> None:
    retiring = values.get("retiringDoors", [])
    if retiring:
        retiring.pop(chance.randrange(len(retiring)))


def _change_home(chance: Random, values: Values) -> None:
    values["homeDatacenter"] = chance.choice((*DATACENTERS, ""))


def _change_networks(chance: Random, values: Values) -> None:
    networks = values.setdefault(chance.choice(("sshFrom", "registryFrom")), [])
    networks.insert(0, chance.choice(("10.0.0.0/8", "192.0.2.0/24", "2001:db8::/32")))
    chance.shuffle(networks)


DOOR_EDITS: Mapping[str, Callable[[Random, Values], None]] = {
    "retire a front door": _retire,
    "retire it no more": _retire_no_more,
    "change the home": _change_home,
    "change the networks": _change_networks,
}
_KINDS = (SERVER_EDITS, SERVER_EDITS, SERVER_EDITS, RELEASE_EDITS, DOOR_EDITS)
"""Choice: most of what is listed is servers."""


def edit(chance: Random, values: Values) -> tuple[Sequence[str], Values]:
    """Return the names of one to three edits, and the stack file after them."""
    after, names = deepcopy(values), []
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        kind = chance.choice(_KINDS)
        name = chance.choice(list(kind))
        if name in SERVER_EDITS:
            if after["servers"]:
                SERVER_EDITS[name](chance, after["servers"])
        elif name in DOOR_EDITS or after.get("releases", True):
            {**RELEASE_EDITS, **DOOR_EDITS}[name](chance, after)
        names.append(name)
    return names, after

"""What a stack's output `operate` tells of its doors and colours; pure.

{"swift": {"authUrl", "username", "key", "container"},        absent where the registry is not in Swift
 "registry": {"endpoint", "user", "password", "authority"},
 "ssh": {"user": "root"},
 "storeDoor": DATACENTER-SERVER that keeps lock and history where there is no Swift,
 "storage": fingerprint of the kind and place of the registry's storage,
 "recordKey": signs lock, records and history,
 "previousRecordKey": has signed those from before a rotation; "" outside of one,
 "storageOrigins": ["https://HOST[:PORT]"],                   where a registry's redirects of blobs may lead
 "globalIp": {"number", "address"},                           absent where the doors have none
 "doors": [{"datacenter", "server", "address", "hostKey", "endpoint", "generations": ["modern"],
            "clientAddress", "publicAddress",                 the last one with a global IP only
            "credentials": {"modern": {"red": {"user", "password"}}}}],   of the colours' own ports
 "standbys": [as "doors", with "listens": {"modern": "HOST:PORT"}],
 "certificateEnds": {"DATACENTER-SERVER GENERATION": ISO 8601, or "" where it has none},
 "cancellations": {NAME: date},                               of what the account is to give up
 "unguardedDoors": [DATACENTER-SERVER],                       public, without a firewall
 "openSsh": [DATACENTER-SERVER],                              other servers whose SSH is open to everybody
 "colours": {"red": {"release", "servers", "ports": {"modern": 15000}, "containers": {DATACENTER:
             {"modern": NAME}}, "pullPorts": {"modern": 15002},
             "uploadKeys": {"modern": which secret signs the state of uploads}}, "black": null}}
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from operate.error import OperateError

OUTPUT = "operate"


class Colour(StrEnum):
    """One of two."""

    RED = "red"
    BLACK = "black"

    @property
    def other(self) -> "Colour":
        """The other one."""
        return Colour.BLACK if self is Colour.RED else Colour.RED


@dataclass(frozen=True)
class SwiftFacts:
    """The container of the registry.

    Attributes:
        auth_url: of v1 authentication.
        username: account and user.
        key: secret.
        container: its name.
    """

    auth_url: str
    username: str
    key: str = field(repr=False)
    container: str


@dataclass(frozen=True)
class Credential:
    """User and password of a colour's own port.

    Attributes:
        user: name of the user.
        password: secret.
    """

    user: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class DoorFacts:
    """A front door.

    Attributes:
        datacenter: where it is.
        server: its server's name.
        address: for SSH.
        host_key: pinned, `ssh-ed25519 AAAA...`.
        endpoint: `https://HOST:PORT` of the first generation.
        generations: behind it.
        ssh_port: TCP port.
        public_address: to which the global IP can lead; "" where there is none.
        client_address: at which clients reach it, and which a DNS name of it means.
        credentials: of the colours' own ports, by generation and colour; none where a port asks nobody.
    """

    datacenter: str
    server: str
    address: str
    host_key: str
    endpoint: str
    generations: tuple[str, ...]
    ssh_port: int = 22
    public_address: str = ""
    client_address: str = ""
    credentials: Mapping[str, Mapping[str, Credential]] = field(default_factory=dict, hash=False, repr=False)

    @property
    def name(self) -> str:
        """Of its server, unique in the stack."""
        return f"{self.datacenter}-{self.server}"


@dataclass(frozen=True)
class StandbyFacts:
    """A server that is ready to become the registry.

    Attributes:
        door: the front door that it is then.
        listens: `HOST:PORT` of it, by generation.
    """

    door: DoorFacts
    listens: Mapping[str, str]


@dataclass(frozen=True)
class GlobalIpFacts:
    """The address in front of all doors: its number in the account, and itself."""

    number: int
    address: str


@dataclass(frozen=True)
class ColourFacts:
    """A colour that is there.

    Attributes:
        release: its name.
        ports: by generation, on its server's loopback.
        containers: names of its containers, over all datacenters and generations.
        hosts: by datacenter, the server that carries it; none where that is the door's.
        storage: fingerprint.
        servers: by datacenter, the name of the server that carries it.
        fingerprint: of all that its containers are made from.
        pull_ports: as `ports`, of the process that serves pulls of blobs.
        upload_keys: by generation, which secret signs the state of uploads; not the secret.
    """

    release: str
    ports: Mapping[str, int]
    containers: frozenset[str]
    hosts: Mapping[str, DoorFacts]
    storage: str
    servers: Mapping[str, str] = field(default_factory=dict)
    fingerprint: str = ""
    pull_ports: Mapping[str, int] = field(default_factory=dict)
    upload_keys: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Facts:
    """Everything that a swap needs to know of a stack."""

    swift: SwiftFacts | None
    user: str
    password: str = field(repr=False)
    authority: str
    ssh_user: str
    storage: str
    doors: tuple[DoorFacts, ...]
    colours: Mapping[Colour, ColourFacts | None]
    global_ip: GlobalIpFacts | None = None
    storage_origins: tuple[str, ...] = ()
    record_key: str = field(default="", repr=False)
    previous_record_key: str = field(default="", repr=False)
    certificate_ends: Mapping[str, str] = field(default_factory=dict)
    cancellations: Mapping[str, str] = field(default_factory=dict)
    unguarded_doors: tuple[str, ...] = ()
    open_ssh: tuple[str, ...] = ()
    store_name: str = ""
    standbys: tuple[StandbyFacts, ...] = ()

    @property
    def store_door(self) -> DoorFacts:
        """The front door whose server keeps lock and history where there is no Swift."""
        return next((door for door in self.doors if door.name == self.store_name), self.doors[0])

    def door(self, name: str) -> DoorFacts:
        """Return the front door on a server, DATACENTER-NAME.

        Raises:
            OperateError: there is none.
        """
        for door in self.doors:
            if door.name == name:
                return door
        raise OperateError(
            f"{name} has no front door; they are on {', '.join(door.name for door in self.doors)}"
        )

    def without(self, lost: Collection[str]) -> "Facts":
        """The same without some doors, named by server or DATACENTER-SERVER.

        Raises:
            OperateError: there is none such, or none is left.
        """
        known = {name for door in self.doors for name in (door.name, door.server)}
        left = tuple(door for door in self.doors if not {door.name, door.server} & set(lost))
        there = [door.name for door in self.doors]
        if unknown := sorted(set(lost) - known):
            raise OperateError(f"no front door is on {', '.join(unknown)}; they are on {', '.join(there)}")
        if not left:
            raise OperateError(
                "without these there is no front door left; see docs/runbooks/lost-front-door.md"
            )
        return replace(self, doors=left)

    @property
    def generations(self) -> tuple[str, ...]:
        """Of all doors, each once."""
        return tuple(dict.fromkeys(name for door in self.doors for name in door.generations))

    def host(self, door: DoorFacts, colour: Colour) -> DoorFacts:
        """Return the server on whose loopback a colour of that door listens."""
        found = self.colours.get(colour)
        return found.hosts.get(door.datacenter, door) if found else door


def facts_from(environment: str, output: object) -> Facts:
    """Read the output.

    Args:
        environment: the stack's name, for the message.
        output: its output `operate`.

    Raises:
        OperateError: it tells too little.
    """
    try:
        return _facts(_mapping(output))
    except (KeyError, TypeError, ValueError) as error:
        raise OperateError(
            f"environment {environment}: its output `{OUTPUT}` does not tell {error}; a front door with"
            " colours makes it: see docs/swaps.md, then run `pulumi up`"
        ) from None


def _facts(told: Mapping[str, object]) -> Facts:
    registry, ssh = _mapping(told["registry"]), _mapping(told["ssh"])
    storage = _text(told, "storage")
    doors = tuple(_door(_mapping(one)) for one in _sequence(told["doors"]))
    if not doors:
        raise ValueError("any door")
    colours = _mapping(told["colours"])
    return Facts(
        swift=_swift(_mapping(told["swift"])) if told.get("swift") else None,
        user=_text(registry, "user"),
        password=_text(registry, "password"),
        authority=_text(registry, "authority"),
        ssh_user=_text(ssh, "user"),
        storage=storage,
        doors=doors,
        colours={one: _colour(colours.get(one.value), storage) for one in Colour},
        store_name=str(told.get("storeDoor") or ""),
        global_ip=_global_ip(_mapping(told["globalIp"])) if told.get("globalIp") else None,
        record_key=_text(told, "recordKey"),
        previous_record_key=str(told.get("previousRecordKey") or ""),
        storage_origins=tuple(str(origin) for origin in _sequence(told["storageOrigins"])),
        certificate_ends=_texts(told.get("certificateEnds")),
        cancellations=_texts(told.get("cancellations")),
        unguarded_doors=tuple(str(name) for name in _sequence(told.get("unguardedDoors") or ())),
        open_ssh=tuple(str(name) for name in _sequence(told.get("openSsh") or ())),
        standbys=tuple(_standby(_mapping(standby)) for standby in _sequence(told.get("standbys") or [])),
    )


def _standby(told: Mapping[str, object]) -> StandbyFacts:
    listens = {generation: str(place) for generation, place in _mapping(told["listens"]).items()}
    return StandbyFacts(_door(told), listens)


def _swift(told: Mapping[str, object]) -> SwiftFacts:
    return SwiftFacts(*(_text(told, key) for key in ("authUrl", "username", "key", "container")))


def _door(told: Mapping[str, object]) -> DoorFacts:
    generations = tuple(str(name) for name in _sequence(told.get("generations", ["modern"])))
    return DoorFacts(
        datacenter=_text(told, "datacenter"),
        server=_text(told, "server"),
        address=_text(told, "address"),
        host_key=_text(told, "hostKey"),
        endpoint=_text(told, "endpoint"),
        generations=generations,
        ssh_port=round(float(str(told.get("sshPort", 22)))),
        public_address=str(told.get("publicAddress") or ""),
        client_address=str(told.get("clientAddress") or ""),
        credentials={
            generation: {colour: _credential(_mapping(one)) for colour, one in _mapping(colours).items()}
            for generation, colours in _mapping(told.get("credentials") or {}).items()
        },
    )


def _credential(told: Mapping[str, object]) -> Credential:
    return Credential(_text(told, "user"), _text(told, "password"))


def _global_ip(told: Mapping[str, object]) -> GlobalIpFacts:
    return GlobalIpFacts(round(float(str(told["number"]))), _text(told, "address"))


def _colour(told: object, storage: str) -> ColourFacts | None:
    if told is None:
        return None
    colour = _mapping(told)
    ports, pull_ports = (_ports(colour.get(key) or {}) for key in ("ports", "pullPorts"))
    containers = frozenset(
        str(name) for site in _mapping(colour["containers"]).values() for name in _mapping(site).values()
    )
    hosts = {
        datacenter: _door({**_mapping(host), "datacenter": datacenter, "endpoint": "", "server": ""})
        for datacenter, host in _mapping(colour.get("hosts") or {}).items()
    }
    servers = {datacenter: str(name) for datacenter, name in _mapping(colour.get("servers") or {}).items()}
    own = str(colour.get("storage") or storage)
    fingerprint = str(colour.get("fingerprint") or "")
    return ColourFacts(
        release=_text(colour, "release"),
        ports=ports,
        containers=containers,
        hosts=hosts,
        storage=own,
        servers=servers,
        fingerprint=fingerprint,
        pull_ports=pull_ports,
        upload_keys=_texts(colour.get("uploadKeys")),
    )


def _ports(ports: object) -> Mapping[str, int]:
    return {name: round(float(str(port))) for name, port in _mapping(ports).items()}


def _texts(value: object) -> Mapping[str, str]:
    """Those that say something."""
    return {name: str(text) for name, text in _mapping(value or {}).items() if text}


def _mapping(value: object) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise TypeError("what it should")
    return value


def _sequence(value: object) -> Sequence[object]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise TypeError("a list where it should")
    return value


def _text(told: Mapping[str, object], key: str) -> str:
    value = told[key]
    if not isinstance(value, str):
        raise TypeError(key)
    return value

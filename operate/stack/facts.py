"""Facts of a stack's front doors and colours, in its output `operate`; pure.

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
 "serverIds": {DATACENTER-SERVER: ID},                        in the account
 "unguardedDoors": [DATACENTER-SERVER],                       public, without a firewall
 "openSsh": [DATACENTER-SERVER],                              other servers whose SSH is open to everybody
 "colours": {"red": {"release", "servers", "ports": {"modern": 15000}, "containers": {DATACENTER:
             {"modern": NAME}}, "pullPorts": {"modern": 15002}, "debugPorts": {"modern": 15001},
             "uploadKeys": {"modern": which secret signs the state of uploads}}, "black": null}}
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from operate.error import OperateError

OUTPUT = "operate"


class Colour(StrEnum):
    """One of two places for a release."""

    RED = "red"
    BLACK = "black"

    @property
    def opposite(self) -> "Colour":
        """The other colour."""
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
        debug_ports: as `ports`, of health and metrics; none of a generation that has none.
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
    debug_ports: Mapping[str, int] = field(default_factory=dict)

    def carrier(self, door: DoorFacts) -> str:
        """Return the name of the server that carries it for a front door: its own one, or the door's."""
        return self.servers.get(door.datacenter, "") if door.datacenter in self.hosts else door.server


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
    server_ids: Mapping[str, str] = field(default_factory=dict)

    @property
    def store_door(self) -> DoorFacts:
        """The front door whose server keeps lock and history where there is no Swift."""
        return next((door for door in self.doors if door.name == self.store_name), self.doors[0])

    def carriers(self, release: str) -> frozenset[str]:
        """Return the servers on which a release runs, DATACENTER-NAME."""
        colours = [colour for colour in self.colours.values() if colour and colour.release == release]
        return frozenset(
            f"{door.datacenter}-{colour.carrier(door)}" for colour in colours for door in self.doors
        )

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

    def without(self, servers: Collection[str]) -> "Facts":
        """The same without some doors, named by server or DATACENTER-SERVER.

        Raises:
            OperateError: there is none such, or none is left.
        """
        server_names = {name for door in self.doors for name in (door.name, door.server)}
        remaining = tuple(door for door in self.doors if not {door.name, door.server} & set(servers))
        door_names = [door.name for door in self.doors]
        if unknown := sorted(set(servers) - server_names):
            raise OperateError(
                f"no front door is on {', '.join(unknown)}; they are on {', '.join(door_names)}"
            )
        if not remaining:
            raise OperateError(
                "without these there is no front door left; see docs/runbooks/lost-front-door.md"
            )
        return replace(self, doors=remaining)

    @property
    def generations(self) -> tuple[str, ...]:
        """Of all doors, each once."""
        return tuple(dict.fromkeys(name for door in self.doors for name in door.generations))

    def missing_colours(self, door: DoorFacts, backends: Collection[tuple[str, str]]) -> tuple[str, ...]:
        """Return the colours of the stack that a front door does not have, `GENERATION COLOUR`.

        Args:
            door: which.
            backends: generation and colour of each that it has.
        """
        return tuple(
            f"{generation} {colour}"
            for colour, colour_facts in self.colours.items()
            for generation in door.generations
            if colour_facts and generation in colour_facts.ports and (generation, colour) not in backends
        )

    def host(self, door: DoorFacts, colour: Colour) -> DoorFacts:
        """Return the server on whose loopback a colour of that door listens."""
        colour_facts = self.colours.get(colour)
        return colour_facts.hosts.get(door.datacenter, door) if colour_facts else door


def parse_facts(environment: str, output: object) -> Facts:
    """Read the output.

    Args:
        environment: the stack's name, for the message.
        output: its output `operate`.

    Raises:
        OperateError: It lacks something.
    """
    try:
        return _facts(_mapping(output))
    except (KeyError, TypeError, ValueError) as error:
        raise OperateError(
            f"environment {environment}: its output `{OUTPUT}` has no {error}; a front door with"
            " colours has it: see docs/design/swaps.md, then run `pulumi up`"
        ) from None


def _facts(output: Mapping[str, object]) -> Facts:
    registry, ssh = _mapping(output["registry"]), _mapping(output["ssh"])
    storage = _text(output, "storage")
    doors = tuple(_door(_mapping(door)) for door in _sequence(output["doors"]))
    if not doors:
        raise ValueError("front door")
    colours = _mapping(output["colours"])
    return Facts(
        swift=_swift(_mapping(output["swift"])) if output.get("swift") else None,
        user=_text(registry, "user"),
        password=_text(registry, "password"),
        authority=_text(registry, "authority"),
        ssh_user=_text(ssh, "user"),
        storage=storage,
        doors=doors,
        colours={colour: _colour(colours.get(colour.value), storage) for colour in Colour},
        store_name=str(output.get("storeDoor") or ""),
        global_ip=_global_ip(_mapping(output["globalIp"])) if output.get("globalIp") else None,
        record_key=_text(output, "recordKey"),
        previous_record_key=str(output.get("previousRecordKey") or ""),
        storage_origins=tuple(str(origin) for origin in _sequence(output["storageOrigins"])),
        certificate_ends=_texts(output.get("certificateEnds")),
        cancellations=_texts(output.get("cancellations")),
        server_ids=_texts(output.get("serverIds")),
        unguarded_doors=tuple(str(name) for name in _sequence(output.get("unguardedDoors") or ())),
        open_ssh=tuple(str(name) for name in _sequence(output.get("openSsh") or ())),
        standbys=tuple(_standby(_mapping(standby)) for standby in _sequence(output.get("standbys") or [])),
    )


def _standby(fields: Mapping[str, object]) -> StandbyFacts:
    listens = {generation: str(place) for generation, place in _mapping(fields["listens"]).items()}
    return StandbyFacts(_door(fields), listens)


def _swift(fields: Mapping[str, object]) -> SwiftFacts:
    return SwiftFacts(*(_text(fields, key) for key in ("authUrl", "username", "key", "container")))


def _door(fields: Mapping[str, object]) -> DoorFacts:
    generations = tuple(str(name) for name in _sequence(fields.get("generations", ["modern"])))
    return DoorFacts(
        datacenter=_text(fields, "datacenter"),
        server=_text(fields, "server"),
        address=_text(fields, "address"),
        host_key=_text(fields, "hostKey"),
        endpoint=_text(fields, "endpoint"),
        generations=generations,
        ssh_port=round(float(str(fields.get("sshPort", 22)))),
        public_address=str(fields.get("publicAddress") or ""),
        client_address=str(fields.get("clientAddress") or ""),
        credentials={
            generation: {
                colour: _credential(_mapping(credential)) for colour, credential in _mapping(colours).items()
            }
            for generation, colours in _mapping(fields.get("credentials") or {}).items()
        },
    )


def _credential(fields: Mapping[str, object]) -> Credential:
    return Credential(_text(fields, "user"), _text(fields, "password"))


def _global_ip(fields: Mapping[str, object]) -> GlobalIpFacts:
    return GlobalIpFacts(round(float(str(fields["number"]))), _text(fields, "address"))


def _colour(value: object, storage: str) -> ColourFacts | None:
    if value is None:
        return None
    colour = _mapping(value)
    ports, pull_ports, debug_ports = (
        _ports(colour.get(key) or {}) for key in ("ports", "pullPorts", "debugPorts")
    )
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
        debug_ports=debug_ports,
    )


def _ports(ports: object) -> Mapping[str, int]:
    return {name: round(float(str(port))) for name, port in _mapping(ports).items()}


def _texts(value: object) -> Mapping[str, str]:
    """Return the texts that are not empty."""
    return {name: str(text) for name, text in _mapping(value or {}).items() if text}


def _mapping(value: object) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise TypeError("mapping where one must be")
    return value


def _sequence(value: object) -> Sequence[object]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise TypeError("list where one must be")
    return value


def _text(fields: Mapping[str, object], key: str) -> str:
    value = fields[key]
    if not isinstance(value, str):
        raise TypeError(key)
    return value

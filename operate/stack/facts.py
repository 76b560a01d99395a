"""Facts of a stack's front doors and colours; pure. Its output has them: `facts_output`."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from operate.error import NotStartedError, OperateError


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
        auth_url: URL of v1 authentication.
        username: Account and user.
        key: Key of the user. Secret.
        container: Name of the container.
        key_digest: Digest of the key, as `ColourFacts.storage_keys` has it; "" where it is not known.
    """

    auth_url: str
    username: str
    key: str = field(repr=False)
    container: str
    key_digest: str = ""


@dataclass(frozen=True)
class Credential:
    """User and password of a colour's own port.

    Attributes:
        user: Name of the user.
        password: Password of the user. Secret.
    """

    user: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class DoorFacts:
    """A front door.

    Attributes:
        datacenter: Datacenter of its server.
        server: Name of its server.
        address: Address at which SSH is reached.
        host_key: Pinned host key, `ssh-ed25519 AAAA...`.
        endpoint: Endpoint, `https://HOST:PORT` of the first generation.
        generations: Generations that the door serves.
        ssh_port: TCP port.
        public_address: Public address to which the global IP can lead; "" where there is none.
        client_address: Address at which clients reach it, and which a DNS name of it means.
        credentials: Credentials of the colours' own ports, by generation and colour; none where a port
            requires no authentication.
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
        door: The front door that it is then.
        listens: Addresses of its front doors, `HOST:PORT`, by generation.
    """

    door: DoorFacts
    listens: Mapping[str, str]


@dataclass(frozen=True)
class TakeoverFacts:
    """A takeover that no `pulumi up` has made permanent yet.

    Attributes:
        lost: The front door whose server is lost.
        standby: The front door in its place.
    """

    lost: DoorFacts
    standby: DoorFacts


@dataclass(frozen=True)
class GlobalIpFacts:
    """The address in front of all doors: its number in the account, and itself."""

    number: int
    address: str


@dataclass(frozen=True)
class ColourFacts:
    """A colour that is there.

    Attributes:
        release: Name of the release.
        ports: TCP ports by generation, on its server's loopback.
        containers: Names of its containers, over all datacenters and generations.
        hosts: Server that carries it, by datacenter; none where that is the door's.
        storage: Fingerprint of the storage.
        servers: Name of the server that carries it, by datacenter.
        fingerprint: Fingerprint of all that its containers are made from.
        pull_ports: As `ports`, of the process that serves pulls of blobs.
        upload_keys: Digests of the secrets that sign the state of uploads, by generation; not the secrets.
        debug_ports: As `ports`, of health and metrics; none of a generation that has none.
        storage_keys: Digests of the keys of Swift that its containers were made with; not the keys.
        overrides: Settings that the release overrides, without the place of an archive.
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
    storage_keys: frozenset[str] = frozenset()
    overrides: Mapping[str, object] = field(default_factory=dict)

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
    idle_servers: tuple[str, ...] = ()
    store_name: str = ""
    standbys: tuple[StandbyFacts, ...] = ()
    server_ids: Mapping[str, str] = field(default_factory=dict)
    takeovers: tuple[TakeoverFacts, ...] = ()

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
            OperateError: The server has no front door.
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
            NotStartedError: A front door does not exist.
            OperateError: None is left.
        """
        known_doors = (*self.doors, *(takeover.lost for takeover in self.takeovers))
        server_names = {name for door in known_doors for name in (door.name, door.server)}
        remaining = tuple(door for door in self.doors if not {door.name, door.server} & set(servers))
        door_names = [door.name for door in self.doors]
        if unknown := sorted(set(servers) - server_names):
            raise NotStartedError(
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
            door: Status of the front door.
            backends: Generation and colour of each that it has.
        """
        return tuple(
            f"{generation} {colour}"
            for colour, colour_facts in self.colours.items()
            for generation in door.generations
            if colour_facts and generation in colour_facts.ports and (generation, colour) not in backends
        )

    def has_taken_over(self, door: DoorFacts) -> bool:
        """Return whether a front door is that of a standby that took over."""
        return any(takeover.standby == door for takeover in self.takeovers)

    def host(self, door: DoorFacts, colour: Colour) -> DoorFacts:
        """Return the server on whose loopback a colour of that door listens."""
        colour_facts = self.colours.get(colour)
        return colour_facts.hosts.get(door.datacenter, door) if colour_facts else door

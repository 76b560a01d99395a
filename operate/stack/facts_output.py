"""The stack's output `operate`, from which the commands have the facts of a stack.

{"swift": {"authUrl", "username", "key", "container",         absent where the registry is not in Swift
           "keyDigest"},                                      as in storageKeys below
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
 "idleServers": [DATACENTER-SERVER],                          of the role registry, without use
 "colours": {"red": {"release", "servers", "ports": {"modern": 15000}, "containers": {DATACENTER:
             {"modern": NAME}}, "pullPorts": {"modern": 15002}, "debugPorts": {"modern": 15001},
             "uploadKeys": {"modern": which secret signs the state of uploads},
             "storageKeys": {"modern": which key of Swift it logs in with},
             "settings": what the release overrides}, "black": null}}
"""

from collections.abc import Mapping, Sequence

from operate.error import OperateError
from operate.stack.facts import (
    Colour,
    ColourFacts,
    Credential,
    DoorFacts,
    Facts,
    GlobalIpFacts,
    StandbyFacts,
    SwiftFacts,
)

OUTPUT = "operate"


def parse_facts(environment: str, output: object) -> Facts:
    """Read the output.

    Args:
        environment: The stack's name, for the message.
        output: Output `operate` of the stack.

    Raises:
        OperateError: The output lacks something.
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
        idle_servers=tuple(str(name) for name in _sequence(output.get("idleServers") or ())),
        standbys=tuple(_standby(_mapping(standby)) for standby in _sequence(output.get("standbys") or [])),
    )


def _standby(fields: Mapping[str, object]) -> StandbyFacts:
    listens = {generation: str(place) for generation, place in _mapping(fields["listens"]).items()}
    return StandbyFacts(_door(fields), listens)


def _swift(fields: Mapping[str, object]) -> SwiftFacts:
    auth_url, username, key, container = (
        _text(fields, name) for name in ("authUrl", "username", "key", "container")
    )
    return SwiftFacts(auth_url, username, key, container, str(fields.get("keyDigest") or ""))


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
        storage_keys=frozenset(_texts(colour.get("storageKeys")).values()),
        overrides=dict(_mapping(colour.get("settings") or {})),
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

"""Settings of the environment as a whole."""

from settings.table.registry import REGISTRY
from settings.table.setting import Setting
from settings.table.storage import STORAGE

ENVIRONMENT = (
    Setting("domain", "string", "DNS domain of the servers, such as registry.example.com."),
    Setting(
        "sshKeyFile",
        "string",
        "Path of the operator's private SSH key, in OpenSSH format, without passphrase, mode 600; its .pub"
        " lies beside it. It begins with ~/ or is relative to the program's folder;"
        " SOFTLAYER_REGISTRY_SSH_KEY names another place on one machine.",
        see="reference/settings.md#the-operators-machine",
    ),
    Setting(
        "nextSshKeyFile",
        "string",
        "Path of the private SSH key that follows, while the operator's key is rotated; as sshKeyFile."
        " Every server accepts it beside the other one. `operate rotate ssh-key` writes it.",
        default="",
        see="runbooks/ssh-key.md",
    ),
    Setting(
        "packageUpgrade",
        "string",
        "A text such as a date; each change of it upgrades Docker and HAProxy on every server once, with"
        " containers and connections kept.",
        default="",
        see="reference/servers.md#packages",
    ),
    Setting(
        "securityUpdates",
        "boolean",
        "Whether servers install security updates of their system by themselves, without Docker, HAProxy"
        " and reboots.",
        default=False,
    ),
    Setting(
        "servers",
        "array",
        "The servers, in any order. In each datacenter those with frontDoor carry the registry behind a"
        " front door each, or the only one with the role registry; every server with that role gets the"
        " images.",
        items="object",
        see="reference/settings.md#a-server",
    ),
    Setting(
        "retiringDoors",
        "array",
        "Servers (DATACENTER-NAME) whose front doors may be taken out. `operate move` writes it; by hand it"
        " is for a server that is lost, or that clients no longer need.",
        default=[],
        see="design/moves.md",
    ),
    Setting(
        "homeDatacenter",
        "string",
        "Datacenter whose registry is the output `endpoint`.",
        default="",
        fallback="that of the object storage account, or the first by name",
    ),
    Setting(
        "vlanSpanning",
        "boolean",
        "Whether the account's private VLANs reach each other, by VLAN spanning or VRF.",
        default=False,
        see="reference/servers.md#vlans",
    ),
    Setting(
        "storageDriver",
        "string",
        "Docker's storage driver on every server: auto, aufs, overlay2 or devicemapper.",
        default="auto",
        see="reference/storage-driver.md",
    ),
    Setting(
        "secretGenerations",
        "object",
        "Generations of the secrets that the program derives: root, httpSecret, tempUrlKey, authority,"
        " certificate; 1 where one is left out. `operate rotate` writes it.",
        default={},
        see="reference/rotation.md",
    ),
    Setting(
        "secretOverlaps",
        "array",
        "Secrets of which the generation before is accepted as well, while they are rotated: root,"
        " tempUrlKey, authority. `operate rotate` writes it.",
        default=[],
        see="reference/rotation.md",
    ),
    Setting(
        "colour",
        "string",
        "Where a second colour lives: containers (on the first one's server) or servers.",
        default="containers",
        see="design/colours.md",
    ),
    Setting(
        "releases",
        "object",
        "Releases by name, each with what it overrides of the registry's settings:"
        f" {', '.join(setting.release_key for setting in (*REGISTRY, *STORAGE) if setting.release_key)}, and"
        " server where colour is servers.",
        default={},
        fallback="one release `1`, which overrides nothing",
        see="design/colours.md",
    ),
    Setting(
        "red",
        "string",
        "Release of the colour red; empty means that the colour does not exist.",
        default="1",
        see="design/colours.md",
    ),
    Setting(
        "black",
        "string",
        "Release of the colour black; empty means that the colour does not exist.",
        default="",
        see="design/colours.md",
    ),
    Setting(
        "live",
        "string",
        "Colour with which a new front door begins; an existing one keeps its own.",
        default="red",
        see="design/colours.md",
    ),
    Setting(
        "keepRelease",
        "string",
        "Release whose containers stay as they were made, whatever the settings and the checkout say now. A"
        " swap sets it to the release from before, the way back.",
        default="",
        see="design/swaps.md",
    ),
    Setting(
        "protect",
        "object",
        "Whether Pulumi refuses to delete, by kind: servers, images (the object storage, and the root"
        " secret) and addresses (the global IP). A kind that is left out is protected; {servers: false}"
        " unprotects the servers alone.",
        default={},
        fallback="every kind is protected",
        see="reference/settings.md#protection",
    ),
)
"""In the order of the page."""

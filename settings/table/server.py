"""Settings of one server, an element of `servers`."""

from settings.operating_system import WORKING
from settings.table.setting import Setting

SERVER = (
    Setting(
        "name", "string", "Name, unique in its datacenter: at most 42 lower-case letters, digits and hyphens."
    ),
    Setting(
        "datacenter",
        "string",
        "Short name of the datacenter, such as dal13; the account decides which exist.",
    ),
    Setting(
        "os",
        "string",
        f"Operating system reference code: {', '.join(WORKING)} or a newer one. Clients may be older; those"
        " without apt are refused.",
        see="reference/servers.md",
    ),
    Setting("flavor", "string", "Virtual: key name of the flavor, such as B1_2X4X100.", is_optional=True),
    Setting("cpus", "integer", "Virtual: processors, with memory instead of a flavor.", is_optional=True),
    Setting("memory", "integer", "Virtual: MB, with cpus instead of a flavor.", is_optional=True),
    Setting(
        "preset", "string", "Bare metal: key name of the preset, instead of flavor or size.", is_optional=True
    ),
    Setting(
        "hourly",
        "boolean",
        "Whether it is billed by the hour, or else by the month; servers of one stack may differ.",
        default=True,
    ),
    Setting(
        "cancellation",
        "string",
        "By the month: how it may be cancelled, immediate (nothing is paid back) or anniversary (it runs"
        " until its next bill date).",
        default="",
        fallback="deletion and replacement are refused",
    ),
    Setting(
        "systemChange",
        "string",
        "Bare metal: what another os takes, reload (the same server, its disks are emptied) or replace.",
        default="",
        fallback="replace by the hour, refused by the month",
    ),
    Setting(
        "disks",
        "array",
        "Virtual: sizes in GB, the first disk first.",
        default=[],
        items="integer",
        fallback="the flavor's",
    ),
    Setting("networkSpeed", "integer", "Speed of its ports in Mbps.", default=1000),
    Setting(
        "tags", "array", "Tags in the account, beside the stack's name and softlayer-registry.", default=[]
    ),
    Setting(
        "role",
        "string",
        "registry for a server that may carry the registry, client for one that only uses it.",
        default="registry",
    ),
    Setting(
        "frontDoor",
        "boolean",
        "Whether it has a front door and carries the registries; with false it stands by without one.",
        is_optional=True,
        fallback="true for the only server with the role registry of its datacenter, else false",
        see="design/front-doors.md",
    ),
    Setting(
        "privateVlan",
        "integer",
        "Id of the VLAN of its private port (`slcli vlan list`).",
        is_optional=True,
        fallback="SoftLayer's choice",
        see="reference/servers.md#vlans",
    ),
    Setting(
        "publicVlan",
        "integer",
        "Id of the VLAN of its public port.",
        is_optional=True,
        fallback="SoftLayer's choice",
        see="reference/servers.md#vlans",
    ),
    Setting(
        "firstContact",
        "string",
        "Who vouches for the server's SSH host key: its fingerprint SHA256:..., compared with the console,"
        " or trust, which believes the key that is shown first. Bare metal needs one of them.",
        default="",
        fallback="a one-time key, where the image takes user data",
        see="reference/servers.md#first-contact",
    ),
)
"""In the order of the page."""

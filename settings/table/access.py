"""Settings of who reaches the registry."""

from settings.table.setting import Setting, secret

ACCESS = (
    Setting(
        "registryListen",
        "string",
        "Address that the registry listens on: private, public or loopback. It is part of clients' address.",
        default="private",
    ),
    Setting(
        "registryPort",
        "integer",
        "TCP port of the registry, part of clients' address; not 22, 509, 8405, or 15000 to 15499, which"
        " servers need themselves.",
        default=5000,
    ),
    Setting(
        "globalIp",
        "boolean",
        "Whether a global IP is ordered, at which clients reach the front doors; registryListen must be"
        " public.",
        default=False,
        see="design/front-doors.md",
    ),
    Setting(
        "registryName",
        "string",
        "DNS name of the registry in clients' address, with {datacenter} for its short name.",
        default="",
        fallback="its address",
    ),
    Setting(
        "registryNameInHosts",
        "boolean",
        "Whether the servers that verify know that name by /etc/hosts; otherwise DNS must know it.",
        default=False,
    ),
    Setting("registryUser", "string", "Name of the registry's first user, an admin.", default="docker"),
    secret(
        "registryPassword", "Password of the first user.", fallback="derived from the root of the secrets"
    ),
    secret("registryUsers", "Further users by name, with their passwords, which are text.", kind="object"),
    Setting(
        "registryRoles",
        "object",
        "What users may do, by name: reader (pull), writer (also push) or admin (also delete). A user"
        " without a role is a writer.",
        default={},
        see="reference/access.md#roles",
    ),
    Setting(
        "doorConnections",
        "integer",
        "TCP connections of all clients that a front door holds at once.",
        default=3072,
        see="reference/access.md#limits",
    ),
    Setting(
        "doorAddressConnections",
        "integer",
        "Of these, connections of one address at once; an IPv6 address stands for its /64, here and below.",
        default=1024,
        see="reference/access.md#limits",
    ),
    Setting(
        "doorAddressConnectionRate",
        "integer",
        "New connections of one address within 10 seconds; further ones are closed.",
        default=4000,
        see="reference/access.md#limits",
    ),
    Setting(
        "doorAddressRequestRate",
        "integer",
        "Requests of one address within 10 seconds; further ones are answered with 429.",
        default=40_000,
        see="reference/access.md#limits",
    ),
    Setting(
        "doorFailedLogins",
        "integer",
        "Failed logins of one address within a minute; further ones are answered with 429.",
        default=60,
        see="reference/access.md#limits",
    ),
    Setting(
        "registryCertificate",
        "string",
        "PEM of the registry's certificate with its intermediates, in any order.",
        default="",
        fallback="one issued by the stack's own authority",
        see="reference/access.md#certificates",
    ),
    secret("registryCertificateKey", "PEM of that certificate's private key."),
    Setting(
        "registryCertificateAuthority",
        "string",
        "PEM of the root of that certificate, where clients do not know it; further roots may stand beside"
        " it.",
        default="",
    ),
    Setting(
        "firewall",
        "boolean",
        "Whether each server lets in only SSH and its registry. Without it, a public registry is warned of.",
        default=True,
        see="reference/access.md#firewall",
    ),
    Setting(
        "sshFrom",
        "array",
        "Networks from which SSH is let in, besides the stack's own servers.",
        default=[],
        fallback="everywhere, with a warning",
        see="reference/access.md#firewall",
    ),
    Setting(
        "registryFrom",
        "array",
        "Networks from which the registry is reached.",
        default=[],
        fallback="everywhere",
        see="reference/access.md#firewall",
    ),
)
"""In the order of the page."""

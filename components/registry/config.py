"""The files that configure distribution, 2.8 and 3 alike, as pure functions of their content.

Parameters: the registry's reference documentation (about/configuration) and `configuration.Configuration` at
2.8.3 and 3.1.1. One version ignores what only the other one has.
"""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import yaml

from components.storage.drivers import RegistryStorage
from settings import DEFAULT_CONTENT_POLICY, ContentPolicy

HTPASSWD_FILE = "/etc/docker/registry/htpasswd"
"""Has the registry's only user, the front door."""

# Uploads are purged by the process that takes them.
_CACHE = {
    "cache": {"blobdescriptor": "inmemory"},
    "maintenance": {"uploadpurging": {"enabled": False}},
}
# Choice: as many characters as 128 bits have in hexadecimal digits.
_SECRET_CHARACTERS = 32


@dataclass(frozen=True)
class HttpSettings:
    """How a registry is reached; `secret` is secret.

    Attributes:
        address: `127.0.0.1:5000`, where it listens, without TLS: the front door has that.
        debug_address: Address of health and metrics, on the loopback too.
        secret: Secret that signs upload state. All registries on one store have the same, so that an upload
            started on one can end on another.
        redirect: Send clients to the object storage for layers, by temporary or presigned URLs; they need a
            way there then.

    Raises:
        ValueError: An address is invalid, or the secret is too short.
    """

    address: str
    debug_address: str
    secret: str = field(repr=False)
    redirect: bool

    def __post_init__(self) -> None:
        for name, address in (("address", self.address), ("debug address", self.debug_address)):
            if not _is_address(address):
                raise ValueError(f"the registry's {name} must be such as 127.0.0.1:5000, not {address!r}")
        if self.address == self.debug_address:
            raise ValueError(f"the registry and its debug server cannot both listen at {self.address}")
        if len(self.secret) < _SECRET_CHARACTERS:
            raise ValueError(f"the registry's http.secret needs {_SECRET_CHARACTERS} characters or more")


def _is_address(text: str) -> bool:
    host, _, port = text.rpartition(":")
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        return False
    return port.isascii() and port.isdecimal() and 0 < int(port) < 65536


def configuration(
    storage: RegistryStorage,
    http: HttpSettings,
    content: ContentPolicy = DEFAULT_CONTENT_POLICY,
    htpasswd: str = HTPASSWD_FILE,
    *,
    pulls_only: bool = False,
) -> str:
    """Return config.yml; secret as a whole.

    Args:
        storage: Storage where everything is kept.
        http: Settings of how it is reached.
        content: Policy of what it accepts and lists.
        htpasswd: Path of the user file.
        pulls_only: Whether it serves GET and DELETE of blobs and nothing else, so that it may remember which
            blobs there are. A process that remembers must answer no push: it would let a client skip a
            deleted blob.
    """
    return yaml.safe_dump(
        {
            "version": 0.1,
            # The front door logs every request; its checks, each second, would be all that is kept.
            "log": {"level": "warn", "formatter": "json", "accesslog": {"disabled": True}},
            "storage": {
                storage.driver: dict(storage.parameters),
                "delete": {"enabled": True},
                "redirect": {"disable": not http.redirect},
                **(_CACHE if pulls_only else {}),
            },
            "auth": {"htpasswd": {"realm": "registry", "path": htpasswd}},
            "http": {
                "addr": http.address,
                "secret": http.secret,
                # Only clients have the front door's address, the registry does not.
                "relativeurls": True,
                # Without it SIGTERM cuts pulls (measured: 0.3 to 0.9 of 64 MB came).
                "draintimeout": "60s",
                "debug": {"addr": http.debug_address, "prometheus": {"enabled": True, "path": "/metrics"}},
                "headers": {"X-Content-Type-Options": ["nosniff"]},
            },
            "health": {"storagedriver": {"enabled": True, "interval": "10s", "threshold": 3}},
            "validation": {"manifests": {"urls": {"allow": _allowed_addresses(content.foreign_layers)}}},
            "catalog": {"maxentries": content.catalog_limit},
        },
        sort_keys=False,
    )


def _allowed_addresses(beginnings: Sequence[str]) -> list[str]:
    """Regular expressions for what addresses of layers begin with; with none of them all are refused."""
    return [f"^{re.escape(beginning)}" for beginning in beginnings]

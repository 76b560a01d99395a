"""The files that configure distribution 2.8, as pure functions of what they say.

Parameters: the registry's reference documentation (about/configuration, storage-drivers/swift) and the
driver's source at 2.8.3.
"""

from dataclasses import dataclass

import bcrypt
import yaml

from components.certificate import derive

_BCRYPT_ALPHABET = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_BCRYPT_COST = 10


@dataclass(frozen=True)
class SwiftStorage:
    """Swift as the registry sees it; `key` and `temp_url_key` are secret.

    Attributes:
        auth_url: v1 authentication URL.
        username: account and user, `SLOS1-1:SL1`.
        key: the user's key.
        container: the container that holds the registry.
        temp_url_key: signs temporary URLs; named here, since the driver overwrites it with one of its own
            otherwise, and then two registries on one container disagree.
    """

    auth_url: str
    username: str
    key: str
    container: str
    temp_url_key: str


def configuration(storage: SwiftStorage, http_secret: str) -> str:
    """Return config.yml; secret as a whole.

    Args:
        storage: where everything is kept.
        http_secret: signs upload state; the same for all registries on one store, so that an upload begun on
            one can end on another.
    """
    return yaml.safe_dump(
        {
            "version": 0.1,
            "log": {"level": "info", "formatter": "json", "accesslog": {"disabled": False}},
            "storage": {
                "swift": {
                    "authurl": storage.auth_url,
                    "authversion": 1,
                    "username": storage.username,
                    "password": storage.key,
                    "container": storage.container,
                    "secretkey": storage.temp_url_key,
                    "tempurlcontainerkey": True,
                },
                "delete": {"enabled": True},
                # Bytes go through the registry: clients need no way to the object storage.
                "redirect": {"disable": True},
            },
            "auth": {"htpasswd": {"realm": "registry", "path": "/etc/docker/registry/htpasswd"}},
            "http": {
                "addr": ":5000",
                "secret": http_secret,
                "relativeurls": True,
                # Without it SIGTERM cuts pulls (measured: registry-facts 0.7).
                "draintimeout": "60s",
                "tls": {
                    "certificate": "/etc/docker/registry/tls.crt",
                    "key": "/etc/docker/registry/tls.key",
                },
                "debug": {"addr": "127.0.0.1:5001"},
                "headers": {"X-Content-Type-Options": ["nosniff"]},
            },
            "health": {"storagedriver": {"enabled": True, "interval": "10s", "threshold": 3}},
        },
        sort_keys=False,
    )


def htpasswd(user: str, password: str, secret: str) -> str:
    """Return the htpasswd file for one user, bcrypt as distribution demands.

    The salt is derived from `secret`, so that the same password gives the same file at every run.

    Raises:
        ValueError: the password has more than 72 bytes, where bcrypt would cut it silently.
    """
    if len(password.encode()) > 72:
        raise ValueError("the registry's password has more than 72 bytes; choose a shorter one")
    salt = "".join(_BCRYPT_ALPHABET[byte & 63] for byte in derive(secret, f"htpasswd {user}", 21))
    # The 22nd character carries only two bits of salt; '.' is zero.
    hashed = bcrypt.hashpw(password.encode(), f"$2b${_BCRYPT_COST:02d}${salt}.".encode())
    return f"{user}:{hashed.decode()}\n"

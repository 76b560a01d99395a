"""The credential with which front doors come to a registry, and clients never do.

A front door compares its clients' passwords itself and sends none of them on. The registry knows one user,
the front door, with a password that is derived for this one release: whoever gets into its process learns
that password, which opens this registry alone. It does not open the other colour, although both listen on one
loopback.
"""

import base64
from dataclasses import dataclass, field

from components.access.password_hash import password_hash

USER = "front-door"
"""Name of the only user."""
PASSWORD = "door password"  # noqa: S105 # its name
"""Key of the password among a container's secrets. No file of a container has it."""
HTPASSWD = "door htpasswd"
"""Key of the registry's user file among a container's secrets, and the name of its mark."""
# bcrypt's lowest: nobody finds 256 random bits, and distribution computes the hash at every request.
_COST = 4


@dataclass(frozen=True)
class DoorCredential:
    """User name and password.

    Attributes:
        password: Password, 64 hexadecimal digits. Secret.
        user: Name of the registry's only user.
    """

    password: str = field(repr=False)
    user: str = USER

    @property
    def authorization(self) -> str:
        """Value of the header `Authorization`; secret."""
        return f"Basic {base64.b64encode(f'{self.user}:{self.password}'.encode()).decode()}"

    @property
    def htpasswd(self) -> str:
        """The registry's user file. The same password gives the same file."""
        digest = password_hash(self.password, self.password, "htpasswd", _COST)
        return f"{self.user}:{digest}\n"


def purpose(release: str) -> str:
    """Return what the password of a release is derived for."""
    return f"front door's password for release {release}"


def door_secrets(password: str) -> dict[str, str]:
    """Return the secrets of a container that come from the password; secret as a whole."""
    return {PASSWORD: password, HTPASSWD: DoorCredential(password).htpasswd}

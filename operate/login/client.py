"""The clients, and where each looks for a registry's authority; pure.

Sources: Docker, "Verify repository client with certificates"; containers-certs.d(5) of containers/image,
which Podman, Skopeo and Buildah read.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Client:
    """A program that pushes and pulls.

    Attributes:
        program: Name of the client on PATH.
        authorities: Folder with a folder for each registry; `~` is the operator's home.
    """

    program: str
    authorities: str

    def authority_file(self, address: str) -> Path:
        """Return where it looks for the authority of a registry.

        Args:
            address: Address, `HOST:PORT`.
        """
        return Path(self.authorities).expanduser() / address / "ca.crt"

    def login(self, address: str, user: str) -> tuple[str, ...]:
        """Return the command that logs it in; the password comes on standard input."""
        return (self.program, "login", "--username", user, "--password-stdin", address)

    def logout(self, address: str) -> tuple[str, ...]:
        """Return the command that forgets the login."""
        return (self.program, "logout", address)


_CONTAINERS = "~/.config/containers/certs.d"
CLIENTS: Mapping[str, Client] = {
    client.program: client
    for client in (
        Client("docker", "/etc/docker/certs.d"),
        Client("podman", _CONTAINERS),
        Client("skopeo", _CONTAINERS),
    )
}
"""By program."""

"""Where a script runs: a connection, and the installation of its server."""

from dataclasses import dataclass

import pulumi
from pulumi_command import remote


@dataclass(frozen=True)
class RemoteHost:
    """A server as scripts see it.

    Attributes:
        connection: Connection for pulumi-command, with the host key pinned. Secret.
        installation: Installation of the server. It changes whenever the server is replaced or its system is
            installed again; what a script did is then done again.
        skip_transform: Transform that skips scripts while a helper cannot be worked on; None where they have
            to run.
    """

    connection: pulumi.Output[remote.ConnectionArgs]
    installation: pulumi.Output[str]
    skip_transform: pulumi.ResourceTransform | None = None

    @property
    def may_be_off(self) -> bool:
        """Whether scripts wait for the server while it is off.

        A deletion cannot wait: Pulumi asks no program before it runs one. What a setting takes away from such
        a server is declared as removed, and is not left undeclared.
        """
        return self.skip_transform is not None

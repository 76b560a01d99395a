"""RegistryUsers: who may use the registry, in a file that it reloads whenever the file changes."""

from dataclasses import dataclass

import pulumi

from components.modern import USER
from components.remote_script import remote_script
from components.server import Server
from components.user_list import htpasswd_file

_FOLDER = "/etc/softlayer-registry/users"


@dataclass(frozen=True)
class RegistryUsersArgs:
    """Where, who, and what their salts are derived from.

    Attributes:
        server: carries the registry.
        users: name to password; secret.
        root_secret: the store's.
    """

    server: Server
    users: pulumi.Output[dict[str, str]]
    root_secret: pulumi.Output[str]


class RegistryUsers(pulumi.ComponentResource):
    """The htpasswd file on a server.

    Attributes:
        folder: To be mounted into the registry's container, read-only; a mount of the file alone would keep
            showing the file as it was, since a change puts a new file in its place.
        arguments: Arguments of registry-users.sh.
        content: Content of the file. Secret.
        applied: Dependency of the registry's start: without the file it would create a user of its own.
    """

    def __init__(
        self, name: str, args: RegistryUsersArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("softlayer-registry:index:RegistryUsers", name, {}, opts)
        self.content = pulumi.Output.all(args.users, args.root_secret).apply(
            lambda values: htpasswd_file(values[0], str(values[1]))
        )
        self.arguments = (_FOLDER, str(USER))
        self.applied = remote_script(
            name,
            "registry-users.sh",
            *self.arguments,
            host=args.server.host,
            opts=args.server.on_server(self),
            secret_input=self.content,
        )
        self.folder = _FOLDER
        self.register_outputs({"folder": self.folder})


def all_users(
    first: str, password: pulumi.Output[str], further_users: pulumi.Output[dict[str, str]] | None
) -> pulumi.Output[dict[str, str]]:
    """Return the passwords of all users by name; secret.

    Args:
        first: Name of the first user.
        password: Password of the first user. Secret.
        further_users: Passwords of further users by name. An entry for the first user is ignored.
    """
    values = pulumi.Output.all(further_users if further_users is not None else {}, password)
    return pulumi.Output.secret(values.apply(lambda resolved: {**dict(resolved[0]), first: str(resolved[1])}))

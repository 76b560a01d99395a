"""RegistryUsers: who may use the registry, in a file that it reads anew whenever the file changes."""

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
        folder: to be mounted into the registry's container, read-only; a mount of the file alone would keep
            showing the file as it was, since a change puts a new file in its place.
        arguments: of registry-users.sh.
        content: of the file; secret.
        applied: depend on it before the registry starts: it would make a user of its own otherwise.
    """

    def __init__(
        self, name: str, args: RegistryUsersArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("softlayer-registry:index:RegistryUsers", name, {}, opts)
        self.content = pulumi.Output.all(args.users, args.root_secret).apply(
            lambda found: htpasswd_file(found[0], str(found[1]))
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
    first: str, password: pulumi.Output[str], others: pulumi.Output[dict[str, str]] | None
) -> pulumi.Output[dict[str, str]]:
    """Every user with password; secret.

    Args:
        first: the first user's name.
        password: the first user's.
        others: further users; one of the first user's name changes nothing of the first.
    """
    found = pulumi.Output.all(others if others is not None else {}, password)
    return pulumi.Output.secret(found.apply(lambda one: {**dict(one[0]), first: str(one[1])}))

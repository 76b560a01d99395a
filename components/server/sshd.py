"""What sshd of a server takes: keys alone.

A hoster's images let root log in with a password, and SSH is open to everybody unless `sshFrom` names who may
come.
"""

import pulumi
from pulumi_command import remote

from components.remote.host import RemoteHost
from components.remote.script import remote_script

_FILE = "/etc/ssh/sshd_config.d/00-softlayer-registry.conf"
"""What sshd.sh writes where sshd reads that folder; elsewhere it is a part of sshd_config."""


def restrict_sshd(name: str, host: RemoteHost, on_server: pulumi.ResourceOptions) -> remote.Command:
    """Declare the settings of a server's sshd, on trial until a second login confirms them.

    The confirmation takes away the host key of the first contact as well, which came by user data.

    Args:
        name: Name of the server.
        host: The server, for scripts.
        on_server: Options with the parent and what the commands live on.

    Returns:
        The confirmation. Whatever logs in while sshd reads its settings again may be refused: depend on it.
    """
    trial = remote_script(f"{name}-sshd-trial", "sshd.sh", "try", host=host, opts=on_server, installs=())
    confirmed = pulumi.ResourceOptions.merge(on_server, pulumi.ResourceOptions(depends_on=[trial]))
    return remote_script(f"{name}-sshd", "sshd.sh", "confirm", host=host, opts=confirmed, installs=(_FILE,))

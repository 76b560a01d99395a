"""Names the server whose Docker does not answer, and what helps; pure.

Pulumi's docker plugin says so in words of its own, and names neither the server nor what helps.
"""

import re
from collections.abc import Collection

from operate.servers.failed_resources import failed_servers

_STOPPED = re.compile(r"Cannot connect to the Docker daemon|Is the docker daemon running", re.IGNORECASE)
"""Words of Docker's client (docker/cli, client/errors.go), for the plugin and for scripts on a server."""
_UNREACHED = re.compile(r"failed to create Docker client|error pinging Docker server", re.IGNORECASE)
"""Words of the docker plugin (terraform-provider-docker, resource_docker_*_funcs.go), whatever the reason."""
_AGAIN = "then run the command again"


def is_docker_silent(text: str) -> bool:
    """Return whether an output or an error is of a server whose Docker does not answer."""
    return bool(_STOPPED.search(text) or _UNREACHED.search(text))


def docker_restart(server: str) -> str:
    """Return the command that starts Docker on a server, also where systemd has given up on it.

    Args:
        server: Server, DATACENTER-NAME.
    """
    return f"operate ssh ENV {server} 'systemctl reset-failed docker; systemctl restart docker'"


def stopped_docker_remedy(server: str) -> str:
    """Return that a server's Docker does not answer, and what helps.

    Args:
        server: Server, DATACENTER-NAME.
    """
    return f"Docker does not answer; `{docker_restart(server)}` starts it, and cuts no transfer"


def silent_docker_remedy(output: str, servers: Collection[str]) -> str:
    """Return which server's Docker does not answer Pulumi and what helps; "" where none is silent.

    Args:
        output: Output of Pulumi, with the diagnostics.
        servers: Names of the stack's servers, DATACENTER-NAME.
    """
    if not is_docker_silent(output):
        return ""
    failed = failed_servers(output, is_docker_silent, servers)
    if failed and _STOPPED.search(output):
        return f"{failed[0]}: {stopped_docker_remedy(failed[0])}; {_AGAIN}"
    if failed:
        return (
            f"{failed[0]} is not reached by SSH for its Docker; `operate doctor ENV` says why and what helps"
            f" (docs/runbooks/lost-server.md), {_AGAIN}"
        )
    return (
        "the Docker of a server does not answer; `operate doctor ENV` names it and what helps (its check"
        f" `containers`), {_AGAIN}"
    )

"""Names the server that shows another host key than the pinned one, by the output of Pulumi; pure.

Pulumi's plugins say so in words of their own, and name neither the server nor what helps.
"""

import re
from collections.abc import Collection

from operate.servers.failed_resources import failed_servers

_REFUSED = re.compile(
    r"ssh: host key mismatch|host key verification failed|stderr=@{8}"
    r"|shows the host key \S+, not \S+ as connection\.hostKey",
    re.IGNORECASE,
)
"""Words of the command plugin (golang.org/x/crypto/ssh), of the system's ssh, by which the docker plugin logs
in and of which it may print no more than the first line (ssh's frame of @), and of this project's own command
plugin."""


def is_host_key_refused(text: str) -> bool:
    """Return whether an output or an error is of a server that shows another host key than the pinned one."""
    return _REFUSED.search(text) is not None


def host_key_remedy(output: str, servers: Collection[str], rotated_server: str = "") -> str:
    """Return which server shows another host key than the pinned one and what helps; "" where none does.

    Args:
        output: Output of Pulumi, with the diagnostics.
        servers: Names of the stack's servers, DATACENTER-NAME.
        rotated_server: Server whose host key the stack file notes to be rotated, DATACENTER-NAME; "" for
            none.
    """
    if not is_host_key_refused(output):
        return ""
    failed = failed_servers(output, is_host_key_refused, servers)
    if rotated_server and (not failed or rotated_server in failed):
        return (
            f"{rotated_server} shows another SSH host key than the pinned one: its rotation has begun and is"
            f" not finished; `operate rotate host-key ENV --server {rotated_server}` ends it, then run the"
            " command again"
        )
    if failed:
        return (
            f"{failed[0]} shows another SSH host key than the pinned one; compare it with the server's"
            f" console, then `operate recover ENV --accept-host-key {failed[0]}`: see"
            " docs/runbooks/lost-server.md"
        )
    return (
        "a server shows another SSH host key than the pinned one; `operate doctor ENV` names it and what"
        " helps: see docs/runbooks/lost-server.md"
    )

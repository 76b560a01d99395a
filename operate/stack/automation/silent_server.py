"""Names the server that Pulumi could not log in to, and what helps; pure.

Pulumi's command plugin names an address and its dials: neither the server nor that it may only be off.
"""

import re
from collections.abc import Collection

from operate.servers.failed_resources import failed_servers

_SILENT = re.compile(
    r"cannot log in to \S+ as \S+: \d+ dials failed in|after \d+ failed attempts: dial ", re.IGNORECASE
)
"""Words of this project's own command plugin, and of Pulumi's (pulumi-command, remote/connection.go)."""
_REFUSED = re.compile(r"unable to authenticate|handshake failed", re.IGNORECASE)
"""Words of golang.org/x/crypto/ssh where a server does answer."""


def is_server_silent(text: str) -> bool:
    """Return whether an output or an error is of a server that does not answer SSH."""
    return any(_SILENT.search(line) and not _REFUSED.search(line) for line in text.splitlines())


def silent_server_remedy(output: str, servers: Collection[str]) -> str:
    """Return which server does not answer SSH and what helps; "" where none is silent.

    What is to be taken off a server is deleted there, so that one that is only off must be switched on first.

    Args:
        output: Output of Pulumi, with the diagnostics.
        servers: Names of the stack's servers, DATACENTER-NAME.
    """
    if not is_server_silent(output):
        return ""
    failed = failed_servers(output, is_server_silent, servers)
    if not failed:
        return (
            "a server does not answer SSH; `operate doctor ENV` names it. Switch it on, then run the command"
            " again: see docs/runbooks/lost-server.md"
        )
    verb, pronoun = ("does", "it") if len(failed) == 1 else ("do", "them")
    return (
        f"{', '.join(failed)} {verb} not answer SSH, and something is to be done there. Switch {pronoun} on,"
        f" then run the command again; if the account has {pronoun} no more, `operate recover ENV` orders"
        f" {pronoun}: see docs/runbooks/lost-server.md"
    )

"""Servers whose new SSH host key the operator has compared, and which key a recovery pins of each; pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from operate.error import NotStartedError
from operate.servers.host_keys.fingerprint import fingerprint
from operate.servers.server_names import full_names

_OPTION = "--accept-host-key"
_FINGERPRINT = "SHA256:"


@dataclass(frozen=True)
class VouchedServer:
    """A server whose host key the operator vouches for.

    Attributes:
        identifier: Pulumi id of the server.
        outputs: Outputs of the server in the state, before the recovery.
        accepted: Fingerprint of the only key that is believed; "" for the key that the server shows.
    """

    identifier: str
    outputs: Mapping[str, object]
    accepted: str = ""

    @property
    def pinned_key(self) -> str:
        """Its host key in the state, `ssh-ed25519 AAAA...`; "" for none."""
        return str(self.outputs.get("sshHostKey") or "")


def vouched_servers(
    servers: Mapping[str, tuple[str, Mapping[str, object]]], options: Collection[str]
) -> Mapping[str, VouchedServer]:
    """Return the servers that the options name, by DATACENTER-NAME.

    Args:
        servers: Id and outputs of the servers in the state, by DATACENTER-NAME.
        options: Values of `--accept-host-key`, `SERVER` or `SERVER=FINGERPRINT`.

    Raises:
        NotStartedError: A name is of no server in the state or of several, or a fingerprint is none.
    """
    vouched = {}
    for option in options:
        server, _, accepted = option.partition("=")
        if accepted and not accepted.startswith(_FINGERPRINT):
            raise NotStartedError(
                f"{_OPTION} {option}: must be SERVER or SERVER=FINGERPRINT, with a fingerprint such as"
                f" {_FINGERPRINT}... as `ssh-keygen -lf` prints it"
            )
        (name,) = full_names([server], servers, _OPTION)
        identifier, outputs = servers[name]
        vouched[name] = VouchedServer(identifier, outputs, accepted)
    return vouched


@dataclass(frozen=True)
class PinnedKeys:
    """What the state has pinned of vouched servers after a recovery.

    Attributes:
        lines: A line for each server, for people.
        changes: Keys that are new, for the history; "" for none.
    """

    lines: tuple[str, ...] = ()
    changes: str = ""


def pinned_keys(
    vouched: Mapping[str, VouchedServer], servers: Mapping[str, tuple[str, Mapping[str, object]]]
) -> PinnedKeys:
    """Return what came of the keys that the operator vouched for.

    Args:
        vouched: Servers by DATACENTER-NAME, as they were before the recovery.
        servers: Id and outputs of the servers in the state after it.
    """
    lines, changes = [], []
    for name, server in vouched.items():
        if name not in servers:
            continue
        key = str(servers[name][1]["sshHostKey"])
        is_new = key != server.pinned_key
        state = "is pinned" if is_new else "was pinned already"
        lines.append(
            f"host key ok: {name} shows {fingerprint(key)}, which {state}; the server's console must show the"
            " same"
        )
        if is_new:
            changes.append(f"the host key {fingerprint(key)} of {name} is pinned")
    return PinnedKeys(tuple(lines), "; ".join(changes))

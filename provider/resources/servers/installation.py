"""Which installation a server is on: its id, and the last operating system reload that SoftLayer reports.

Whatever lies on a server belongs to one installation. A reload in the portal keeps the server's id and
addresses and empties its disk, so the id alone does not tell. Pure. Source: SLDN
`lastOperatingSystemReload` of SoftLayer_Virtual_Guest and SoftLayer_Hardware_Server, a transaction with the
date of its begin.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from provider.settings import ACCEPT_HOST_KEYS
from provider.softlayer.records import Record, text_at, whole_at
from provider.values import Properties, text

INSTALLATION = "installation"
HOST_KEY = "sshHostKey"
_RELOADED = "@"


@dataclass(frozen=True)
class Installation:
    """One installation of a server.

    Attributes:
        name: The server's id; after a reload, an at sign and its date follow.
        host_key: Host key of sshd that is pinned for it; "" for none.
    """

    name: str
    host_key: str = ""


def reported_name(identifier: str, server: Record) -> str:
    """Return the name of the installation that SoftLayer reports.

    Args:
        identifier: The server's Pulumi id.
        server: Server with `lastOperatingSystemReload[id,createDate]`; left out for one that was never
            reloaded.
    """
    date = text_at(server, "lastOperatingSystemReload.createDate")
    number = whole_at(server, "lastOperatingSystemReload.id")
    reload = date or ("" if number is None else str(number))
    return f"{identifier}{_RELOADED}{reload}" if reload else identifier


def current_installation(
    recorded_outputs: Properties, identifier: str, server: Record, accepted: Collection[str] = ()
) -> Installation:
    """Return the installation a server is on, and the host key that may still be believed there.

    A pinned key is given up only where SoftLayer itself reports a reload that is newer than the state's: then
    it belongs to a disk that is gone. Whatever key the server shows without such a report is not believed,
    unless the operator names the server.

    Args:
        recorded_outputs: Outputs that the state holds; empty for a server that is new to it.
        identifier: The server's Pulumi id.
        server: Server as SoftLayer reports it.
        accepted: Ids of servers of which the operator confirms another key.
    """
    reported, recorded = reported_name(identifier, server), text(recorded_outputs, INSTALLATION)
    if not recorded or is_newer(reported, recorded):
        return Installation(reported, "" if recorded else text(recorded_outputs, HOST_KEY))
    return Installation(recorded, "" if identifier in accepted else text(recorded_outputs, HOST_KEY))


def is_newer(reported: str, recorded: str) -> bool:
    """Return whether one installation followed the other; a report without its reload shows nothing."""
    server, _, reload = reported.partition(_RELOADED)
    before_server, _, before = recorded.partition(_RELOADED)
    if server != before_server:
        return True
    if not reload or reload == before:
        return False
    time, time_before = _parse_time(reload), _parse_time(before)
    return time is None or time_before is None or time > time_before


def _parse_time(date: str) -> datetime | None:
    try:
        time = datetime.fromisoformat(date)
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def unread_key(server: str, installation: Installation, recorded_outputs: Properties) -> str:
    """Return why the host key of an installation is not pinned yet, and what to run.

    Args:
        server: Name of the server in messages.
        installation: The present one, without a key.
        recorded_outputs: Outputs that the state holds.
    """
    if not text(recorded_outputs, HOST_KEY):
        return f"the SSH host key of server {server} is not pinned yet; pulumi up makes the first contact"
    if installation.name == text(recorded_outputs, INSTALLATION):
        return (
            f"the pinned SSH host key of server {server} is given up, as {ACCEPT_HOST_KEYS} asks; pulumi up "
            "with the same variable pins the one that the server shows"
        )
    return (
        f"SoftLayer reports that the operating system of server {server} was reloaded (installation "
        f"{installation.name}, in the state {text(recorded_outputs, INSTALLATION)}): its disk is empty "
        "and its SSH host key is another one. Compare it with the server's console, then run `python -m "
        "operate recover ENV --accept-host-key SERVER`, which sets up again what depends on the server"
    )

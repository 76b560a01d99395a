"""Asks servers whether they have installed what a state believes; decides nothing."""

from collections.abc import Mapping
from typing import Any

from pulumi import automation

from operate.doctor.finding import NothingToCheckError
from operate.doctor.judgements.installed import InstalledObservation
from operate.servers.ssh import ScriptRunner
from operate.stack.probes.installed_probe import ask_servers
from operate.stack.state.installations import expected_installations


def observe_installed(
    exported: Mapping[str, Any], link: ScriptRunner, seconds: float
) -> InstalledObservation:
    """Return what differs from a state, as `operate recover` finds it.

    Args:
        exported: The state, as `pulumi stack export` prints it.
        link: Link that logs in.
        seconds: Seconds for a server that may be lost.

    Raises:
        NothingToCheckError: The state expects nothing on any server.
    """
    state = automation.Deployment(exported.get("version"), exported.get("deployment"))
    expected = expected_installations(state)
    if not expected:
        raise NothingToCheckError("nothing is installed on a server")
    changed, failures = ask_servers(state, link, seconds)
    return InstalledObservation(len(expected), tuple(item.description for item in changed), failures)

"""The servers of a stack for errors that name none: of a full disk, another host key, or no answer."""

from collections.abc import Collection

from pulumi import automation

from operate.servers.full_disk import is_disk_full
from operate.servers.host_keys.refused_key import is_host_key_refused
from operate.servers.stopped_docker import is_docker_silent
from operate.stack.automation.silent_server import is_server_silent
from operate.stack.state.lost_resources import server_urns

_OF_A_SERVER = (is_disk_full, is_host_key_refused, is_server_silent, is_docker_silent)


def servers_to_name(error: Exception, stack: automation.Stack | None) -> Collection[str]:
    """Return the servers of the state, DATACENTER-NAME, where an error is of one of them; else none.

    Args:
        error: Error of Pulumi.
        stack: Stack whose state is read; None where it is not known yet.
    """
    text = str(error)
    if stack is None or not any(is_of_server(text) for is_of_server in _OF_A_SERVER):
        return ()
    try:
        return server_urns(stack.export_stack()).keys()
    except (automation.CommandError, OSError, RuntimeError):
        return ()  # the error that is to be explained counts

"""Which resources failed by a stack's diagnostics, and on which servers they are; pure."""

import re
from collections.abc import Callable, Collection

_RESOURCE = re.compile(r"^ {2}(?P<type>[^\s:]+:[^\s:]+:\S+) +\(?(?P<name>[^\s():]+)\)?:\s*$")
"""What Pulumi's diagnostics have above the messages of a resource."""
_OWN = "pulumi:pulumi:"
"""Types of the program itself, which runs on this machine."""


def failed_resources(output: str, is_failure: Callable[[str], bool]) -> list[str]:
    """Return the names of the resources that failed in a certain way, each once.

    Args:
        output: Output of Pulumi, with the diagnostics.
        is_failure: Whether a line of it is of that failure.
    """
    resource, names = "", list[str]()
    for line in output.rpartition("Diagnostics:")[2].splitlines():
        if header := _RESOURCE.match(line):
            resource = "" if header["type"].startswith(_OWN) else header["name"]
        elif resource and is_failure(line):
            names.append(resource)
    return list(dict.fromkeys(names))


def failed_servers(output: str, is_failure: Callable[[str], bool], servers: Collection[str]) -> list[str]:
    """Return the servers on which resources failed in a certain way, by name, each once.

    Args:
        output: Output of Pulumi, with the diagnostics.
        is_failure: Whether a line of it is of that failure.
        servers: Servers of the stack, DATACENTER-NAME.
    """
    names = failed_resources(output, is_failure)
    return sorted({server for name in names if (server := server_of(name, servers))})


def server_of(resource: str, servers: Collection[str]) -> str:
    """Return the server on which a resource is, by its name; "" where none is known.

    Args:
        resource: Name of the resource.
        servers: Servers of the stack, DATACENTER-NAME, with which names of resources on them begin.
    """
    matches = [server for server in servers if f"{resource}-".startswith(f"{server}-")]
    return max(matches, key=len, default="")

"""A choice between servers by whether they answer: helpers are no precondition of anything.

A server that only helps (it pulls what another one pushed, or stands by with an image) may be off, or show
another host key. What was to be done there is done on the next server that answers; the last one, on which
the registry depends in any case, is never probed.
"""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

import pulumi

from components.remote.host import RemoteHost


class ProbedServer(Protocol):
    """A server that may not answer."""

    @property
    def host(self) -> RemoteHost:
        """The server, for scripts."""

    @property
    def login_failure(self) -> pulumi.Output[str]:
        """Why nobody can log in to it; "" where one can."""


T = TypeVar("T")
ServerT = TypeVar("ServerT", bound=ProbedServer)


def first_reachable_host(servers: Sequence[ProbedServer]) -> RemoteHost:
    """Return the first server that answers, for scripts.

    Args:
        servers: Servers in order of preference, at least one; the last one is taken without a check.
    """
    return RemoteHost(
        of_first_reachable(servers, lambda server: server.host.connection),
        of_first_reachable(servers, lambda server: server.host.installation),
    )


def of_first_reachable(
    servers: Sequence[ServerT], value: Callable[[ServerT], pulumi.Output[T]]
) -> pulumi.Output[T]:
    """Return a value of the first server that answers.

    Args:
        servers: Servers in order of preference, at least one; the last one is taken without a check.
        value: Returns the value of a server.
    """
    first, *fallbacks = servers
    if not fallbacks:
        return value(first)
    # One after the other: most stacks need the answer of one server only.
    return first.login_failure.apply(
        lambda failure: of_first_reachable(fallbacks, value) if failure else value(first)
    )

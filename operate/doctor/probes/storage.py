"""Observes what a listing of the storage takes, through a front door."""

import time
from contextlib import AbstractContextManager
from typing import Protocol
from urllib.parse import urlsplit

from messages.network_failure import describe_network_failure
from operate.doctor.judgements.storage import StorageObservation
from operate.doctor.probes.client import trust_context
from operate.error import OperateError
from operate.stack.facts import DoorFacts, Facts
from operate.store.bounded_questions import QUESTION_SECONDS

_LISTINGS = 3
"""Listings that are timed (choice), within the seconds of all questions to a storage."""


class Forwarding(Protocol):
    """The part of an SSH link that leads to a server's ports."""

    def forward(self, server: DoorFacts, port: int, address: str = ...) -> AbstractContextManager[int]:
        """Give a local port that leads to one of the server's."""


def observe_storage(
    facts: Facts, link: Forwarding, door: DoorFacts, seconds: float = QUESTION_SECONDS
) -> StorageObservation:
    """List repositories as a client does, by way of the server: its registry may be private.

    Args:
        facts: Facts of the stack.
        link: Link that leads to the server.
        door: The front door.
        seconds: Seconds for all listings.
    """
    import httpx  # half a second that `operate --help` does not wait for

    from operate.servers.pinned_transport import PinnedTransport

    parts = urlsplit(door.endpoint)
    host, deadline = parts.hostname or "", time.monotonic() + seconds
    times: list[float] = []
    status = 0
    headers = {"Host": parts.netloc}
    try:
        with (
            link.forward(door, parts.port or 443, door.public_address or door.client_address or host) as port,
            httpx.Client(
                transport=PinnedTransport(
                    httpx.HTTPTransport(verify=trust_context(facts.authority)),
                    [f"{parts.scheme}://127.0.0.1:{port}"],
                ),
            ) as client,
        ):
            while len(times) < _LISTINGS and (started_at := time.monotonic()) < deadline:
                response = client.get(
                    f"{parts.scheme}://127.0.0.1:{port}/v2/_catalog?n=1",
                    auth=(facts.user, facts.password),
                    headers=headers,
                    extensions={"sni_hostname": host},
                    timeout=deadline - started_at,
                )
                times.append((time.monotonic() - started_at) * 1000)
                status = response.status_code
    except httpx.TimeoutException:
        if not times:
            return StorageObservation(door.name, 0, reason=f"no answer within {seconds:g} s", is_late=True)
    except (httpx.HTTPError, OperateError) as error:
        return StorageObservation(door.name, 0, reason=describe_network_failure(error))
    return StorageObservation(door.name, status, (min(times), max(times)))

"""The colours' own ports: loopback ports of their servers, reached through SSH."""

import hashlib
import ssl
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from functools import partial
from itertools import islice

import httpx

from messages.count import format_count
from messages.network_failure import describe_network_failure
from messages.progress import step
from operate.clock import Clock
from operate.doors.door_status import Read
from operate.error import RefusedError
from operate.record.reference_read import ReferenceRead
from operate.servers.pinned_transport import ForeignOriginError, PinnedTransport, origin_of
from operate.servers.ssh import SshError, SshLink
from operate.stack.facts import Colour, DoorFacts, Facts
from operate.swap.checks.comparison import ReadResult, describe_difference
from operate.swap.checks.legacy_gate import run_legacy_gate
from operate.swap.checks.manifests import list_content, list_manifests
from operate.swap.checks.modern_gate import ModernGate
from operate.swap.checks.pull_transport import PullTransport
from operate.swap.checks.reference_reads import (
    ACCEPT,
    check_authentication,
    check_reference_read,
    find_legacy_reference_reads,
    find_reference_reads,
)
from operate.swap.checks.throttle import ThrottledTransport, throttled
from operate.swap.health import ProbeFinding

_TIMEOUT = httpx.Timeout(60.0, connect=10.0)
"""Seconds without a byte (choice): a commit on Swift waits up to 15 s for its segments (driver, 2.8.3)."""
_PROBE_TIMEOUT = httpx.Timeout(5.0)
_RECHECKS = 2
"""Repeats of a read that differs (choice): a tag may move between two reads."""


class SshTraffic:
    """Requests of the operator's own to both colours.

    Args:
        link: The connections.
        clock: Clock that measures the pauses after requests.
    """

    def __init__(self, link: SshLink, clock: Clock) -> None:
        self._link, self._clock = link, clock
        self._cached_clients: dict[tuple[str, str, Colour, int], tuple[ExitStack, httpx.Client]] = {}

    def close(self) -> None:
        """Close what probes keep open."""
        for stack, _ in self._cached_clients.values():
            stack.close()
        self._cached_clients.clear()

    def gate(self, facts: Facts, idle: Colour, live: Colour, throttle: float) -> str:
        """Push to a colour of every door and generation, and pull."""
        outcomes, shared = [], _storage(facts, idle) == _storage(facts, live)
        for door in facts.doors:
            for generation in door.generations:
                where = f"{door.datacenter} {generation}"
                with (
                    step(f"a push to {idle} and a pull from it, {where}"),
                    _refusals_at(where),
                    self._client_pair(facts, door, generation, idle, live, throttle) as (
                        idle_client,
                        live_client,
                    ),
                ):
                    if generation == "modern":
                        fetch = self._fetch(facts, door, idle)
                        joint = _upload_keys(facts, idle) == _upload_keys(facts, live)
                        gate = ModernGate(idle_client, live_client, fetch, shared=shared, joint_uploads=joint)
                        done = gate.run()
                    else:
                        done = run_legacy_gate(idle_client, live_client)
                outcomes.append(f"{where}: {done}")
        return "; ".join(outcomes)

    def shadow(
        self, facts: Facts, reads: Sequence[Read], idle: Colour, live: Colour, throttle: float
    ) -> tuple[str, tuple[ReferenceRead, ...]]:
        """Read the same from both colours and compare."""
        reference_reads: list[ReferenceRead] = []
        for door in facts.doors:
            for generation in door.generations:
                own = [
                    read
                    for read in reads
                    if (read.datacenter, read.generation) == (door.datacenter, generation)
                ]
                where = f"{door.datacenter} {generation}"
                title = f"{format_count(len(own), 'read')} from {idle} and {live}, {where}"
                with step(title) as rename, _refusals_at(where):
                    count = partial(_rename_to_count, rename, title)
                    # No rest between the two of a pair: a tag may move meanwhile.
                    with self._client_pair(facts, door, generation, idle, live, throttle=0) as pair:
                        self._compare_all(own, *pair, throttle, count)
                    with self._client_pair(facts, door, generation, idle, live, throttle) as pair:
                        references = _find_reference_reads(
                            generation, own, *pair, self._fetch(facts, door, idle)
                        )
                reference_reads += [
                    replace(reference, datacenter=door.datacenter) for reference in references
                ]
        return (
            f"{format_count(len(reads), 'read')} answered alike, {len(reference_reads)} as references",
            tuple(reference_reads),
        )

    def _compare_all(
        self,
        reads: Sequence[Read],
        idle: httpx.Client,
        live: httpx.Client,
        throttle: float,
        count: Callable[[int], None],
    ) -> None:
        for number, read in enumerate(reads, 1):
            with throttled(self._clock, throttle):
                _compare(read, idle, live)
            count(number)

    def list_reads(self, facts: Facts, live: Colour, limit: int | None, throttle: float) -> Sequence[Read]:
        """Return reads of what the live colour lists; the legacy generation lists nothing.

        Args:
            facts: Facts of the stack.
            live: The colour.
            limit: Number of manifests of every door; None is all, with all that they name.
            throttle: Pause after each request, as a multiple of the time that it took.
        """
        reads = []
        for door in facts.doors:
            if "modern" in door.generations:
                with (
                    step(f"the images that {live} has, {door.datacenter}"),
                    self._client(facts, door, "modern", live, throttle) as client,
                    _refusals_at(door.datacenter),
                ):
                    listed = islice(list_manifests(client), limit)
                    requests = (("GET", path) for path in listed) if limit else list_content(client, listed)
                    reads += [Read(door.datacenter, "modern", *request) for request in requests]
        return reads

    def probe(
        self, facts: Facts, colour: Colour, reference_reads: Sequence[ReferenceRead] = ()
    ) -> ProbeFinding:
        """Check that a colour answers at every front door, requires authentication, serves the references."""
        started_at = time.perf_counter()
        for door in facts.doors:
            for generation in door.generations:
                own = [
                    reference
                    for reference in reference_reads
                    if (reference.datacenter, reference.generation) == (door.datacenter, generation)
                ]
                finding = self._probe(facts, door, generation, colour, own)
                if finding.text:
                    return replace(finding, text=f"{door.datacenter} {generation}: {finding.text}")
        return ProbeFinding(ms=(time.perf_counter() - started_at) * 1000)

    def _probe(
        self,
        facts: Facts,
        door: DoorFacts,
        generation: str,
        colour: Colour,
        reference_reads: Sequence[ReferenceRead],
    ) -> ProbeFinding:
        try:
            client = self._cached_client(facts, door, generation, colour)
            finding, fetch = check_authentication(generation, client), self._fetch(facts, door, colour)
            for reference in reference_reads:
                finding = finding if finding.text else check_reference_read(reference, client, fetch)
        except (httpx.HTTPError, ForeignOriginError, SshError, RefusedError) as error:
            self.close()
            return ProbeFinding(_describe_error(error))
        return finding

    def _fetch(self, facts: Facts, door: DoorFacts, colour: Colour) -> Callable[[str], bytes]:
        """Follow redirects of a colour into the object storage."""

        def fetch(url: str) -> bytes:
            location = _require_storage_url(url, facts)
            if location.host != "127.0.0.1" or location.port is None:
                return _fetch_from_storage(location, facts)
            # The server's own storage door: the front door would have put Swift's address in its place.
            with self._link.forward(facts.host(door, colour), location.port) as local:
                return _fetch_from_storage(location.copy_with(netloc=f"127.0.0.1:{local}".encode()), facts)

        return fetch

    def _cached_client(self, facts: Facts, door: DoorFacts, generation: str, colour: Colour) -> httpx.Client:
        key = (door.name, generation, colour, _port(facts, generation, colour))
        if key not in self._cached_clients:
            stack = ExitStack()
            client = stack.enter_context(self._client(facts, door, generation, colour, throttle=0))
            client.timeout = _PROBE_TIMEOUT
            self._cached_clients[key] = stack, client
        return self._cached_clients[key][1]

    @contextmanager
    def _client_pair(
        self, facts: Facts, door: DoorFacts, generation: str, idle: Colour, live: Colour, throttle: float
    ) -> Iterator[tuple[httpx.Client, httpx.Client]]:
        with (
            self._client(facts, door, generation, idle, throttle) as idle_client,
            self._client(facts, door, generation, live, throttle) as live_client,
        ):
            yield idle_client, live_client

    @contextmanager
    def _client(
        self, facts: Facts, door: DoorFacts, generation: str, colour: Colour, throttle: float
    ) -> Iterator[httpx.Client]:
        port, pull_port = _port(facts, generation, colour), _pull_port(facts, generation, colour)
        host = facts.host(door, colour)
        name = door.endpoint.rpartition("//")[2]
        headers = {"Host": name} if name else {}
        auth = _login(door, generation, colour) if generation == "modern" else None
        with (
            self._link.forward(host, port) as local,
            self._link.forward(host, pull_port) as local_pulls,
            httpx.Client(
                base_url=(origin := f"http://127.0.0.1:{local}"),
                auth=auth,
                timeout=_TIMEOUT,
                headers={**headers, "User-Agent": "softlayer-registry-operate", "X-Forwarded-Proto": "https"},
                transport=ThrottledTransport(
                    PinnedTransport(PullTransport(httpx.HTTPTransport(), local_pulls), [origin]),
                    self._clock,
                    throttle,
                ),
            ) as client,
        ):
            yield client


def _rename_to_count(rename: Callable[[str], None], title: str, number: int) -> None:
    rename(f"{title}: {number} done")


def _find_reference_reads(
    generation: str,
    reads: Sequence[Read],
    idle: httpx.Client,
    live: httpx.Client,
    fetch: Callable[[str], bytes],
) -> tuple[ReferenceRead, ...]:
    if generation == "legacy":
        return find_legacy_reference_reads(reads, idle, live, fetch)
    return find_reference_reads(reads, _list_available_manifests(live), idle, live, fetch)


def _storage(facts: Facts, colour: Colour) -> str:
    colour_facts = facts.colours.get(colour)
    return colour_facts.storage if colour_facts else facts.storage


def _upload_keys(facts: Facts, colour: Colour) -> Mapping[str, str]:
    """Which secrets sign the state of a colour's uploads, by generation."""
    colour_facts = facts.colours.get(colour)
    return colour_facts.upload_keys if colour_facts else {}


def _port(facts: Facts, generation: str, colour: Colour) -> int:
    colour_facts = facts.colours.get(colour)
    if colour_facts is None or generation not in colour_facts.ports:
        raise RefusedError(f"there is no {generation} registry of the colour {colour}")
    return colour_facts.ports[generation]


def _login(door: DoorFacts, generation: str, colour: Colour) -> tuple[str, str]:
    """User and password of a colour's own port."""
    credential = door.credentials.get(generation, {}).get(colour)
    if credential is None:
        raise RefusedError(
            f"the stack's outputs have no password of the {colour} {generation} registry; run `pulumi up`"
        )
    return credential.user, credential.password


def _pull_port(facts: Facts, generation: str, colour: Colour) -> int:
    """The registry's own port where no process of its own serves pulls."""
    port = _port(facts, generation, colour)
    colour_facts = facts.colours[colour]
    return colour_facts.pull_ports.get(generation, port) if colour_facts else port


@contextmanager
def _refusals_at(where: str) -> Iterator[None]:
    """Name the place in a refusal; a request that fails is a refusal too."""
    try:
        yield
    except RefusedError as refusal:
        raise RefusedError(f"{where}: {refusal}") from None
    except httpx.HTTPError as error:
        container = "`operate doctor ENV` shows whether its container runs, and what starts it"
        raise RefusedError(f"{where}: {_describe_error(error)}; {container}") from None
    except ForeignOriginError as error:
        raise RefusedError(f"{where}: {_describe_error(error)}") from None


def _describe_error(error: Exception) -> str:
    text = describe_network_failure(error)
    request = error.request if isinstance(error, httpx.RequestError) else None
    return f"{request.method} {request.url.path}: {text}" if request else text


def _compare(read: Read, idle: httpx.Client, live: httpx.Client) -> None:
    difference = ""
    for _ in range(1 + _RECHECKS):
        difference = describe_difference(read.method, read.path, _read(idle, read), _read(live, read))
        if not difference:
            return
    raise RefusedError(difference)


def _read(client: httpx.Client, read: Read) -> ReadResult:
    length, hasher = 0, hashlib.sha256()
    accept = {"Accept": ACCEPT, "Accept-Encoding": "identity"}
    try:
        with client.stream(read.method, read.path, headers=accept) as response:
            for piece in response.iter_raw():
                hasher.update(piece)
                length += len(piece)
    except httpx.RemoteProtocolError:
        # Cut short: fewer bytes came than were promised.
        return ReadResult(200, "", length, length + 1)
    length_header = response.headers.get("Content-Length")
    content_length = (
        int(length_header) if length_header and length_header.isdigit() and read.method != "HEAD" else None
    )
    digest = f"sha256:{hasher.hexdigest()}"
    return ReadResult(response.status_code, digest, length, content_length)


def _list_available_manifests(client: httpx.Client) -> Iterator[str]:
    """Manifests that the live colour lists; none where its catalogue is what the swap is to mend."""
    with suppress(RefusedError, httpx.HTTPError):
        yield from list_manifests(client)


def _require_storage_url(url: str, facts: Facts) -> httpx.URL:
    """Return where a redirect leads, which must be the registry's own storage."""
    try:
        location = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise RefusedError(f"a read is redirected to an invalid address: {error}") from None
    if origin_of(location) not in {origin_of(httpx.URL(origin)) for origin in facts.storage_origins}:
        storage = ", ".join(facts.storage_origins) or "no storage takes redirects"
        raise RefusedError(f"a read is redirected to {origin_of(location)}, not to the storage ({storage})")
    return location


def _fetch_from_storage(url: httpx.URL, facts: Facts) -> bytes:
    """Read from the object storage without credentials; the stack's authority is believed as well."""
    trust = ssl.create_default_context()
    if facts.authority:
        trust.load_verify_locations(cadata=facts.authority)
    transport = PinnedTransport(httpx.HTTPTransport(verify=trust), [origin_of(url)])
    with httpx.Client(transport=transport, timeout=_TIMEOUT) as client:
        return client.get(url).content

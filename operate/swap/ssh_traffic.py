"""The colours' own ports: loopback ports of their servers, reached through SSH."""

import hashlib
import ssl
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from itertools import islice

import httpx

from operate.pinned_transport import ForeignOriginError, PinnedTransport, origin_of
from operate.swap.all_content import content, manifests
from operate.swap.comparison import Answer, difference
from operate.swap.edges import Clock, Known, Read, RefusedError
from operate.swap.facts import Colour, DoorFacts, Facts
from operate.swap.health import Finding
from operate.swap.known_reads import ACCEPT, answers, found_alike, found_alike_legacy, look
from operate.swap.legacy_gate import pass_legacy
from operate.swap.modern_gate import ModernGate
from operate.swap.pull_transport import PullTransport
from operate.swap.resting import RestingTransport, resting
from operate.swap.ssh import SshError, SshLink

_TIMEOUT = httpx.Timeout(60.0, connect=10.0)
"""Seconds without a byte (choice): a commit on Swift waits up to 15 s for its segments (driver, 2.8.3)."""
_PROBE_TIMEOUT = httpx.Timeout(5.0)
_AGAIN = 2
"""A difference is looked at so many times more: a tag may move between two reads."""


class SshTraffic:
    """Requests of the operator's own to both colours.

    Args:
        link: the connections.
        clock: for the rests after requests.
    """

    def __init__(self, link: SshLink, clock: Clock) -> None:
        self._link, self._clock = link, clock
        self._kept: dict[tuple[str, str, Colour, int], tuple[ExitStack, httpx.Client]] = {}

    def close(self) -> None:
        """Close what probes keep open."""
        for stack, _ in self._kept.values():
            stack.close()
        self._kept.clear()

    def gate(self, facts: Facts, idle: Colour, live: Colour, rest: float) -> str:
        """Push to a colour of every door and generation, and pull."""
        said, shared = [], _storage(facts, idle) == _storage(facts, live)
        for door in facts.doors:
            for generation in door.generations:
                where = f"{door.datacenter} {generation}"
                with (
                    _told(where),
                    self._both(facts, door, generation, idle, live, rest) as (one, other),
                ):
                    if generation == "modern":
                        fetch = self._fetch(facts, door, idle)
                        joint = _upload_keys(facts, idle) == _upload_keys(facts, live)
                        gate = ModernGate(one, other, fetch, shared=shared, joint_uploads=joint)
                        done = gate.pass_through()
                    else:
                        done = pass_legacy(one, other)
                said.append(f"{where}: {done}")
        return "; ".join(said)

    def shadow(
        self, facts: Facts, reads: Sequence[Read], idle: Colour, live: Colour, rest: float
    ) -> tuple[str, tuple[Known, ...]]:
        """Read the same from both colours and compare."""
        known: list[Known] = []
        for door in facts.doors:
            for generation in door.generations:
                own = [
                    read
                    for read in reads
                    if (read.datacenter, read.generation) == (door.datacenter, generation)
                ]
                with _told(f"{door.datacenter} {generation}"):
                    # No rest between the two of a pair: a tag may move meanwhile.
                    with self._both(facts, door, generation, idle, live, rest=0) as pair:
                        self._compare_all(own, *pair, rest)
                    with self._both(facts, door, generation, idle, live, rest) as pair:
                        found = _alike(generation, own, *pair, self._fetch(facts, door, idle))
                known += [replace(one_known, datacenter=door.datacenter) for one_known in found]
        return f"{len(reads)} reads answered alike, {len(known)} of known bytes", tuple(known)

    def _compare_all(
        self, reads: Sequence[Read], idle: httpx.Client, live: httpx.Client, rest: float
    ) -> None:
        for read in reads:
            with resting(self._clock, rest):
                _compare(read, idle, live)

    def everything(self, facts: Facts, live: Colour, limit: int | None, rest: float) -> Sequence[Read]:
        """Return reads of what the live colour lists; the legacy generation lists nothing.

        Args:
            facts: of the stack.
            live: the colour.
            limit: so many manifests of every door; None is all, with all that they name.
            rest: after each request for so many times as long as it took.
        """
        found = []
        for door in facts.doors:
            if "modern" in door.generations:
                with self._client(facts, door, "modern", live, rest) as client, _told(door.datacenter):
                    listed = islice(manifests(client), limit)
                    asked = (("GET", path) for path in listed) if limit else content(client, listed)
                    found += [Read(door.datacenter, "modern", *one) for one in asked]
        return found

    def probe(self, facts: Facts, colour: Colour, known: Sequence[Known] = ()) -> Finding:
        """Look whether a colour answers at every door, keeps strangers out, and gives what is known."""
        began = time.perf_counter()
        for door in facts.doors:
            for generation in door.generations:
                own = [
                    one for one in known if (one.datacenter, one.generation) == (door.datacenter, generation)
                ]
                found = self._probe(facts, door, generation, colour, own)
                if found.text:
                    return replace(found, text=f"{door.datacenter} {generation}: {found.text}")
        return Finding(ms=(time.perf_counter() - began) * 1000)

    def _probe(
        self, facts: Facts, door: DoorFacts, generation: str, colour: Colour, known: Sequence[Known]
    ) -> Finding:
        try:
            client = self._keeping(facts, door, generation, colour)
            found, fetch = answers(generation, client), self._fetch(facts, door, colour)
            for one in known:
                found = found if found.text else look(one, client, fetch)
        except (httpx.HTTPError, ForeignOriginError, SshError, RefusedError) as error:
            self.close()
            return Finding(_words(error))
        return found

    def _fetch(self, facts: Facts, door: DoorFacts, colour: Colour) -> Callable[[str], bytes]:
        """Follow redirects of a colour into the object storage."""

        def fetch(url: str) -> bytes:
            place = _in_storage(url, facts)
            if place.host != "127.0.0.1" or place.port is None:
                return _fetched(place, facts)
            # The server's own storage door: the front door would have put Swift's address in its place.
            with self._link.forward(facts.host(door, colour), place.port) as local:
                return _fetched(place.copy_with(netloc=f"127.0.0.1:{local}".encode()), facts)

        return fetch

    def _keeping(self, facts: Facts, door: DoorFacts, generation: str, colour: Colour) -> httpx.Client:
        key = (door.name, generation, colour, _port(facts, generation, colour))
        if key not in self._kept:
            stack = ExitStack()
            client = stack.enter_context(self._client(facts, door, generation, colour, rest=0))
            client.timeout = _PROBE_TIMEOUT
            self._kept[key] = stack, client
        return self._kept[key][1]

    @contextmanager
    def _both(
        self, facts: Facts, door: DoorFacts, generation: str, idle: Colour, live: Colour, rest: float
    ) -> Iterator[tuple[httpx.Client, httpx.Client]]:
        with (
            self._client(facts, door, generation, idle, rest) as one,
            self._client(facts, door, generation, live, rest) as other,
        ):
            yield one, other

    @contextmanager
    def _client(
        self, facts: Facts, door: DoorFacts, generation: str, colour: Colour, rest: float
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
                transport=RestingTransport(
                    PinnedTransport(PullTransport(httpx.HTTPTransport(), local_pulls), [origin]),
                    self._clock,
                    rest,
                ),
            ) as client,
        ):
            yield client


def _alike(
    generation: str,
    reads: Sequence[Read],
    idle: httpx.Client,
    live: httpx.Client,
    fetch: Callable[[str], bytes],
) -> tuple[Known, ...]:
    if generation == "legacy":
        return found_alike_legacy(reads, idle, live, fetch)
    return found_alike(reads, _listed(live), idle, live, fetch)


def _storage(facts: Facts, colour: Colour) -> str:
    found = facts.colours.get(colour)
    return found.storage if found else facts.storage


def _upload_keys(facts: Facts, colour: Colour) -> Mapping[str, str]:
    """Which secrets sign the state of a colour's uploads, by generation."""
    colour_facts = facts.colours.get(colour)
    return colour_facts.upload_keys if colour_facts else {}


def _port(facts: Facts, generation: str, colour: Colour) -> int:
    found = facts.colours.get(colour)
    if found is None or generation not in found.ports:
        raise RefusedError(f"there is no {generation} registry of the colour {colour}")
    return found.ports[generation]


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
def _told(where: str) -> Iterator[None]:
    """What a colour does wrong, with its place; a request that fails is the colour's fault too."""
    try:
        yield
    except RefusedError as refusal:
        raise RefusedError(f"{where}: {refusal}") from None
    except (httpx.HTTPError, ForeignOriginError) as error:
        raise RefusedError(f"{where}: {_words(error)}") from None


def _words(error: Exception) -> str:
    said = str(error) or type(error).__name__
    request = error.request if isinstance(error, httpx.RequestError) else None
    return f"{request.method} {request.url.path}: {said}" if request else said


def _compare(read: Read, idle: httpx.Client, live: httpx.Client) -> None:
    wrong = ""
    for _ in range(1 + _AGAIN):
        wrong = difference(read.method, read.path, _ask(idle, read), _ask(live, read))
        if not wrong:
            return
    raise RefusedError(wrong)


def _ask(client: httpx.Client, read: Read) -> Answer:
    length, found = 0, hashlib.sha256()
    accept = {"Accept": ACCEPT, "Accept-Encoding": "identity"}
    try:
        with client.stream(read.method, read.path, headers=accept) as answer:
            for piece in answer.iter_raw():
                found.update(piece)
                length += len(piece)
    except httpx.RemoteProtocolError:
        # Cut short: fewer bytes came than were promised.
        return Answer(200, "", length, length + 1)
    told = answer.headers.get("Content-Length")
    promised = int(told) if told and told.isdigit() and read.method != "HEAD" else None
    digest = f"sha256:{found.hexdigest()}"
    return Answer(answer.status_code, digest, length, promised)


def _listed(client: httpx.Client) -> Iterator[str]:
    """Manifests that the live colour lists; none where its catalogue is what the swap is to mend."""
    with suppress(RefusedError, httpx.HTTPError):
        yield from manifests(client)


def _in_storage(url: str, facts: Facts) -> httpx.URL:
    """Return where a redirect leads, which must be the registry's own storage."""
    try:
        place = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise RefusedError(f"a read is redirected to what is no address: {error}") from None
    if origin_of(place) not in {origin_of(httpx.URL(origin)) for origin in facts.storage_origins}:
        storage = ", ".join(facts.storage_origins) or "there is none that it could lead to"
        raise RefusedError(f"a read is redirected to {origin_of(place)}, not to the storage ({storage})")
    return place


def _fetched(url: httpx.URL, facts: Facts) -> bytes:
    """Read from the object storage without credentials; the stack's authority is believed as well."""
    trust = ssl.create_default_context()
    if facts.authority:
        trust.load_verify_locations(cadata=facts.authority)
    transport = PinnedTransport(httpx.HTTPTransport(verify=trust), [origin_of(url)])
    with httpx.Client(transport=transport, timeout=_TIMEOUT) as client:
        return client.get(url).content

"""Requests to a colour's own port: what is waited for, and where one fails which request, and what helps."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import cast

import httpx
import pytest

from operate.doors.door_status import Read
from operate.error import RefusedError
from operate.servers.pinned_transport import ForeignOriginError
from operate.servers.ssh import SshLink
from operate.stack.facts import Colour
from operate.swap.checks import traffic
from operate.swap.checks.traffic import SshTraffic, _refusals_at
from tests.support.simulated_operator import SimulatedClock
from tests.unit.operate.doctor.stacks import stack_facts

REQUEST = httpx.Request("GET", "http://127.0.0.1:5000/v2/")


def test_a_colour_that_does_not_answer_is_named_with_what_shows_its_container() -> None:
    """A killed container failed the gate of each swap, and only the doctor had its remedy."""
    text = r"dal05 modern: GET /v2/: Server disconnected.*; `operate doctor ENV` shows whether"
    with pytest.raises(RefusedError, match=text), _refusals_at("dal05 modern"):
        raise httpx.RemoteProtocolError("Server disconnected", request=REQUEST)


def test_an_answer_that_leads_elsewhere_is_no_container_that_has_stopped() -> None:
    with pytest.raises(RefusedError) as refused, _refusals_at("dal05 modern"):
        raise ForeignOriginError("leads to another origin")
    assert str(refused.value) == "dal05 modern: leads to another origin"


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names that steps had."""
    names: list[str] = []

    @contextmanager
    def step(name: str) -> Iterator[Callable[[str], None]]:
        names.append(name)
        yield names.append

    monkeypatch.setattr(traffic, "step", step)
    return names


@pytest.fixture
def requests() -> SshTraffic:
    """Requests to a stack whose colours have no ports: each fails at once."""
    return SshTraffic(cast(SshLink, None), SimulatedClock())


def test_the_gate_names_what_it_waits_for(requests: SshTraffic, names: list[str]) -> None:
    with suppress(RefusedError):
        requests.gate(stack_facts(""), Colour.BLACK, Colour.RED, 0)
    assert names == ["a push to black and a pull from it, dal05 modern"]


def test_the_shadow_names_what_it_waits_for(requests: SshTraffic, names: list[str]) -> None:
    with suppress(RefusedError):
        requests.list_reads(stack_facts(""), Colour.RED, None, 0)
    with suppress(RefusedError):
        requests.shadow(stack_facts(""), [], Colour.BLACK, Colour.RED, 0)
    assert names == ["the images that red has, dal05", "0 reads from black and red, dal05 modern"]


def test_the_reads_are_counted(requests: SshTraffic) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(200, stream=httpx.ByteStream(b"")))
    client = httpx.Client(base_url="http://127.0.0.1:5000", transport=transport)
    reads = [Read("dal05", "modern", "GET", f"/v2/a/manifests/{tag}") for tag in range(2)]
    counts: list[int] = []
    requests._compare_all(reads, client, client, 0, counts.append)
    assert counts == [1, 2]

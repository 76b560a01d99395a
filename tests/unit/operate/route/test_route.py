"""Which door the global IP may lead to, and what leading it there tells; and doors that are left out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operate.doors.counters import Counters
from operate.doors.door_status import DoorStatus
from operate.error import OperateError, RefusedError
from operate.route.decision import choose_door, name_of_target, unsafe_reason
from operate.route.route import read_route, route
from operate.stack.facts import (
    Colour,
    DoorFacts,
    Facts,
    GlobalIpFacts,
)
from operate.stack.facts_output import parse_facts

HEALTHY = Counters(requests=1, failed=0, bytes_moved=0, sessions=0, response_ms=1.0, up=True)
UNHEALTHY = replace(HEALTHY, up=False)


def door(datacenter: str, server: str, number: int) -> DoorFacts:
    return DoorFacts(
        datacenter,
        server,
        f"10.0.0.{number}",
        "key",
        "g:5000",
        ("modern",),
        public_address=f"192.0.2.{number}",
    )


DOORS = (door("dal05", "a", 1), door("dal05", "b", 2), door("ams01", "a", 3))
FACTS = Facts(
    None,
    "docker",
    "p",
    "",
    "root",
    "f",
    DOORS,
    dict.fromkeys(Colour),
    GlobalIpFacts(7, "203.0.113.9"),
)


def status(live: Colour = Colour.RED, counters: Counters = HEALTHY) -> DoorStatus:
    return DoorStatus("", {"modern": live}, 3, {("modern", live): counters})


@dataclass
class Account:
    """An address that can be moved."""

    at: str
    moves: list[str] = field(default_factory=list)

    def read_target(self) -> str:
        return self.at

    def set_route(self, address: str) -> str:
        self.moves.append(address)
        before, self.at = self.at, address
        return before


@dataclass(frozen=True)
class Answers:
    """What each door says, by name; who is not named is lost."""

    statuses: Mapping[str, DoorStatus]

    def query_each(self, doors: Sequence[DoorFacts]) -> Sequence[DoorStatus | OperateError]:
        return [self.statuses.get(door.name, OperateError(f"{door.name}: lost")) for door in doors]


EVERY = {door.name: status() for door in DOORS}


def move(statuses: Mapping[str, DoorStatus], to: str, *, force: bool = False) -> tuple[Account, list[str]]:
    account, lines = Account("192.0.2.1"), list[str]()
    done = route(FACTS, to, Answers(statuses), account, lines.append, force=force)
    assert (done.address, done.before, done.after) == (
        "203.0.113.9",
        "dal05-a",
        name_of_target(FACTS, account.at),
    )
    return account, lines


def test_it_leads_to_the_door_that_was_named() -> None:
    account, lines = move(EVERY, "b")
    assert account.moves == ["192.0.2.2"]
    assert lines[0] == "door dal05-b ok"
    assert lines[1].startswith("route ok: 203.0.113.9 leads to dal05-b; before, it led to dal05-a (")


def test_a_door_that_is_lost_keeps_nobody_from_another() -> None:
    account, lines = move({"dal05-b": status()}, "dal05-b")
    assert account.at == "192.0.2.2"
    assert lines[0] == "door dal05-b ok; no answer: dal05-a, ams01-a"


@pytest.mark.parametrize(
    ("statuses", "why"),
    [
        ({"dal05-a": status()}, "dal05-b does not answer"),
        (
            EVERY | {"dal05-b": status(counters=UNHEALTHY)},
            "dal05-b finds red, its live colour of the generation modern",
        ),
        (EVERY | {"dal05-b": DoorStatus("", {"modern": Colour.RED}, 3, {})}, "dal05-b finds red"),
        (EVERY | {"dal05-b": DoorStatus("", {}, 3, {})}, "dal05-b has no colour live"),
        (EVERY | {"dal05-b": status(Colour.BLACK)}, "dal05-b has black live and dal05-a has red"),
        (EVERY | {"ams01-a": status(Colour.BLACK)}, "dal05-b has red live and ams01-a has black"),
    ],
)
def test_clients_are_not_led_where_they_would_not_be_served_the_same(
    statuses: Mapping[str, DoorStatus], why: str
) -> None:
    account = Account("192.0.2.1")
    with pytest.raises(RefusedError, match=why):
        route(FACTS, "b", Answers(statuses), account, lambda _: None)
    assert account.moves == []
    moved, lines = move(statuses, "b", force=True)
    assert moved.moves == ["192.0.2.2"]
    assert why in lines[0]


def test_the_current_route_is_reported_by_name() -> None:
    assert read_route(FACTS, Account("192.0.2.3")).after == "ams01-a"
    assert read_route(FACTS, Account("")).after == "nowhere"
    assert read_route(FACTS, Account("198.51.100.1")).after == "198.51.100.1"


class NoAddress(Account):
    """An account that is asked for a global IP that the stack has not."""

    def read_target(self) -> str:
        raise OperateError("global IP 0 is not in the account")


def test_a_stack_without_a_global_ip_is_refused_without_the_account() -> None:
    """The account's answer was that global IP 0 belongs to other credentials."""
    with pytest.raises(OperateError, match="its setting globalIp is not true"):
        read_route(replace(FACTS, global_ip=None), NoAddress(""))


@pytest.mark.parametrize(
    ("name", "why"), [("c", "those with one are dal05-a, "), ("a", "more than one datacenter")]
)
def test_a_name_that_is_none_or_two_is_refused(name: str, why: str) -> None:
    with pytest.raises(OperateError, match=why):
        choose_door(FACTS, name)


@given(
    st.fixed_dictionaries(
        {
            door.name: st.builds(status, st.sampled_from(Colour), st.sampled_from([HEALTHY, UNHEALTHY]))
            for door in DOORS
        }
    )
)
def test_a_door_is_taken_exactly_if_it_is_well_and_agrees(statuses: dict[str, DoorStatus]) -> None:
    own = statuses["dal05-b"]
    peer_statuses = [(name, peer_status) for name, peer_status in statuses.items() if name != "dal05-b"]
    (live,) = own.live.values()
    may = own.backends["modern", live].up and all(
        peer_status.live == own.live for _, peer_status in peer_statuses
    )
    assert (unsafe_reason("dal05-b", own, peer_statuses) == "") is may


def test_a_door_can_be_left_out_by_either_name() -> None:
    assert [door.name for door in FACTS.without(("dal05-a",)).doors] == ["dal05-b", "ams01-a"]
    assert [door.name for door in FACTS.without(("b", "ams01-a")).doors] == ["dal05-a"]
    assert FACTS.without(()) == FACTS


@pytest.mark.parametrize(
    ("excluded", "why"), [(("x",), "no front door is on x"), (("a", "b"), "no front door left")]
)
def test_doors_that_are_none_or_all_are_not_left_out(excluded: tuple[str, ...], why: str) -> None:
    with pytest.raises(OperateError, match=why):
        FACTS.without(excluded)


def test_the_output_tells_the_address_and_where_it_can_lead() -> None:
    output = {
        "registry": {"endpoint": "https://g:5000", "user": "u", "password": "p", "authority": ""},
        "ssh": {"user": "root"},
        "storage": "f",
        "storageOrigins": [],
        "recordKey": "ab" * 32,
        "globalIp": {"number": 7.0, "address": "203.0.113.9"},
        "doors": [
            {"datacenter": "dal05", "server": "a", "address": "10.0.0.1", "hostKey": "k", "endpoint": "https://g:5000",
             "generations": ["modern"], "publicAddress": "192.0.2.1"},
        ],
        "colours": {"red": None, "black": None},
    }  # fmt: skip
    facts = parse_facts("prod", output)
    assert facts.global_ip == GlobalIpFacts(7, "203.0.113.9")
    assert (facts.doors[0].name, facts.doors[0].public_address) == ("dal05-a", "192.0.2.1")
    del output["globalIp"]
    assert parse_facts("prod", output).global_ip is None

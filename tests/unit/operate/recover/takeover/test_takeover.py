"""A standby takes over: which one, from whom, in which order, and what the stack file says afterwards."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operate.doors.counters import Counters
from operate.doors.door_status import DoorStatus
from operate.error import OperateError, RefusedError
from operate.recover.takeover.environment import live_colour
from operate.recover.takeover.standby_choice import (
    choose_standby,
    front_doors,
    healthy_doors,
    placement_settings,
    retiring_doors,
)
from operate.recover.takeover.takeover import TakeoverDependencies, take_over
from operate.stack.config.servers_setting import Servers, full_name
from operate.stack.facts import Colour, DoorFacts, StandbyFacts
from operate.stack.facts_output import parse_facts
from tests.unit.operate.recover.standby_facts import FACTS, FAR, RED, STANDBY, A, B, door

UP = Counters(requests=1, failed=0, bytes_moved=0, sessions=0, response_ms=1.0, up=True)


def status(*, up: bool = True) -> DoorStatus:
    return DoorStatus("", {"modern": Colour.RED}, 3, {("modern", Colour.RED): replace(UP, up=up)})


@dataclass
class Recorder:
    """Every edge of a takeover; remembers what is asked of it."""

    statuses: Mapping[str, DoorStatus] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)

    def query_each(self, doors: Sequence[DoorFacts]) -> Sequence[DoorStatus | OperateError]:
        return [self.statuses.get(door.name, OperateError("no answer")) for door in doors]

    def connect(self) -> None:
        self.calls.append("connect")

    def start(self, colour: Colour) -> Mapping[str, int]:
        self.calls.append(f"start {colour}")
        return {"container": 900}

    def pull(self) -> str:
        self.calls.append("pull")
        return "modern: pulled"

    def read_target(self) -> str:
        return A.public_address

    def set_route(self, address: str) -> str:
        self.calls.append(f"lead {address}")
        return A.public_address

    def edges(
        self, log: Callable[[str], None] = lambda _: None, *, address: bool = True
    ) -> TakeoverDependencies:
        return TakeoverDependencies(self, self, self if address else None, 0.0, log)


def test_the_address_follows_after_a_verified_pull() -> None:
    recorder, lines = Recorder(), list[str]()
    takeover = take_over(FACTS, "b", Colour.RED, (A,), recorder.edges(lines.append))
    assert recorder.calls == ["connect", "start red", "pull", "lead 192.0.2.2"]
    assert [line.partition(" ok")[0] for line in lines] == ["doors", "start", "pull", "address"]
    assert (takeover.standby, takeover.replaced_doors, takeover.address) == ("dal05-b", (A,), "")
    assert takeover.as_json()["replaced"] == ["dal05-a"]
    assert list(takeover.seconds) == ["doors", "start", "pull", "address"]


@pytest.mark.parametrize(
    ("endpoint", "action"),
    [
        ("https://10.0.0.2:5000", "clients reach the registry at https://10.0.0.2:5000 now"),
        ("https://r.example:5000", "set the DNS record of r.example to 10.0.0.2"),
    ],
)
def test_without_a_global_ip_the_operator_reads_what_clients_need(endpoint: str, action: str) -> None:
    own = StandbyFacts(replace(B, endpoint=endpoint), STANDBY.listens)
    facts = replace(FACTS, global_ip=None, standbys=(own,))
    takeover = take_over(facts, "dal05-b", Colour.RED, (A,), Recorder().edges(address=False))
    assert takeover.address.startswith(action)


def test_a_front_door_that_is_healthy_is_not_taken_over() -> None:
    recorder = Recorder({"dal05-a": status()})
    with pytest.raises(RefusedError, match=r"dal05-a answers and is healthy.*operate route ENV --to dal05-a"):
        take_over(FACTS, "b", Colour.RED, (A,), recorder.edges())
    assert recorder.calls == ["connect"]
    assert take_over(FACTS, "b", Colour.RED, (A,), recorder.edges(), force=True).replaced_doors == (A,)


def test_a_front_door_that_answers_with_a_dead_registry_is_lost() -> None:
    assert healthy_doors({A: status(up=False), FAR: OperateError("no answer"), B: status()}) == ("dal05-b",)
    assert healthy_doors({A: DoorStatus("", {}, 0, {})}) == ()


C = StandbyFacts(door("dal05", "c", 4), {"modern": "10.0.0.4:5000"})


def test_a_standby_that_took_over_is_checked_before_a_second_takeover() -> None:
    facts = replace(FACTS, standbys=(STANDBY, C, StandbyFacts(door("ams01", "c", 6), {})))
    before: Servers = [
        {"name": "a", "datacenter": "dal05", "frontDoor": True},
        {"name": "b", "datacenter": "dal05"},
        {"name": "c", "datacenter": "dal05"},
    ]
    assert front_doors(facts, C.door, before) == (A,)
    first = cast(Servers, placement_settings(before, [], B, [A])["servers"])
    assert front_doors(facts, C.door, first) == (A, B)
    assert front_doors(facts, B, first) == (A,), "the same takeover once more"
    second = placement_settings(first, ["dal05-a"], C.door, [A, B])
    assert [server["frontDoor"] for server in cast(Servers, second["servers"])] == [False, False, True]
    assert second["retiringDoors"] == ["dal05-a", "dal05-b"]
    recorder = Recorder({"dal05-b": status()})
    with pytest.raises(RefusedError, match="dal05-b answers and is healthy"):
        take_over(facts, "dal05-c", Colour.RED, front_doors(facts, C.door, first), recorder.edges())


@pytest.mark.parametrize(
    ("retiring", "kept"),
    [
        (["dal05-a"], []),
        (["dal05-b"], ["dal05-b"]),
        (["dal05-b", "dal05-gone", "dal05-a"], ["dal05-b"]),
        ([], []),
    ],
)
def test_a_front_door_that_is_gone_retires_no_more(retiring: list[str], kept: list[str]) -> None:
    servers = [
        {"name": "a", "datacenter": "dal05", "frontDoor": False},
        {"name": "b", "datacenter": "dal05", "frontDoor": True},
    ]
    assert retiring_doors(servers, retiring) == kept


def test_another_healthy_door_of_the_datacenter_stays_a_door() -> None:
    healthy_door = door("dal05", "c", 4)
    facts = replace(FACTS, doors=(A, healthy_door))
    takeover = take_over(
        facts, "b", Colour.RED, (A, healthy_door), Recorder({"dal05-c": status()}).edges(), force=True
    )
    assert takeover.replaced_doors == (A,)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("z", "must name a standby.*standbys are dal05-b"),
        ("a", "this server has a front door"),
        ("dal05-a", "this server has a front door"),
    ],
)
def test_what_is_no_standby_is_refused_with_those_that_are(name: str, message: str) -> None:
    with pytest.raises(OperateError, match=message):
        choose_standby(FACTS, name)
    with pytest.raises(OperateError, match="the stack has no standby"):
        choose_standby(replace(FACTS, standbys=()), "z")


@pytest.mark.parametrize(
    ("server", "reason"),
    [
        (
            {"name": "z", "datacenter": "dal06", "frontDoor": False},
            "dal06-z carries nothing, and no front door is in its datacenter: front doors are in ams01,",
        ),
        ({"name": "z", "datacenter": "dal05"}, "no `pulumi up` has prepared dal05-z yet"),
        ({"name": "z", "datacenter": "dal05", "role": "client"}, "dal05-z has the role client;"),
    ],
)
def test_a_server_that_is_no_standby_is_refused_with_the_reason(
    server: dict[str, object], reason: str
) -> None:
    for name in ("z", f"{server['datacenter']}-z"):
        with pytest.raises(OperateError, match="in the datacenter of the lost front door") as failure:
            choose_standby(replace(FACTS, standbys=()), name, [server])
        assert reason in str(failure.value)


def test_a_name_of_two_standbys_is_refused() -> None:
    twice = (STANDBY, StandbyFacts(door("ams01", "b", 5), {}))
    with pytest.raises(OperateError, match="in several datacenters: dal05-b, ams01-b"):
        choose_standby(replace(FACTS, standbys=twice), "b")


SERVERS = st.lists(
    st.fixed_dictionaries(
        {"name": st.sampled_from("acd"), "datacenter": st.sampled_from(["dal05", "ams01"])},
        optional={"frontDoor": st.booleans(), "os": st.just("DEBIAN_12_64")},
    ),
    max_size=5,
    unique_by=lambda server: (server["name"], server["datacenter"]),
)


@given(SERVERS, st.integers(0, 5))
def test_the_stack_file_moves_one_front_door_and_changes_nothing_else(
    other_servers: list[dict[str, object]], position: int
) -> None:
    standby: dict[str, object] = {"name": "b", "datacenter": "dal05", "os": "DEBIAN_12_64"}
    servers = [*other_servers[:position], standby, *other_servers[position:]]
    doors = {"dal05-a": {"frontDoor": False}, "dal05-b": {"frontDoor": True}}
    settings = placement_settings(servers, ["dal05-b", "ams01-x"], B, [A])
    assert settings == {
        "servers": [{**server, **doors.get(full_name(server), {})} for server in servers],
        "retiringDoors": ["ams01-x", "dal05-a"],
    }
    with pytest.raises(OperateError, match="lacks dal05-b"):
        placement_settings(other_servers, [], B, [A])


@pytest.mark.parametrize(
    ("setting", "colours", "expected"),
    [("black", "red black", "black"), ("", "red black", "red"), ("black", "red", "red")],
)
def test_the_live_colour_is_the_stack_file_s(
    tmp_path: Path, setting: str, colours: str, expected: str
) -> None:
    file = tmp_path / "Pulumi.prod.yaml"
    file.write_text(f"config:\n  softlayer-registry:live: {setting}\n" if setting else "config: {}\n")
    facts = replace(FACTS, colours={Colour(name): RED for name in colours.split()})
    assert live_colour("prod", file, facts) == expected


def test_outputs_are_read_back() -> None:
    outputs = {
        "registry": {"user": "u", "password": "p", "authority": ""},
        "ssh": {"user": "root"},
        "storage": "f",
        "recordKey": "k",
        "storageOrigins": [],
        "doors": [
            {"datacenter": "dal05", "server": "a", "address": "1", "hostKey": "k", "endpoint": "https://1:5000"}
        ],
        "standbys": [
            {
                "datacenter": "dal05", "server": "b", "address": "2", "hostKey": "k", "endpoint": "https://2:5000",
                "generations": ["modern"], "listens": {"modern": "2:5000"},
            }
        ],
        "colours": {},
    }  # fmt: skip
    (standby,) = parse_facts("prod", outputs).standbys
    assert (standby.door.name, standby.listens) == ("dal05-b", {"modern": "2:5000"})

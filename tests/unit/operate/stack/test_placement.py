"""Between a takeover and the next `pulumi up`, facts and outputs name the server that has the registry."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from operate.error import NotStartedError, OperateError
from operate.record.door_move import DoorMove
from operate.recover.takeover.standby_choice import placement_settings
from operate.stack.config.servers_setting import Servers
from operate.stack.facts import Colour, StandbyFacts, TakeoverFacts
from operate.stack.facts_cache import FactsCache
from operate.stack.facts_output import parse_facts
from operate.stack.placement import (
    Placement,
    find_takeovers,
    place_facts,
    place_outputs,
    read_placement,
    require_no_takeover,
)
from operate.status.warnings import takeover_warnings
from tests.unit.operate.recover.standby_facts import FACTS, FAR, RED, STANDBY, A, B, door
from tests.unit.operate.stack.operate_output import DOOR, OUTPUT

SERVERS: Servers = (
    {"name": "a", "datacenter": "dal05", "frontDoor": True},
    {"name": "b", "datacenter": "dal05"},
    {"name": "a", "datacenter": "ams01", "frontDoor": True},
)


def placement(settings: Mapping[str, object]) -> Placement:
    return Placement(cast(Servers, settings["servers"]), cast(list[str], settings["retiringDoors"]))


TAKEN_OVER = placement(placement_settings(SERVERS, [], B, [A]))


def test_the_standby_has_the_lost_front_door_s_place() -> None:
    facts = place_facts(FACTS, TAKEN_OVER)
    assert facts.doors == (B, FAR)
    assert facts.standbys == ()
    assert facts.takeovers == (TakeoverFacts(A, B),)


def test_without_a_takeover_all_is_as_it_was_deployed() -> None:
    assert place_facts(FACTS, Placement()) == FACTS
    assert place_facts(FACTS, Placement(SERVERS, [])) == FACTS
    after_up = replace(FACTS, doors=(B, FAR), standbys=(StandbyFacts(A, {}),))
    assert place_facts(after_up, TAKEN_OVER) == after_up, "its `pulumi up` has ended"


def test_a_move_under_way_is_no_takeover() -> None:
    move = DoorMove("dal05-a", "dal05-b")
    for settings in (move.settings_with_both(SERVERS), move.settings_before_move(SERVERS)):
        assert place_facts(FACTS, placement(settings)) == FACTS


def test_a_second_takeover_leaves_both_lost_servers_behind() -> None:
    third = StandbyFacts(door("dal05", "c", 4), {"modern": "10.0.0.4:5000"})
    servers = [*SERVERS, {"name": "c", "datacenter": "dal05"}]
    first = placement_settings(servers, [], B, [A])
    second = placement_settings(cast(Servers, first["servers"]), ["dal05-a"], third.door, [A, B])
    facts = place_facts(replace(FACTS, standbys=(STANDBY, third)), placement(second))
    assert facts.doors == (third.door, FAR)
    assert facts.standbys == ()
    assert facts.takeovers == (TakeoverFacts(A, third.door), TakeoverFacts(B, third.door))


def test_lock_and_history_are_read_on_a_server_that_exists() -> None:
    assert place_facts(replace(FACTS, store_name="dal05-a"), TAKEN_OVER).store_door == FAR
    alone = replace(FACTS, store_name="dal05-a", doors=(A,))
    assert place_facts(alone, TAKEN_OVER).store_door == B
    assert place_facts(replace(FACTS, store_name="ams01-a"), TAKEN_OVER).store_door == FAR


def test_the_standby_carries_its_colours_itself() -> None:
    red = replace(RED, servers={"dal05": "a", "ams01": "a"})
    facts = place_facts(replace(FACTS, colours={Colour.RED: red, Colour.BLACK: None}), TAKEN_OVER)
    placed = facts.colours[Colour.RED]
    assert placed is not None
    assert placed.servers == {"dal05": "b", "ams01": "a"}


def test_another_front_door_of_the_datacenter_stays() -> None:
    peer = door("dal05", "c", 4)
    assert place_facts(replace(FACTS, doors=(A, peer)), TAKEN_OVER).doors == (B, peer)


NAMES = st.sampled_from(["dal05-a", "dal05-b", "ams01-a", "dal05-gone"])
PLACED = st.lists(
    st.fixed_dictionaries(
        {"name": st.sampled_from("abc"), "datacenter": st.sampled_from(["dal05", "ams01"])},
        optional={"frontDoor": st.booleans()},
    ),
    max_size=6,
)


@given(PLACED, st.lists(NAMES, max_size=3))
def test_each_datacenter_has_a_front_door_for_any_stack_file(
    servers: list[Mapping[str, object]], retiring: list[str]
) -> None:
    facts = place_facts(FACTS, Placement(servers, retiring))
    assert [each.datacenter for each in facts.doors] == ["dal05", "ams01"]
    servers_before = {A, B, FAR}
    lost = {takeover.lost for takeover in facts.takeovers}
    assert {*facts.doors, *(standby.door for standby in facts.standbys), *lost} == servers_before


@pytest.mark.parametrize("content", ["", "config: 3", "config:\n  softlayer-registry:servers: [1, x]\n"])
def test_a_stack_file_that_cannot_be_read_places_nothing(tmp_path: Path, content: str) -> None:
    file = tmp_path / "Pulumi.prod.yaml"
    assert place_facts(FACTS, read_placement(file)) == FACTS
    file.write_text(content)
    assert place_facts(FACTS, read_placement(file)) == FACTS


def written(folder: Path) -> Path:
    settings = {"servers": TAKEN_OVER.servers, "retiringDoors": TAKEN_OVER.retiring}
    config = {f"softlayer-registry:{name}": list(value) for name, value in settings.items()}
    file = folder / "Pulumi.prod.yaml"
    file.write_text(yaml.safe_dump({"config": config}))
    return file


def test_what_is_kept_for_a_rollback_is_placed_when_it_is_read(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("a private key")
    file = written(tmp_path)
    cache = FactsCache(tmp_path / "kept", "prod", lambda: key, lambda: read_placement(file))
    cache.write(OUTPUT)
    facts, deployed = cache.read(), cache.read_deployed()
    assert facts is not None
    assert [each.name for each in facts.doors] == ["dal05-b"]
    assert deployed == parse_facts("prod", OUTPUT)


OUTPUTS: dict[str, Any] = {
    "endpoint": DOOR["endpoint"],
    "endpoints": {
        "dal05": {"modern": DOOR["endpoint"], "legacy": "https://198.51.100.1:5001"},
        "ams01": {"modern": "https://192.0.2.1:5000"},
    },
    "user": "u",
    "operate": {
        **OUTPUT,
        "standbys": [
            {
                **DOOR, "server": "b", "address": "198.51.100.2", "endpoint": "https://198.51.100.2:5000",
                "listens": {"modern": "198.51.100.2:5000", "legacy": "198.51.100.2:5001"},
            }
        ],
    },
}  # fmt: skip


def test_clients_are_given_the_address_of_the_standby() -> None:
    placed = place_outputs("prod", OUTPUTS, TAKEN_OVER)
    assert placed["endpoint"] == "https://198.51.100.2:5000"
    assert placed["endpoints"] == {
        "dal05": {"modern": "https://198.51.100.2:5000", "legacy": "https://198.51.100.2:5001"},
        "ams01": {"modern": "https://192.0.2.1:5000"},
    }
    assert {**placed, "endpoint": 0, "endpoints": 0} == {**OUTPUTS, "endpoint": 0, "endpoints": 0}


@pytest.mark.parametrize(
    "outputs", [{}, {"operate": None}, {"operate": {"doors": []}, "endpoint": "e"}, OUTPUTS]
)
def test_other_outputs_stay_as_they_are(outputs: Mapping[str, object]) -> None:
    for stack_placement in (Placement(), *([TAKEN_OVER] if outputs is not OUTPUTS else [])):
        takeovers = find_takeovers("prod", outputs, stack_placement)
        assert takeovers == ()
        assert place_outputs("prod", outputs, stack_placement) == dict(outputs)


def test_the_lost_server_and_what_makes_it_permanent_are_named() -> None:
    facts = place_facts(FACTS, TAKEN_OVER)
    (text,) = takeover_warnings(facts)
    assert text.startswith("dal05-a is lost, and dal05-b is the registry in its place, https://10.0.0.2:5000")
    assert "`operate recover ENV` makes it permanent" in text
    assert list(takeover_warnings(FACTS)) == []
    with pytest.raises(OperateError, match=r"dal05-b is the registry.*`operate recover ENV`"):
        require_no_takeover(facts)
    require_no_takeover(FACTS)


def test_a_server_that_is_lost_already_may_be_left_out_by_name() -> None:
    facts = place_facts(FACTS, TAKEN_OVER)
    assert facts.without(["dal05-a"]).doors == (B, FAR)
    with pytest.raises(NotStartedError, match="no front door is on z"):
        facts.without(["z"])


MOVED: dict[str, Any] = {
    **OUTPUTS,
    "operate": {
        **OUTPUT,
        "doors": [
            DOOR,
            {**DOOR, "server": "c", "address": "198.51.100.3", "endpoint": "https://198.51.100.3:5000"},
        ],
    },
}
C = {**MOVED, "endpoint": "https://198.51.100.3:5000"}
"""As the program has it where the target comes first."""


@pytest.mark.parametrize("outputs", [MOVED, C])
@pytest.mark.parametrize(("is_switched", "address"), [(False, "198.51.100.1"), (True, "198.51.100.3")])
def test_clients_are_given_the_target_of_a_move_once_it_has_switched(
    tmp_path: Path, outputs: Mapping[str, object], is_switched: bool, address: str
) -> None:
    """`operate login` took the first front door by name: clients were cut off by --retire."""
    note = DoorMove("dal05-a", "dal05-c").note(is_switched=is_switched)
    file = tmp_path / "Pulumi.prod.yaml"
    file.write_text(yaml.safe_dump({"config": {"softlayer-registry:move": dict(note)}}))
    placed = place_outputs("prod", outputs, read_placement(file))
    assert placed["endpoint"] == f"https://{address}:5000"
    assert cast(Any, placed["endpoints"])["dal05"]["modern"] == f"https://{address}:5000"
    assert cast(Any, placed["endpoints"])["ams01"] == OUTPUTS["endpoints"]["ams01"]


def test_a_move_whose_target_is_not_built_changes_no_endpoint() -> None:
    stack_placement = Placement(unused="dal05-z", used="dal05-a")
    assert place_outputs("prod", OUTPUTS, stack_placement) == OUTPUTS

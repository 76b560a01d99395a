"""While `operate move` is under way, the settings refuse what would cut the clients of either front door."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operate.record.door_move import DoorMove
from operate.stack.config.setting_keys import MOVE as KEY
from settings.check import problems_of
from settings.doors.move import MOVE, move_problems
from settings.keys.unknown_keys import unknown_key_problems
from tests.support.stack_settings import MINIMAL, SERVER

SERVERS = [SERVER | {"name": name} for name in "ab"]
UNDER_WAY = DoorMove("dal05-a", "dal05-b").settings_with_both(SERVERS)


def problems(**changes: object) -> list[str]:
    values = {**MINIMAL, "sshKeyFile": "k", "globalIp": True, "registryListen": "public", **UNDER_WAY}
    return problems_of({**values, **changes}, with_secrets=False, with_key=False)


def test_a_move_under_way_is_no_mistake() -> None:
    assert MOVE == KEY
    assert unknown_key_problems([MOVE]) == []
    assert problems() == []


@pytest.mark.parametrize(
    "servers",
    [
        [SERVERS[1] | {"frontDoor": True}],
        [SERVERS[0] | {"frontDoor": False}, SERVERS[1] | {"frontDoor": True}],
    ],
    ids=["taken out", "without its front door"],
)
def test_the_server_that_is_left_stays_until_the_move_ends(servers: object) -> None:
    (problem,) = problems(servers=servers)
    assert problem.startswith("servers: dal05-a must stay there with frontDoor true during the move from")
    assert "`bin/operate move ENV --to dal05-b` finishes the move" in problem
    assert "`bin/operate move ENV --back` undoes it" in problem


def test_the_server_to_which_the_move_goes_stays_too() -> None:
    (problem,) = problems(servers=[SERVERS[0] | {"frontDoor": True}])
    assert problem.startswith("servers: dal05-b must stay there")


@pytest.mark.parametrize("name", ["settings_after_move", "settings_before_move"])
def test_the_end_of_a_move_takes_the_note_away(name: str) -> None:
    ended = getattr(DoorMove("dal05-a", "dal05-b"), name)(UNDER_WAY["servers"])
    assert ended[MOVE] is None
    assert problems(**{key: value for key, value in ended.items() if key != MOVE}, **{MOVE: None}) == []


@given(st.none() | st.integers() | st.text() | st.dictionaries(st.text(), st.integers()))
def test_another_note_refuses_nothing(note: object) -> None:
    assert move_problems(note, ()) == []

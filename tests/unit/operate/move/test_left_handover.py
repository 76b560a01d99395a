"""What a killed move leaves at a front door is named once no move is under way."""

from dataclasses import replace

import pytest

from operate.doctor.finding import Severity
from operate.doctor.judgements.stack import judge_doors, observe_door
from operate.doors.front_doors import parse_door_status
from tests.unit.operate.recover.standby_facts import FACTS

STATUS = b'{"live": {"modern": "red"}, "fence": 7, "closing": true, "backends": {}, "workers": []}'


@pytest.mark.parametrize("is_moving", [False, True])
def test_connections_that_end_with_their_answers_are_named(is_moving: bool) -> None:
    door = FACTS.doors[0]
    status = parse_door_status("dal05", STATUS)
    facts = replace(FACTS, colours=dict.fromkeys(FACTS.colours))
    (finding,) = judge_doors("prod", [observe_door(facts, door, status, is_moving=is_moving)])
    if is_moving:
        assert finding.severity is Severity.OK
        return
    assert finding.severity is Severity.WARNING
    assert f"{door.name}: its front door ends each connection with its answer" in finding.what
    assert finding.remedy == "operate recover prod, which cuts nothing"

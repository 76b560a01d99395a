"""Rules of security groups: judged, compared, planned."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provider.errors import RefusedCallError
from provider.resources.contract import Change, Kind, State
from provider.resources.network.security_group import SecurityGroup
from provider.resources.network.security_group_attachment import parse
from provider.resources.network.security_rules import plan_rules, read_input, read_record
from provider.values import UNKNOWN, Value
from tests.support.provider.guest_inputs import URN
from tests.support.provider.provider_session import session

SSH: dict[str, Value] = {"direction": "ingress", "protocol": "tcp", "portRangeMin": 22}
WEB: dict[str, Value] = {"direction": "ingress", "protocol": "tcp", "portRangeMin": 80, "portRangeMax": 443}
ALL: dict[str, Value] = {"direction": "egress"}


def failures(*rules: Value) -> dict[str, str]:
    checked = SecurityGroup().check(session(), URN, {}, {"name": "web", "rules": list(rules)})
    return {failure.path: failure.reason for failure in checked.failures}


def changes(old: list[Any], new: Any) -> tuple[Change, ...]:  # noqa: ANN401 - a list, or unknown
    state = State({"name": "g", "rules": old}, {})
    return SecurityGroup().diff(session(), URN, state, {"name": "g", "rules": new})


@pytest.mark.parametrize(
    ("rule", "path"),
    [
        ({}, "rules[0].direction"),
        ({**SSH, "direction": "in"}, "rules[0].direction"),
        ({**SSH, "protocol": "gre"}, "rules[0].protocol"),
        ({**SSH, "portRangeMin": 70_000}, "rules[0].portRangeMin"),
        ({**SSH, "portRangeMax": "22"}, "rules[0].portRangeMax"),
        ({**SSH, "remoteIp": "nowhere"}, "rules[0].remoteIp"),
        ({**SSH, "remoteip": "10.0.0.1"}, "rules[0].remoteip"),
        ({**SSH, "remoteIp": "10.0.0.1", "remoteGroupId": 5}, "rules[0]"),
        ({**SSH, "remoteIp": "10.0.0.1", "ethertype": "IPv6"}, "rules[0]"),
        ({**WEB, "portRangeMax": 79}, "rules[0]"),
        ({"direction": "ingress", "portRangeMin": 22}, "rules[0]"),
        ({**ALL, "portRangeMax": 22, "protocol": "tcp"}, "rules[0]"),
        ({**ALL, "protocol": "icmp", "portRangeMin": 256}, "rules[0]"),
        ("tcp/22", "rules[0]"),
    ],
)
def test_wrong_rules_are_reported_by_their_place(rule: Value, path: str) -> None:
    assert list(failures(rule)) == [path]


def test_right_rules_pass_and_unknown_ones_too() -> None:
    ping: dict[str, Value] = {
        "direction": "ingress",
        "protocol": "icmp",
        "portRangeMin": 8,
        "portRangeMax": 0,
    }
    assert failures(SSH, WEB, ALL, ping, {**SSH, "remoteGroupId": UNKNOWN}, UNKNOWN) == {}


def test_the_same_rule_twice_is_reported() -> None:
    problems = failures(SSH, ALL, {**SSH, "portRangeMax": 22, "ethertype": "IPv4"})
    assert problems == {"rules": "item 2 permits the same as item 0"}


def test_order_and_spelling_are_no_change() -> None:
    near: dict[str, Value] = {**ALL, "remoteIp": "10.1.2.3/32"}
    assert changes([SSH, near], [{**ALL, "remoteIp": "10.1.2.3"}, {**SSH, "portRangeMax": 22}]) == ()


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        ([SSH, WEB], (Change("rules[1]", Kind.UPDATE, False),)),
        ([SSH, ALL, WEB], (Change("rules[2]", Kind.ADD, False),)),
        ([ALL], (Change("rules[0]", Kind.DELETE, False),)),
        ([SSH, {**ALL, "remoteGroupId": UNKNOWN}], (Change("rules[1]", Kind.UPDATE, False),)),
        (UNKNOWN, (Change("rules", Kind.UPDATE, False),)),
        (None, (Change("rules[0]", Kind.DELETE, False), Change("rules[1]", Kind.DELETE, False))),
    ],
)
def test_changes_are_reported_by_rule(new: Any, expected: tuple[Change, ...]) -> None:  # noqa: ANN401
    assert changes([SSH, ALL], new) == expected


rules: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {"direction": st.sampled_from(["ingress", "egress"]), "protocol": st.sampled_from(["tcp", "udp"])},
    optional={
        "portRangeMin": st.integers(1, 3),
        "remoteIp": st.sampled_from(["10.0.0.1", "10.0.0.1/32", "10.0.0.0/8", "fd00::1"]),
    },
)


@given(st.lists(rules, max_size=6), st.lists(rules, max_size=6, unique_by=lambda value: read_input(value)))
def test_a_plan_leads_to_what_is_desired_and_touches_nothing_else(
    present: list[dict[str, Any]], desired: list[dict[str, Any]]
) -> None:
    records = [{**read_input(value).template(), "id": at} for at, value in enumerate(present)]
    goal = [read_input(value) for value in desired]
    plan = plan_rules(records, goal)
    kept = [read_record(record) for record in records if record["id"] not in plan.remove]
    assert sorted(map(repr, (*kept, *plan.add))) == sorted(map(repr, goal))
    assert not set(plan.add) & {read_record(record) for record in records}
    assert plan_rules([{**rule.template(), "id": 1} for rule in goal], goal).add == ()


@given(rules)
def test_what_an_import_shows_is_what_a_program_writes(rule: dict[str, Any]) -> None:
    parsed = read_input(rule)
    assert read_input(parsed.as_input()) == parsed
    assert failures(parsed.as_input()) == {}


def test_an_attachment_s_id() -> None:
    assert parse("5/7/public") == {"securityGroupId": 5, "guestId": 7, "interface": "public"}
    for wrong in ("5/7", "5/7/both", "a/7/public", ""):
        with pytest.raises(RefusedCallError, match="GROUP/SERVER/public"):
            parse(wrong)

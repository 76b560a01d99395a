"""What swaps decide: pure functions, by hypothesis."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from operate.doors.counters import Counters
from operate.doors.door_status import DoorStatus
from operate.doors.front_doors import parse_door_status
from operate.error import OperateError
from operate.lock.holder import describe_holder, is_free, parse_holder
from operate.record.baseline import Baseline
from operate.record.options import Limits
from operate.record.swap_plan import (
    FORWARD,
    Direction,
    Step,
    SwapState,
    finish_step,
    next_step,
    resume,
    roll_back,
    rollback_state,
    start_step,
)
from operate.stack.facts import Colour
from operate.stack.facts_output import parse_facts
from operate.swap.checks.comparison import ReadResult, describe_difference
from operate.swap.health import Drain, Observation, ProbeFinding, evaluate, measure_baseline, update_drain
from tests.unit.operate.swap.simulated_stack import holder

numbers = st.integers(min_value=0, max_value=10**9)
counters = st.builds(
    Counters, numbers, numbers, numbers, st.integers(0, 50), st.floats(0, 1e4), st.booleans()
)


CONTENT = Counters(0, 0, 0, 0, 5.0)
UNHEALTHY = replace(CONTENT, up=False)


class Swapping(RuleBasedStateMachine):
    """A swap that is taken on, killed, taken up again, turned back: what is live follows from its state."""

    def __init__(self) -> None:
        super().__init__()
        self.state = SwapState()
        self.door = "source"
        self.gated = False

    @precondition(lambda self: next_step(self.state) is not None)
    @rule(killed=st.booleans(), acted=st.booleans())
    def take_a_step(self, killed: bool, acted: bool) -> None:
        step = next_step(self.state)
        assert step is not None
        self.state = start_step(self.state, step)
        if acted or not killed:
            if step is Step.SWITCH:
                assert self.gated, "switched without a gate"
                self.door = "target"
            if step is Step.SWITCH_BACK:
                self.door = "source"
            if step is Step.GATE:
                self.gated = True
        if not killed:
            self.state = finish_step(self.state, step)

    @rule()
    def another_process_goes_on(self) -> None:
        self.state = resume(self.state)
        if not self.state.switched:
            self.gated = False

    @rule()
    def is_turned_back(self) -> None:
        self.state = roll_back(self.state)

    @invariant()
    def what_is_done_is_true(self) -> None:
        if next_step(self.state) is None:
            assert self.door == ("target" if self.state.direction is Direction.FORWARD else "source")
        if not self.state.switched:
            assert self.door == "source"


TestSwapping = Swapping.TestCase


def test_from_every_point_a_swap_comes_to_its_end() -> None:
    state, steps = SwapState(), []
    while (step := next_step(state)) is not None:
        steps.append(step)
        state = finish_step(state, step)
    assert steps == list(FORWARD)
    assert next_step(roll_back(SwapState(started=frozenset({Step.BUILD})))) is None
    assert next_step(rollback_state()) is Step.SWITCH_BACK


@given(st.lists(counters, min_size=2, max_size=8), st.floats(0, 1), st.floats(0, 1000))
def test_a_colour_that_fails_nothing_and_is_not_slower_is_well(
    samples: list[Counters], rate: float, ms: float
) -> None:
    observations = [
        Observation(
            Counters(sample.requests, 0, 0, 0, sample.response_ms, up=True),
            ProbeFinding(ms=min(sample.response_ms, ms)),
        )
        for sample in samples
    ]
    assert evaluate(observations, Baseline(rate, ms), Limits()) == ""


@given(st.integers(10, 10**6), st.integers(0, 10**6))
def test_a_counter_that_goes_back_is_a_new_process(before: int, now: int) -> None:
    observations = [Observation(Counters(before, 0, 0, 0, 1.0)), Observation(Counters(now, now, 0, 0, 1.0))]
    reason = evaluate(observations, Baseline(0.0, 1.0), Limits())
    assert bool(reason) == (now >= 3)


def test_a_few_failures_are_nothing_yet_and_many_are() -> None:
    start = Observation(Counters(0, 0, 0, 0, 1.0))
    assert evaluate([start, Observation(Counters(2, 2, 0, 0, 1.0))], Baseline(0, 1), Limits()) == ""
    reason = evaluate([start, Observation(Counters(100, 5, 0, 0, 1.0))], Baseline(0, 1), Limits())
    assert reason == "5 of 100 requests failed, 1.0% are allowed"
    assert evaluate([start, Observation(Counters(100, 5, 0, 0, 1.0))], Baseline(0.05, 1), Limits()) == ""


def test_slowness_and_complaints_need_several_looks() -> None:
    counters = Counters(9, 0, 0, 0, 900.0)
    healthy, slow = Observation(counters, ProbeFinding(ms=1.0)), Observation(counters, ProbeFinding(ms=700.0))
    assert evaluate([healthy, slow, slow], Baseline(0, 200.0), Limits()) == ""
    assert evaluate([slow, slow, slow], Baseline(0, 200.0), Limits()) == "", "just what is allowed"
    reason = evaluate([healthy, slow, slow, slow], Baseline(0, 1.0), Limits())
    assert reason == "a few small reads take 700 ms, 103 ms are allowed"
    bad = Observation(counters, ProbeFinding("no answer"))
    assert evaluate([healthy, bad, bad, healthy], Baseline(0, 1), Limits()) == ""
    assert evaluate([healthy, bad, bad, bad], Baseline(0, 1), Limits()) == "no answer"


def test_other_bytes_are_enough_once() -> None:
    healthy = Observation(Counters(9, 0, 0, 0, 1.0))
    corrupt = Observation(healthy.counters, ProbeFinding("other bytes", certain=True))
    assert evaluate([healthy, corrupt], Baseline(0, 1), Limits()) == "other bytes"


def test_a_mean_that_a_release_before_has_left_makes_nobody_slow() -> None:
    """HAProxy's means go over 512 requests, and an upload's runs for as long as its client sends."""
    stale = Observation(Counters(1, 0, 0, 0, 60_000.0), ProbeFinding(ms=5.0))
    assert evaluate([stale, stale, stale], Baseline(0, 5.0), Limits()) == ""


def test_failures_of_releases_before_are_no_measure() -> None:
    earlier, now = Counters(1000, 500, 0, 0, 1.0), Counters(1200, 500, 0, 0, 1.0)
    assert measure_baseline(earlier, now, [9.0, 2.0, 3.0]) == Baseline(0.0, 3.0)
    assert measure_baseline(earlier, Counters(1200, 502, 0, 0, 1.0), [2.0]) == Baseline(0.01, 2.0)
    assert measure_baseline(earlier, Counters(1003, 501, 0, 0, 1.0), [2.0]).error_rate == 0.0, (
        "three say nothing"
    )
    assert measure_baseline(None, now, []) == Baseline(0.0, 0.0)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5)), min_size=1, max_size=30), st.integers(1, 10))
def test_a_drain_ends_only_when_nothing_moves(moves: list[tuple[int, int]], idle: int) -> None:
    at, moved, last = 0.0, 0, 0.0
    going = Drain(0.0, 0)
    for sessions, bytes_added in moves:
        at += 1
        moved += bytes_added
        going, done = update_drain(going, Counters(0, 0, moved, sessions, 0.0), at, idle)
        if sessions and bytes_added:
            last = at
        if done:
            assert sessions == 0 or at - last >= idle
            break


DIGEST = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("path", "idle", "live", "bad"),
    [
        ("/v2/a/blobs/" + DIGEST, ReadResult(200, DIGEST, 5, 5), ReadResult(200, DIGEST, 5, 5), False),
        ("/v2/a/blobs/" + DIGEST, ReadResult(307, "", 0, 0), ReadResult(200, DIGEST, 5, 5), False),
        ("/v2/a/blobs/" + DIGEST, ReadResult(200, "sha256:b", 5, 5), ReadResult(200, DIGEST, 5, 5), True),
        ("/v2/a/blobs/" + DIGEST, ReadResult(200, DIGEST, 4, 5), ReadResult(200, DIGEST, 5, 5), True),
        ("/v2/a/manifests/1", ReadResult(404, "", 0, 0), ReadResult(200, "x", 5, 5), True),
        ("/v2/a/manifests/1", ReadResult(500, "", 0, 0), ReadResult(200, "x", 5, 5), True),
        ("/v2/a/manifests/1", ReadResult(200, "y", 5, 5), ReadResult(200, "x", 5, 5), True),
        ("/v2/a/manifests/1", ReadResult(404, "y", 5, 5), ReadResult(404, "x", 5, 5), False),
    ],
)
def test_a_difference_is_what_a_client_would_suffer_from(
    path: str, idle: ReadResult, live: ReadResult, bad: bool
) -> None:
    assert bool(describe_difference("GET", path, idle, live)) is bad


@given(st.floats(0, 1000), st.booleans(), st.booleans())
def test_a_lock_is_free_when_it_ran_out_or_its_process_is_dead(age: float, same: bool, alive: bool) -> None:
    lock_holder = holder(1)
    me = lock_holder if same else holder(2)
    assert is_free(lock_holder, age, me, alive=alive) is (age > 60 or (same and not alive))
    assert is_free(lock_holder.as_released(), age, me, alive=alive)
    described = describe_holder(lock_holder, age, runs_here=alive)
    assert "op1@host" in described
    assert ("runs on this machine: wait for its end" in described) is alive
    assert ("if that process is dead, try again in" in described) is not alive
    assert parse_holder(lock_holder.to_json()) == lock_holder


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b'{"nonce": 1}', b"\xff"])
def test_a_lock_that_cannot_be_read_is_held_for_the_usual_time(content: bytes) -> None:
    unknown, me = parse_holder(content), holder(1)
    assert not is_free(unknown, 59, me, alive=False)
    assert is_free(unknown, 61, me, alive=True)
    assert "locked by an unknown version of operate" in describe_holder(unknown, 1, runs_here=False)


OUTPUTS = {
    "registry": {"endpoint": "https://r:5000", "user": "docker", "password": "p", "authority": "PEM"},
    "ssh": {"user": "root"},
    "storage": "f",
    "storageOrigins": ["http://127.0.0.1:509"],
    "recordKey": "ab" * 32,
    "doors": [
        {
            "datacenter": "dal05",
            "server": "a",
            "address": "192.0.2.1",
            "hostKey": "k",
            "endpoint": "r:5000",
            "generations": ["modern", "legacy"],
        }
    ],
    "colours": {
        "red": {
            "release": "1",
            "ports": {"modern": 15000.0},
            "containers": {"dal05": {"modern": "registry-1"}},
            "hosts": {"dal05": {"address": "192.0.2.9", "hostKey": "k9"}},
        },
        "black": None,
    },
}


def test_a_stacks_output_is_read_and_its_secrets_are_not_shown() -> None:
    facts = parse_facts("prod", OUTPUTS)
    red = facts.colours[Colour.RED]
    assert red is not None
    assert (red.ports, red.containers, red.storage) == ({"modern": 15000}, frozenset({"registry-1"}), "f")
    assert facts.host(facts.doors[0], Colour.RED).address == "192.0.2.9"
    assert facts.host(facts.doors[0], Colour.BLACK).address == "192.0.2.1"
    assert facts.ssh_user == "root"
    assert facts.generations == ("modern", "legacy")
    assert "'p'" not in repr(facts)


@pytest.mark.parametrize("without", list(OUTPUTS))
def test_an_output_that_tells_too_little_names_what_is_missing(without: str) -> None:
    outputs = {key: value for key, value in OUTPUTS.items() if key != without}
    with pytest.raises(OperateError, match=f"environment prod: .* has no '{without}'"):
        parse_facts("prod", outputs)
    with pytest.raises(OperateError):
        parse_facts("prod", None)


def test_a_doors_state_is_read_from_what_its_script_prints() -> None:
    printed = (
        b'{"live": {"modern": "red"}, "fence": 7, "backends": {"front-modern-red": {"status": "UP",'
        b' "sessions": 2, "requests": 10, "bytesIn": 3, "bytesOut": 4, "responses": {"2xx": 8, "5xx": 2},'
        b' "connectErrors": 1,'
        b' "responseErrors": 0, "serverAborts": 1, "responseMs": 12}}, "workers": []}'
    )
    door_status = parse_door_status("dal05", printed)
    assert (door_status.live, door_status.fence) == ({"modern": Colour.RED}, 7)
    assert door_status.backends["modern", "red"] == Counters(10, 3, 7, 2, 12.0, up=True)
    with pytest.raises(OperateError, match="its front door's state cannot be read"):
        parse_door_status("dal05", b"{}")


@pytest.mark.parametrize(
    ("backends", "fault"),
    [
        ({("modern", "red"): CONTENT}, ""),
        (
            {("modern", "red"): replace(CONTENT, up=False)},
            "the front door of dal05 finds modern red unhealthy",
        ),
        ({("legacy", "red"): CONTENT}, "the front door of dal05 has no modern registry of red"),
    ],
)
def test_a_door_tells_why_it_would_refuse_a_colour(
    backends: dict[tuple[str, str], Counters], fault: str
) -> None:
    status = DoorStatus("dal05", {"modern": Colour.BLACK}, 1, backends)
    assert status.fault_of(Colour.RED) == fault

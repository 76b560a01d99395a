"""Nothing in the storage chooses what is built: forged, old, renamed, cut and exchanged records."""

import itertools
import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from operate.doors.door_status import FencedError
from operate.error import OperateError
from operate.history.history import CURRENT
from operate.history.replay import check_records
from operate.record.record import Record
from operate.stack.facts import Colour
from operate.status.status import status
from operate.store.object_store import Stored
from operate.store.signed_store import SignedStore
from operate.swap.operations import Operations
from operate.swap.start import OperationRequest
from tests.support.campaign import examples
from tests.support.killed_process import KilledError
from tests.unit.operate.swap.simulated_stack import (
    SimulatedRelease,
    SimulatedStore,
    Simulation,
    holder,
)
from tests.unit.operate.swap.simulated_swaps import QUICK, check_agreement, free_the_lock, live

KEY = "5a" * 32
EVIL = {"baseImage": "evil"}
Objects = dict[str, tuple[bytes, float]]


class BuildLog(Simulation):
    """A simulation that notes which releases and settings were built."""

    def __init__(self) -> None:
        super().__init__()
        self.builds: list[tuple[str, dict[str, str]]] = []

    def store(self) -> SignedStore:
        return SignedStore(SimulatedStore(self), KEY)

    def signed_operator(self, number: int = 1) -> Operations:
        operations = self.operator(number)
        stack = operations._dependencies.stack
        build = stack.build

        def logged_build(desired: object) -> str:
            self.builds.append((desired.release, dict(desired.settings)))  # type: ignore[attr-defined]
            return build(desired)  # type: ignore[arg-type]

        stack.build = logged_build  # type: ignore[method-assign]
        return Operations(operations._dependencies, SignedStore(SimulatedStore(self), KEY), holder(number))

    def swap(self, release: str, operator: int = 1, who: str = "op@host", **values: str) -> Record | str:
        order = OperationRequest(who, "now", "a test", release, values, QUICK)
        return self.signed_operator(operator).swap(order, self.facts())

    def rollback(self, operator: int = 50, colour: Colour | None = None) -> Record | str:
        order = OperationRequest("op@host", "now", "a test", options=QUICK, colour=colour)
        return self.signed_operator(operator).rollback(order, self.facts())

    def killed_in(self, step: str, release: str, operator: int, **values: str) -> None:
        """Begin a swap and be killed once a line begins so."""
        self.kill_once_reported(step)
        with pytest.raises(KilledError):
            self.swap(release, operator, **values)
        free_the_lock(self)

    def keep(self) -> Objects:
        return dict(self.objects)


@pytest.fixture
def simulation() -> BuildLog:
    """A stack whose first swap was to a bad image, with a setting of its own, and was refused."""
    simulation = BuildLog()
    simulation.releases["evil"] = SimulatedRelease(gate="it is not well")
    record = simulation.swap("evil", 1, baseImage="evil")
    assert isinstance(record, Record)
    assert record.result == "refused"
    return simulation


def unfinished(simulation: BuildLog) -> bytes:
    """The bytes of a swap under way that was rolled back then; whoever writes the store has kept them."""
    simulation.killed_in("gate", "bad", 2, baseImage="evil")
    kept = simulation.objects[CURRENT][0]
    assert isinstance(simulation.rollback(3), Record)
    assert CURRENT not in simulation.objects
    return kept


def test_an_old_swap_brought_back_is_ignored_and_shown(simulation: BuildLog) -> None:
    kept = unfinished(simulation)
    simulation.builds.clear()
    simulation.objects[CURRENT] = kept, simulation.clock.seconds
    stack_status = status(
        "prod", simulation.signed_operator(4).observe(simulation.facts()), simulation.store()
    )
    assert any("somebody brought an old record back" in text for text in stack_status.warnings)
    assert stack_status.as_json()["swap"] is None
    record = simulation.swap("2", 5)
    assert isinstance(record, Record)
    assert record.result == "live"
    assert simulation.builds == [("2", {})]
    assert CURRENT not in simulation.objects
    assert any("changed-records.md" in line for line in simulation.reported)


def test_an_old_swap_brought_back_with_the_same_release_starts_from_the_command_alone(
    simulation: BuildLog,
) -> None:
    simulation.objects[CURRENT] = unfinished(simulation), simulation.clock.seconds
    simulation.builds.clear()
    record = simulation.swap("bad", 5)
    assert isinstance(record, Record)
    assert (dict(record.settings), simulation.builds) == ({}, [("bad", {})])


def test_an_old_swap_brought_back_after_its_end_was_taken_away_is_ignored(simulation: BuildLog) -> None:
    """The history tells nothing either: only the doors do."""
    before = max(door.fence for door in simulation.doors)
    simulation.objects[CURRENT] = unfinished(simulation), simulation.clock.seconds
    for name in [name for name in simulation.objects if name.startswith("operate/history/")]:
        del simulation.objects[name]
    for name in [name for name in simulation.objects if name.startswith("operate/lock/")]:
        del simulation.objects[name]
    simulation.builds.clear()
    record = simulation.swap("bad", 5)
    assert isinstance(record, Record)
    assert simulation.builds == [("bad", {})]
    assert record.token > before


def test_an_old_record_is_ignored_where_the_only_door_is_new(simulation: BuildLog) -> None:
    """The stack file remembers the last swap that ended well."""
    kept = unfinished(simulation)
    assert isinstance(simulation.swap("2", 5), Record)
    for door in simulation.doors:
        door.fence = 0
    simulation.objects = {CURRENT: (kept, simulation.clock.seconds)}
    simulation.builds.clear()
    assert isinstance(simulation.swap("bad", 6), Record)
    assert simulation.builds == [("bad", {})]


def test_records_that_were_taken_away_are_missed(simulation: BuildLog) -> None:
    assert isinstance(simulation.swap("2", 2), Record)
    del simulation.objects["operate/history/000002.json"]
    observed = simulation.signed_operator(3).observe(simulation.facts())
    assert "the history ends with lock 1" in observed.missing
    with pytest.raises(OperateError, match=r"records are missing.*`operate rollback ENV --colour red` makes"):
        simulation.rollback(4)
    assert live(simulation) == {Colour.BLACK}
    record = simulation.rollback(5, Colour.RED)
    assert isinstance(record, Record)
    assert record.result == "rolled back"
    # The way out leads back to records that are whole.
    assert simulation.signed_operator(6).observe(simulation.facts()).notices == ()
    check_agreement(simulation)


def test_a_swap_under_way_that_was_taken_away_is_missed(simulation: BuildLog) -> None:
    simulation.killed_in("switch", "2", 2)
    del simulation.objects[CURRENT]
    assert "records are missing" in simulation.signed_operator(3).observe(simulation.facts()).missing


def test_an_operator_who_was_overtaken_cannot_switch_though_its_lock_is_brought_back(
    simulation: BuildLog,
) -> None:
    """Who writes the store can show each operator a lock of its own; the doors know better."""
    lock = "operate/lock/000000000003"

    def overtake() -> None:
        mine = simulation.objects[lock]
        simulation.clock.sleep(61)
        assert isinstance(simulation.rollback(9), Record)
        for name in [name for name in simulation.objects if name > lock and name.startswith("operate/lock/")]:
            del simulation.objects[name]
        simulation.objects[lock] = mine[0], simulation.clock.seconds

    simulation.passed.clear()
    simulation.stop_at = 40
    simulation.meanwhile = overtake
    with pytest.raises(OperateError) as raised:
        simulation.swap("2", 8)
    assert isinstance(raised.value, FencedError) or "lost" in str(raised.value)
    assert live(simulation) == {Colour.RED}


def test_settings_of_another_operator_are_confirmed_word_by_word(simulation: BuildLog) -> None:
    simulation.killed_in("build", "2", 2, baseImage="registry:2.8.2", s3Bucket="a b")
    simulation.builds.clear()
    with pytest.raises(OperateError) as raised:
        simulation.swap("2", 3, "other@host")
    assert (
        "operate swap ENV --to 2 --set baseImage=registry:2.8.2 --set 's3Bucket=a b'` confirms them"
        in str(raised.value)
    )
    with pytest.raises(OperateError, match="must be those that it was started with"):
        simulation.swap("2", 4, "other@host", baseImage="evil")
    assert simulation.builds == []
    record = simulation.swap("2", 5, "other@host", baseImage="registry:2.8.2", s3Bucket="a b")
    assert isinstance(record, Record)
    assert record.result == "live"


def test_the_operator_who_began_goes_on_without_repeating_itself(simulation: BuildLog) -> None:
    simulation.killed_in("build", "2", 2, baseImage="registry:2.8.2")
    record = simulation.swap("2", 3)
    assert isinstance(record, Record)
    assert dict(record.settings) == {"baseImage": "registry:2.8.2"}


def _forge(objects: Objects, name: str, other_name: str, position: int) -> None:
    try:
        fields = json.loads(objects[name][0].partition(b"\n")[2])
    except ValueError:  # a page, or what another deed has left
        fields = {}
    objects[name] = json.dumps({**fields, "settings": EVIL}).encode(), 0.0


def _forge_below_signature(objects: Objects, name: str, other_name: str, position: int) -> None:
    signature, _, content = objects[name][0].partition(b"\n")
    objects[name] = signature + b"\n" + content.replace(b"{", b'{"settings": {"baseImage": "evil"}, ', 1), 0.0


def _rename(objects: Objects, name: str, other_name: str, position: int) -> None:
    objects[CURRENT] = objects[name][0], 0.0


def _exchange(objects: Objects, name: str, other_name: str, position: int) -> None:
    objects[name], objects[other_name] = objects[other_name], objects[name]


def _truncate(objects: Objects, name: str, other_name: str, position: int) -> None:
    objects[name] = objects[name][0][: position % (len(objects[name][0]) + 1)], 0.0


def _remove(objects: Objects, name: str, other_name: str, position: int) -> None:
    objects.pop(name)


DEEDS = (_forge, _forge_below_signature, _rename, _exchange, _truncate, _remove)


def _attacked() -> tuple[BuildLog, Objects]:
    """A stack after a swap that was refused, one that was undone, and one that is live."""
    simulation = BuildLog()
    simulation.releases["evil"] = SimulatedRelease(gate="it is not well")
    simulation.swap("evil", 1, baseImage="evil")
    ever: Objects = {}
    kept = unfinished(simulation)
    ever[CURRENT] = kept, 0.0
    simulation.swap("2", 5)
    return simulation, ever


@settings(max_examples=examples(full=300, sample=20))
@given(st.data())
def test_whatever_is_done_to_the_records_a_swap_builds_what_its_command_names(data: st.DataObject) -> None:
    simulation, ever = _attacked()
    for _ in range(data.draw(st.integers(1, 4))):
        if data.draw(st.booleans()):
            simulation.objects[CURRENT] = ever[CURRENT]
        names = sorted(simulation.objects)
        name, other_name = data.draw(st.sampled_from(names)), data.draw(st.sampled_from(names))
        deed: Callable[[Objects, str, str, int], None] = data.draw(st.sampled_from(DEEDS))
        deed(simulation.objects, name, other_name, data.draw(st.integers(0, 10_000)))
        if not simulation.objects:
            break
    simulation.objects = {name: (content, -100.0) for name, (content, _) in simulation.objects.items()}
    simulation.builds.clear()
    before = live(simulation)
    try:
        simulation.swap("3", 7)
    except OperateError:
        assert simulation.builds == []
        assert live(simulation) == before
        return
    assert simulation.builds == [("3", {})]
    check_agreement(simulation)


@pytest.mark.parametrize(
    "name",
    [
        "operate/history/evil.json",
        "operate/history/99999999999999999999999.json",
        "operate/history/\u0663\u0663\u0663\u0663\u0663\u0663.json",
        "operate/history/000009",
        "operate/history/../000009.json",
        "operate/history/<script>.html",
    ],
)
def test_a_bad_name_is_skipped_and_shown_as_such(simulation: BuildLog, name: str) -> None:
    assert isinstance(simulation.swap("2", 2), Record)
    simulation.objects[name] = b"{}", 0.0
    observed = simulation.signed_operator(3).observe(simulation.facts())
    assert observed.last is not None
    assert (observed.last.release, observed.next_id) == ("2", "000003")
    assert [record.reason for record in observed.skipped] == [
        "no operator uses such a name; somebody else wrote it"
    ]
    assert isinstance(simulation.rollback(4), Record)


def test_however_many_foreign_entries_there_are_nobody_is_blocked(simulation: BuildLog) -> None:
    """More than 20 ended `status`, `swap` and `rollback` until they were deleted by hand."""
    assert isinstance(simulation.swap("2", 2), Record)
    for number in (*range(3, 60), *range(100_000, 100_500)):
        simulation.objects[f"operate/history/{number:06d}.json"] = b"{}", 0.0
    observed = simulation.signed_operator(3).observe(simulation.facts())
    assert observed.last is not None
    assert (observed.last.release, observed.next_id) == ("2", "000003")
    assert observed.skipped[0].id == "100499"
    assert observed.skipped[-1].description.startswith(
        "record 537 others: not read one by one: so many stand"
    )
    assert isinstance(simulation.rollback(4), Record)
    assert isinstance(simulation.swap("3", 5), Record)
    check_agreement(simulation)


def test_so_many_foreign_locks_that_the_last_one_is_hidden_are_an_error(simulation: BuildLog) -> None:
    for number in range(1000, 1200):
        simulation.objects[f"operate/lock/{number:012d}"] = b"{}", 0.0
    with pytest.raises(OperateError, match=r"not signed with this stack's key.*changed-records\.md"):
        simulation.swap("2", 2)


@given(st.integers(0, 20), st.integers(0, 20), st.integers(0, 20))
def test_a_record_counts_where_nothing_later_is_remembered(token: int, last: int, fence: int) -> None:
    from operate.history.history import LatestEntries

    record = Record("000002", "swap", "op", "", "now", Colour.RED, Colour.BLACK, "1", "2", token=token)
    ended = replace(record, id="000001", token=last)
    checked = check_records(record, LatestEntries(1, last, ended), fence)
    assert (checked.current is record) is (token == 0 or token >= max(last, fence))
    assert checked.has_stale is (checked.current is None)


def test_a_build_reads_no_store() -> None:
    """A genuine record is as old as its signature: the same bytes count once and not again."""
    simulation, ever = _attacked()
    for name, objects in itertools.product([CURRENT], [ever]):
        assert SignedStore(_Fixed(objects[name][0]), KEY).get(name) == Stored(
            objects[name][0].partition(b"\n")[2], 0.0
        )
        simulation.objects[name] = objects[name]
        assert simulation.signed_operator(8).observe(simulation.facts()).current is None


class _Fixed(SimulatedStore):
    def __init__(self, content: bytes) -> None:
        self._content = content

    def get(self, name: str) -> Stored | None:
        return Stored(self._content, 0.0)

"""How the storage answers the front doors and this machine, and what doctor says of one that is slow."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from operate.doctor.examination import examine
from operate.doctor.finding import Area, Check, Severity
from operate.doctor.judgements.missing import MissingObservation
from operate.doctor.judgements.stack import DoorObservation, RecordsObservation
from operate.doctor.judgements.storage import StorageObservation, StorageObservations, judge_storage
from operate.doctor.probes import missing as missing_probe
from operate.doctor.probes import stack as stack_probe
from operate.doctor.probes.stack import StackProbes
from operate.doctor.probes.storage import observe_storage
from operate.doctor.shared import Shared
from operate.doors.door_status import DoorStatus
from operate.stack.facts import Colour, DoorFacts, Facts, SwiftFacts
from operate.store.bounded_store import SlowStoreError
from tests.unit.operate.doctor.findings import worst
from tests.unit.operate.doctor.served_registry import RegistryBehaviour, serve_registry
from tests.unit.operate.doctor.stacks import stack_facts

FAST = StorageObservation("dal05-a", 200, (10.0, 20.0))
LATE = StorageObservation("dal05-a", 0, reason="no answer within 10 s", is_late=True)
SWIFT = SwiftFacts("https://dal05.example.com/auth/v1.0", "account:user", "key", "docker")


class _ThisMachine:
    """A way to a server whose ports are this machine's own."""

    @contextmanager
    def forward(self, server: DoorFacts, port: int, address: str = "") -> Iterator[int]:
        yield port


def observe(endpoint: str, seconds: float = 10.0) -> StorageObservation:
    facts = stack_facts(endpoint)
    return observe_storage(facts, _ThisMachine(), facts.doors[0], seconds)


@pytest.mark.parametrize(
    ("listing", "severity", "what"),
    [(200, Severity.OK, "the storage answers a listing in"), (500, Severity.ERROR, "is answered with 500")],
)
def test_storage_through_a_front_door(listing: int, severity: Severity, what: str, tmp_path: Path) -> None:
    with serve_registry(tmp_path, RegistryBehaviour(listing=listing)) as endpoint:
        finding = worst(judge_storage("prod", StorageObservations((observe(endpoint),))))
    assert finding.severity is severity
    assert what in finding.what


def test_storage_that_is_slow_or_away() -> None:
    away = worst(judge_storage("prod", StorageObservations((observe("https://127.0.0.1:9"),))))
    assert away.severity is Severity.ERROR
    assert "does not answer" in away.what
    slow = worst(judge_storage("prod", StorageObservations((replace(FAST, milliseconds=(1500.0, 2000.0)),))))
    assert (slow.severity, "When it answers slowly" in slow.remedy) == (Severity.WARNING, True)
    assert judge_storage("prod", StorageObservations())[0].severity is Severity.NOTE


def test_listings_of_a_storage_that_hangs_share_one_limit(tmp_path: Path) -> None:
    with serve_registry(tmp_path, RegistryBehaviour(listing_seconds=2.0)) as endpoint:
        started_at = time.monotonic()
        observed = observe(endpoint, 0.5)
        assert time.monotonic() - started_at < 2
        assert (observed.is_late, observed.reason) == (True, "no answer within 0.5 s")
        # What has answered in time is a measurement, although the next listing was cut off.
        observed = observe(endpoint, 3.0)
    assert (observed.status, observed.is_late) == (200, False)
    assert observed.milliseconds[0] >= 2000


@pytest.mark.parametrize(
    ("observed", "what"),
    [
        (
            StorageObservations((LATE, replace(LATE, door="ams01-b")), is_slow_here=True),
            "answers dal05-a, ams01-b, this machine too slowly: it gives no answer within 10 s; pulls and",
        ),
        (StorageObservations((LATE,)), "the storage answers dal05-a too slowly"),
        (StorageObservations((FAST,), is_slow_here=True), "swaps wait or fail"),
        (StorageObservations(is_slow_here=True), "answers this machine too slowly"),
    ],
)
def test_a_late_storage_is_one_fault_whoever_asks(observed: StorageObservations, what: str) -> None:
    (finding,) = [
        finding for finding in judge_storage("prod", observed) if finding.severity is not Severity.OK
    ]
    assert (finding.severity, what in finding.what) == (Severity.ERROR, True)
    for place in ("the provider's status page", "`operate status prod`", "another endpoint"):
        assert place in finding.remedy


HANGING = replace(LATE, server="dal05-a", container="registry-13")


@pytest.mark.parametrize(
    "observed",
    [
        StorageObservations((HANGING,), milliseconds_here=40.0),
        StorageObservations((HANGING, replace(FAST, door="ams01-b"))),
    ],
)
def test_a_registry_that_hangs_is_named_where_the_storage_answers(observed: StorageObservations) -> None:
    (finding,) = [
        finding for finding in judge_storage("prod", observed) if finding.severity is not Severity.OK
    ]
    assert finding.severity is Severity.ERROR
    assert "dal05-a: container registry-13 gives no answer within 10 s" in finding.what
    restart = "operate ssh prod dal05-a docker restart registry-13; docs/runbooks/rollback.md"
    assert finding.remedy == restart


@pytest.mark.parametrize("milliseconds", [None, 4000.0])
def test_the_storage_is_named_where_it_is_slow_or_nobody_knows(milliseconds: float | None) -> None:
    observed = StorageObservations((HANGING,), milliseconds_here=milliseconds)
    (finding,) = judge_storage("prod", observed)
    assert "the storage answers dal05-a too slowly" in finding.what


def test_a_late_answer_names_the_live_container_of_its_front_door(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serve_registry(tmp_path, RegistryBehaviour(listing_seconds=2.0)) as endpoint:
        probes = probes_of(replace(stack_facts(endpoint), swift=SWIFT))
        probes.records = Shared(lambda: RecordsObservation("", milliseconds=20.0))
        status = DoorStatus("dal05-a", {"modern": Colour.RED}, 1, {})
        probes.doors = Shared(lambda: [DoorObservation("dal05-a", status)])
        colours = {"red": {"containers": {"dal05": {"modern": "registry-1"}}}}
        probes.outputs = Shared(lambda: {"operate": {"colours": colours}})
        monkeypatch.setattr(stack_probe, "observe_storage", partial(observe_storage, seconds=0.5))
        (finding,) = judge_storage("prod", probes.observe_storage())
    assert "container registry-1 gives no answer" in finding.what
    assert finding.remedy.startswith("operate ssh prod dal05-a docker restart registry-1")


def probes_of(facts: Facts) -> StackProbes:
    """Those of a stack whose storage is too slow for this machine."""

    def wait() -> RecordsObservation:
        raise SlowStoreError("the object storage answers too slowly")

    probes = StackProbes("prod")
    probes.facts = Shared(lambda: facts)
    probes.records = Shared(wait)
    probes.doors = Shared(lambda: [DoorObservation("dal05-a", DoorStatus("dal05-a", {}, 1, {}))])
    probes.link = Shared(_ThisMachine)  # type: ignore[arg-type]
    return probes


def test_one_check_names_the_slow_storage_and_others_refer_to_it(tmp_path: Path) -> None:
    with serve_registry(tmp_path) as endpoint:
        probes = probes_of(replace(stack_facts(endpoint), swift=SWIFT))
        checks: list[Check[Any]] = [
            Check(Area.STACK, "in the account", probes.observe_missing, lambda _: (), remedy="a remedy"),
            Check(Area.STACK, "lock and records", probes.observe_records, lambda _: (), remedy="a remedy"),
        ]
        results = examine("prod", checks).results
        stored = probes.observe_storage()
    for result in results:
        (finding,) = result.findings
        assert (
            finding.what == "not checked since the object storage answers too slowly; see the check `storage`"
        )
        assert finding.remedy == ""
    assert (stored.is_slow_here, stored.doors[0].status) == (True, 200)


def test_a_store_on_a_server_keeps_nobody_from_asking_the_account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(missing_probe, "observe_missing", lambda *_: MissingObservation(("dal05-b",)))
    probes = probes_of(stack_facts("https://registry:5000"))
    probes.outputs = Shared(lambda: {"servers": {}})
    assert probes.observe_missing().servers == ("dal05-b",)

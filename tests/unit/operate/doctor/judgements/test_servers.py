"""What a stack's servers have to run."""

from dataclasses import replace

from operate.doctor.finding import Severity
from operate.doctor.judgements.servers import (
    ContainerReport,
    ServerReport,
    ServersObservation,
    find_unfinished_build,
    judge_containers,
)
from operate.doctor.probes.stack import (
    containers_by_server,
    images_by_server,
)
from operate.record.swap_plan import Step, SwapState
from operate.stack.facts import Colour, ColourFacts, TakeoverFacts
from tests.unit.operate.doctor.stacks import IMAGE, OTHER_IMAGE, stack_facts
from tests.unit.operate.rotate.simulated_rotations import swap_record


def test_containers_and_images_are_those_of_the_outputs() -> None:
    facts = stack_facts("https://registry:5000")
    colours = {"red": {"containers": {"dal05": {"modern": "registry-1"}}}, "black": None}
    digests = {"dal05-a": {"modern": {"1": IMAGE, "2": OTHER_IMAGE}}}
    outputs = {"operate": {"colours": colours}, "imageDigests": digests}
    targets = containers_by_server(facts, outputs)
    assert {name: names for name, (_, names) in targets.items()} == {"dal05-a": ("registry-1",)}
    assert images_by_server(outputs) == {"dal05-a": frozenset({IMAGE, OTHER_IMAGE})}


def test_a_standby_that_took_over_runs_containers_of_its_own() -> None:
    facts = stack_facts("https://registry:5000")
    (door,) = facts.doors
    facts = replace(facts, takeovers=(TakeoverFacts(replace(door, server="lost"), door),))
    outputs = {"operate": {"colours": {"red": {"containers": {"dal05": {"modern": "registry-1"}}}}}}
    assert containers_by_server(facts, outputs) == {"dal05-a": (door, ())}


def test_what_an_unfinished_swap_replaces_is_no_fault_of_its_own() -> None:
    """`operate recover` was named, in the middle of a swap that had only to be resumed."""
    black = ColourFacts("2", {"modern": 15010}, frozenset({"registry-2"}), {}, "f")
    facts = stack_facts("https://registry:5000")
    facts = replace(facts, colours={**facts.colours, Colour.BLACK: black})
    building = swap_record("3", "1", "red", SwapState(started=frozenset({Step.PREVIEW, Step.BUILD})))
    missing = ContainerReport("missing", "none", 0, "", log_blocked=False)
    report = ServerReport("dal05-a", "20.10", containers={"registry-1": missing, "registry-2": missing})
    observed = ServersObservation((report,), {}, find_unfinished_build(facts, building))
    live, idle = judge_containers("prod", observed)
    assert (live.severity, live.remedy) == (Severity.ERROR, "operate recover prod")
    assert (idle.severity, idle.remedy) == (Severity.WARNING, "operate swap prod --to 3")
    assert "since the swap to release 3 (black), which is not finished, replaces it" in idle.what
    assert find_unfinished_build(facts, None) is None
    assert find_unfinished_build(facts, swap_record("3", "1", "red")) is None, "it has not built yet"
    assert find_unfinished_build(facts, replace(building, release="2")) is None, "it has built"

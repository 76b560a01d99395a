"""What a stack's servers have to run."""

from dataclasses import replace

from operate.doctor.probes.stack import (
    containers_by_server,
    images_by_server,
)
from operate.stack.facts import TakeoverFacts
from tests.unit.operate.doctor.stacks import IMAGE, OTHER_IMAGE, stack_facts


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

"""An adoption: what each resource takes over, what is refused, and that the operator is asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest
from pulumi.automation import events

from operate.adopt.adoption import Candidate, adopt, plan_adoption
from operate.adopt.planned_resources import PlannedResource, PlannedResources
from operate.error import OperateError, RefusedError

GUEST = PlannedResource("VirtualGuest", "dal05-a")
SECOND = PlannedResource("VirtualGuest", "dal05-b")
STORE = PlannedResource("ObjectStorageAccount", "store-account", {"datacenter": "dal05"})
CONTAINER = PlannedResource("ObjectStorageContainer", "store-container-docker", {"name": "docker"})
RESOURCES = (GUEST, SECOND, STORE, CONTAINER)
CANDIDATES = {
    "dal05-a": (Candidate("1", "dal05-a-abcdefgh.example.com (192.0.2.1)", "SHA256:abc"),),
    "dal05-b": (),
    "store-account": (Candidate("7", "SLOS1-1"),),
}


@dataclass
class Stack:
    """A stack without a state; remembers what it takes over."""

    resources: Sequence[PlannedResource] = RESOURCES
    adopted: list[Mapping[str, Candidate]] = field(default_factory=list)
    unfinished: bool = False

    def is_unfinished(self) -> bool:
        return self.unfinished

    def planned_resources(self) -> Sequence[PlannedResource]:
        return self.resources

    def has_new_root(self) -> bool:
        return False

    def adopt(self, items: Mapping[str, Candidate], *, makes_root: bool) -> str:
        assert makes_root == any(resource.kind == "RandomSecret" for resource in self.resources)
        self.adopted.append(items)
        return "9 created"


@dataclass(frozen=True)
class Account:
    """An account with some candidates."""

    answers: Mapping[str, Sequence[Candidate]] = field(default_factory=lambda: CANDIDATES)

    def candidates(self, resources: Sequence[PlannedResource]) -> Mapping[str, Sequence[Candidate]]:
        return self.answers


def test_what_is_there_is_taken_over_and_what_is_not_is_named() -> None:
    stack, lines, questions = Stack(), list[str](), list[str]()

    def agree(question: str) -> bool:
        questions.append(question)
        return True

    adoption = adopt(stack, Account(), {}, lines.append, agree)
    assert stack.adopted == [{name: CANDIDATES[name][0] for name in ("dal05-a", "store-account")}]
    assert lines[0] == "dal05-a is 1, dal05-a-abcdefgh.example.com (192.0.2.1); SSH host key SHA256:abc"
    assert lines[1] == "store-account is 7, SLOS1-1"
    assert lines[2] == "VirtualGuest dal05-b is not in the account and would be ordered"
    assert questions == ["Take this over, and order VirtualGuest dal05-b?"]
    assert adoption.as_json() == {
        "adopted": {"dal05-a": "1", "store-account": "7"},
        "ordered": ["VirtualGuest dal05-b"],
        "changes": "9 created",
        "newRoot": False,
    }


def test_a_deleted_root_secret_is_reported_before_and_after() -> None:
    lines, stack = list[str](), Stack((*RESOURCES, PlannedResource("RandomSecret", "root")))
    adoption = adopt(stack, Account(), {}, lines.append, lambda _: True)
    assert adoption.new_root
    assert any("the first user's password is new unless registryPassword is set" in line for line in lines)
    assert "root" not in {**stack.adopted[0]}


def test_nothing_happens_against_the_operator() -> None:
    stack = Stack()
    with pytest.raises(RefusedError):
        adopt(stack, Account(), {}, lambda _: None, lambda _: False)
    with pytest.raises(OperateError, match="nothing to take over"):
        adopt(stack, Account({}), {}, lambda _: None, lambda _: True)
    assert stack.adopted == []


@pytest.mark.parametrize(
    ("resources", "question"),
    [((), "Complete the takeover?"), ((SECOND,), "Complete the takeover, and order VirtualGuest dal05-b?")],
)
def test_an_adoption_that_was_stopped_is_completed(
    resources: Sequence[PlannedResource], question: str
) -> None:
    """What was killed after the account's items were in the state has nothing more to take over."""
    stack, lines, questions = Stack(resources, unfinished=True), list[str](), list[str]()

    def agree(text: str) -> bool:
        questions.append(text)
        return True

    adoption = adopt(stack, Account({"dal05-b": ()}), {}, lines.append, agree)
    assert stack.adopted == [{}]
    assert questions == [question]
    assert any("resumes an adoption that did not end" in line for line in lines)
    assert adoption.changes == "9 created"
    with pytest.raises(RefusedError):
        adopt(stack, Account({"dal05-b": ()}), {}, lines.append, lambda _: False)
    assert stack.adopted == [{}]


def test_images_are_not_left_behind_in_another_account() -> None:
    with pytest.raises(OperateError, match=r"no object storage account of dal05 .* --take store-account=ID"):
        plan_adoption(RESOURCES, {**CANDIDATES, "store-account": ()}, {})


def test_of_several_the_operator_names_one() -> None:
    several = {**CANDIDATES, "dal05-b": (Candidate("2", "b-1"), Candidate("3", "b-2"))}
    with pytest.raises(
        OperateError, match=r"dal05-b could be 2 \(b-1\), 3 \(b-2\); name one: --take dal05-b=ID"
    ):
        plan_adoption(RESOURCES, several, {})
    plan = plan_adoption(RESOURCES, several, {"dal05-b": "3"})
    assert plan.adopted["dal05-b"].description == "b-2"
    # One that no search finds, such as an account whose container somebody removed.
    chosen = plan_adoption(RESOURCES, {**CANDIDATES, "store-account": ()}, {"store-account": "8"})
    assert chosen.adopted["store-account"].identifier == "8"
    with pytest.raises(OperateError, match=r"--take z must name .*: dal05-a, dal05-b, store-account"):
        plan_adoption(RESOURCES, CANDIDATES, {"z": "3"})


def test_only_created_resources_are_looked_up() -> None:
    planned = PlannedResources()
    for kind, op in (
        ("softlayer:index:VirtualGuest", "create"),
        ("softlayer:index:VirtualGuest", "same"),
        ("command:remote:Command", "create"),
    ):
        metadata = {
            "op": op, "urn": f"urn:pulumi:prod::p::{kind}::dal05-a", "type": kind, "provider": "",
            "new": {"type": kind, "urn": "", "inputs": {"datacenter": "dal05"}},
        }  # fmt: skip
        planned(
            events.EngineEvent.from_json(
                {"sequence": 1, "timestamp": 1, "resourcePreEvent": {"metadata": metadata}}
            )
        )
    (resource,) = planned.resources
    assert (resource.kind, resource.name, resource.datacenter) == ("VirtualGuest", "dal05-a", "dal05")

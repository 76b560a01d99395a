"""A note of what another operator has replaced since is closed, and any other is kept."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from harness.cloud.running_api import RunningApi, serve
from harness.provider.plugin import ACCOUNT, GLOBAL_IP, GROUP, GUEST
from harness.provider.server_inputs import DB, METAL, WEB
from provider.errors import AnotherAccountError, ProviderError
from provider.softlayer.account import ACCOUNT_ID
from provider.values import Properties
from tests.provider.orders.two_operators import Operator, Recorded

MONTHLY: Properties = {"hourly": False, "cancellation": "anniversary"}


@dataclass(frozen=True)
class Kind:
    """A kind of resource whose notes have an id.

    Attributes:
        token: its type token.
        inputs: as the program has them.
        method: by which the account is asked first for what a note is of.
    """

    token: str
    inputs: Properties
    method: str


KINDS = {
    "virtual": Kind(GUEST, WEB, "SoftLayer_Virtual_Guest::getObject"),
    "virtual, monthly": Kind(GUEST, {**WEB, **MONTHLY}, "SoftLayer_Virtual_Guest::getObject"),
    "metal": Kind(METAL, DB, "SoftLayer_Hardware_Server::getObject"),
    "metal, monthly": Kind(METAL, {**DB, **MONTHLY}, "SoftLayer_Hardware_Server::getObject"),
    "global IP": Kind(GLOBAL_IP, {}, "SoftLayer_Account::getOrders"),
    "security group": Kind(GROUP, {"name": "ssh", "rules": []}, "SoftLayer_Network_SecurityGroup::getObject"),
    "object storage": Kind(
        ACCOUNT, {"datacenter": "dal05", "forceDestroy": True}, "SoftLayer_Account::getHubNetworkStorage"
    ),
}
"""A server by the month runs on until its day after another operator has replaced it."""
NOTED_NAMES = ("global IP", "security group", "object storage")
NOTED = [KINDS[name] for name in NOTED_NAMES]
"""Kinds whose orders carry no token."""
REFUSAL = "ordered a replacement"


@dataclass(frozen=True)
class Replaced:
    """A resource that the one operator ordered, and that the other one has replaced.

    Attributes:
        api: the account.
        alice: the operator who ordered it, with an old note of that order.
        recorded: what the state holds now.
        method: by which the account is asked for it first.
    """

    api: RunningApi
    alice: Operator
    recorded: Recorded
    method: str


@pytest.fixture(scope="module", params=KINDS)
def once(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replaced]:
    kind = KINDS[request.param]
    folder = tmp_path_factory.mktemp("operators")
    with serve(folder / "cloud") as api:
        alice, bob = (Operator(api, folder / machine, kind.token, kind.inputs) for machine in ("a", "b"))
        recorded = bob.replace(alice.order())
        yield Replaced(api, alice, recorded, kind.method)


@pytest.fixture
def replaced(once: Replaced, tmp_path: Path) -> Replaced:
    """The same, with an order journal that the test may change."""
    shutil.copytree(once.alice.folder, tmp_path / "a")
    alice = replace(once.alice, folder=tmp_path / "a")
    alice.age_notes()
    return replace(once, alice=alice)


def test_the_note_of_what_another_operator_has_replaced_is_closed(replaced: Replaced) -> None:
    assert replaced.alice.preview(replaced.recorded) == ()
    assert replaced.alice.notes() == []


def test_a_young_note_is_an_error_and_the_account_is_not_asked(replaced: Replaced) -> None:
    (note,) = replaced.alice.notes()
    note.write_text(note.read_text())
    before = replaced.api.calls()
    with pytest.raises(ProviderError, match=REFUSAL):
        replaced.alice.preview(replaced.recorded)
    assert replaced.api.calls() == before
    assert replaced.alice.notes() == [note]


def test_an_account_that_does_not_answer_closes_nothing(replaced: Replaced) -> None:
    (note,) = replaced.alice.notes()
    replaced.api.plan_fault(replaced.method, "error_500_before", times=2)
    with pytest.raises(ProviderError, match=rf"could not be asked .*HTTP 500.*{note}.*Run the same command"):
        replaced.alice.preview(replaced.recorded)
    assert replaced.alice.notes() == [note]
    replaced.api.clear_faults()
    assert replaced.alice.preview(replaced.recorded) == ()


def test_the_credentials_of_another_account_close_nothing(replaced: Replaced) -> None:
    notes, recorded = replaced.alice.notes(), replaced.recorded
    elsewhere = replace(recorded, outputs={**recorded.outputs, ACCOUNT_ID: 777})
    with pytest.raises(AnotherAccountError, match=r" web is in SoftLayer account 777, but the credentials"):
        replaced.alice.preview(elsewhere)
    assert replaced.alice.notes() == notes


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_replacement_that_exists_is_an_error_however_old_its_note(
    api: RunningApi, tmp_path: Path, kind: Kind
) -> None:
    alice, bob = (Operator(api, tmp_path / machine, kind.token, kind.inputs) for machine in ("a", "b"))
    first = bob.order()
    alice.order_replacement(first)
    alice.age_notes()
    with pytest.raises(ProviderError, match=REFUSAL):
        alice.preview(first)
    assert len(alice.notes()) == 1


def write_note_without_id(operator: Operator, *state_ids: int) -> None:
    """Leave the note as a run does that is killed before it knows what it has ordered."""
    (note,) = operator.notes()
    note.write_text(json.dumps({"known": state_ids}))


@pytest.mark.parametrize("has_id", [True, False], ids=["id known", "killed before its id was known"])
@pytest.mark.parametrize("kind", NOTED, ids=NOTED_NAMES)
def test_what_a_killed_operator_ordered_is_not_forgotten_where_another_one_replaces_the_state_s(
    api: RunningApi, tmp_path: Path, kind: Kind, *, has_id: bool
) -> None:
    alice, bob = (Operator(api, tmp_path / machine, kind.token, kind.inputs) for machine in ("a", "b"))
    first = bob.order()
    assert bob.preview(first) == (), "its note has served"
    orphan = alice.order_replacement(first)
    if not has_id:
        write_note_without_id(alice, order_id_of(first))
    recorded = bob.replace(first)
    refusal = REFUSAL if has_id else "may have ordered another"
    with pytest.raises(ProviderError, match=refusal):
        alice.preview(recorded)
    alice.age_notes()
    with pytest.raises(ProviderError, match=refusal):
        alice.preview(recorded)
    assert len(alice.notes()) == 1
    Operator(api, tmp_path / "portal", kind.token, kind.inputs).delete(orphan)
    assert alice.preview(recorded) == ()
    assert alice.notes() == []


def order_id_of(recorded: Recorded) -> int:
    """Return what a note calls it: a global IP by its order."""
    order = recorded.outputs.get("orderId")
    return order if isinstance(order, int) else int(recorded.identifier)


@pytest.mark.parametrize("has_id", [True, False], ids=["id known", "killed before its id was known"])
@pytest.mark.parametrize("is_replaced", [False, True], ids=["state as before", "replaced by another one"])
@pytest.mark.parametrize("kind", NOTED, ids=NOTED_NAMES)
def test_a_deletion_does_not_forget_what_a_killed_operator_ordered(
    api: RunningApi, tmp_path: Path, kind: Kind, *, is_replaced: bool, has_id: bool
) -> None:
    """`pulumi destroy` deletes without a Diff: nothing else would look at the note."""
    alice, bob = (Operator(api, tmp_path / machine, kind.token, kind.inputs) for machine in ("a", "b"))
    first = bob.order()
    assert bob.preview(first) == (), "its note has served"
    orphan = alice.order_replacement(first)
    if not has_id:
        write_note_without_id(alice, order_id_of(first))
    recorded = bob.replace(first) if is_replaced else first
    with pytest.raises(ProviderError, match="was not deleted: a run that ended early"):
        alice.delete(recorded)
    alice.age_notes()
    with pytest.raises(ProviderError, match="was not deleted: a run that ended early"):
        alice.delete(recorded)
    assert len(alice.notes()) == 1
    Operator(api, tmp_path / "portal", kind.token, kind.inputs).delete(orphan)
    alice.delete(recorded)
    assert alice.notes() == []


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_deletion_after_a_killed_replacement_is_an_error_until_that_is_gone(
    api: RunningApi, tmp_path: Path, kind: Kind
) -> None:
    alice, bob = (Operator(api, tmp_path / machine, kind.token, kind.inputs) for machine in ("a", "b"))
    first = bob.order()
    orphan = alice.order_replacement(first)
    alice.age_notes()
    with pytest.raises(ProviderError, match=r"was not deleted: a run that ended early .*Run pulumi up first"):
        alice.delete(first)
    assert len(alice.notes()) == 1
    Operator(api, tmp_path / "portal", kind.token, kind.inputs).delete(orphan)
    alice.delete(first)
    assert alice.notes() == []


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_both_of_a_replacement_whose_old_one_was_left_are_deleted_at_once(
    api: RunningApi, tmp_path: Path, kind: Kind
) -> None:
    """A run that ends before it has deleted what it has replaced leaves both in the state."""
    alice = Operator(api, tmp_path / "a", kind.token, kind.inputs)
    first = alice.order()
    alice.delete(alice.order_replacement(first), first)
    assert alice.notes() == []

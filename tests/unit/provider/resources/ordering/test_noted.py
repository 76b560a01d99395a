"""A replacement that a killed run ordered without a token is gone on with, and not forgotten."""

import asyncio
import json
from pathlib import Path

import pytest

from provider.errors import ProviderError
from provider.protocol import steps
from provider.resources.contract import Resource, State, Target
from provider.resources.network.global_ip import GlobalIp
from provider.resources.network.security_group import SecurityGroup
from provider.resources.ordering.noted import NotedResource, settle_deletion
from provider.resources.storage.account import ObjectStorageAccount
from provider.session import Session
from provider.values import Properties
from tests.support.provider.provider_session import session

URN = "urn:pulumi:test::registry::softlayer:index:Thing::thing"
GROUP: Properties = {"name": "ssh"}
PLACE: Properties = {"datacenter": "dal05", "forceDestroy": False}
KINDS = [
    pytest.param(GlobalIp(), State({}, {"orderId": 7}), "70", id="global IP"),
    pytest.param(SecurityGroup(), State(GROUP, {**GROUP, "securityGroupId": 7}), "7", id="security group"),
    pytest.param(ObjectStorageAccount(), State(PLACE, PLACE), "7", id="object storage account"),
]


def is_replaced(resource: Resource, run: Session, identifier: str, old: State, news: Properties) -> bool:
    """Whether the engine, which shows what the state has, is told to replace it."""
    changes = asyncio.run(steps.diff(resource, run, Target(URN), identifier, old, news))
    return any(change.replaces for change in changes)


def settle_its_deletion(resource: Resource, run: Session, identifier: str, old: State) -> None:
    assert isinstance(resource, NotedResource)
    asyncio.run(settle_deletion(resource, run, URN, identifier, old))


def write_note(resource: Resource, run: Session, note: object) -> str:
    assert isinstance(resource, NotedResource)
    name = resource.note_name(run, URN)
    run.journal.opened(name, json.dumps(note))
    return name


@pytest.mark.parametrize(("resource", "old", "identifier"), KINDS)
@pytest.mark.parametrize("note", [{"known": [3, 7]}, {"made": 8}])
def test_a_replacement_under_way_is_an_error_for_who_does_not_replace(
    resource: Resource, old: State, identifier: str, note: object, tmp_path: Path
) -> None:
    run = session(state_home=str(tmp_path))
    name = write_note(resource, run, note)
    with pytest.raises(ProviderError, match=f"ordered a replacement of .*{identifier} .*--replace '{URN}'"):
        is_replaced(resource, run, identifier, old, old.inputs)
    assert run.journal.age(name) is not None


@pytest.mark.parametrize(("resource", "old", "identifier"), KINDS)
@pytest.mark.parametrize("note", [{"made": 7}])
def test_the_note_of_what_the_state_holds_has_served(
    resource: Resource, old: State, identifier: str, note: object, tmp_path: Path
) -> None:
    run = session(state_home=str(tmp_path))
    name = write_note(resource, run, note)
    assert not is_replaced(resource, run, identifier, old, old.inputs)
    assert run.journal.age(name) is None


@pytest.mark.parametrize(("resource", "old", "identifier"), KINDS)
def test_a_deletion_closes_the_note_of_what_it_deletes(
    resource: Resource, old: State, identifier: str, tmp_path: Path
) -> None:
    """A later creation would take what strangers have ordered meanwhile for what the note is of."""
    run = session(state_home=str(tmp_path))
    name = write_note(resource, run, {"made": 7})
    settle_its_deletion(resource, run, identifier, old)
    assert run.journal.age(name) is None


@pytest.mark.parametrize(("resource", "old", "identifier"), KINDS)
@pytest.mark.parametrize("note", [{"made": 8}, {"known": [3]}, {"known": [3, 7]}])
def test_a_deletion_is_an_error_where_another_one_may_have_been_ordered(
    resource: Resource, old: State, identifier: str, note: object, tmp_path: Path
) -> None:
    run = session(state_home=str(tmp_path))
    name = write_note(resource, run, note)
    words = rf"{identifier} was not deleted: a run that ended early .*{name}\.$"
    with pytest.raises(ProviderError, match=words):
        settle_its_deletion(resource, run, identifier, old)
    assert run.journal.age(name) is not None


@pytest.mark.parametrize(("resource", "old", "identifier"), KINDS)
@pytest.mark.parametrize("note", [{"made": 8}, {"known": [3]}, {"known": [3, 7]}])
def test_the_deletion_of_what_this_run_replaces_keeps_the_note_of_the_new_one(
    resource: Resource, old: State, identifier: str, note: object, tmp_path: Path
) -> None:
    run = session(state_home=str(tmp_path))
    name = write_note(resource, run, note)
    run.tokens.created(URN)
    settle_its_deletion(resource, run, identifier, old)
    assert run.journal.age(name) is not None


def test_a_deletion_whose_state_does_not_tell_its_order_closes_the_note(tmp_path: Path) -> None:
    run = session(state_home=str(tmp_path))
    name = write_note(GlobalIp(), run, {"known": [3]})
    settle_its_deletion(GlobalIp(), run, "70", State({}, {}))
    assert run.journal.age(name) is None


@pytest.mark.parametrize(("resource", "old", "identifier"), KINDS)
@pytest.mark.parametrize("replaces", [False, True])
def test_a_young_note_without_an_id_is_not_taken_for_that_of_the_state_s(
    resource: Resource, old: State, identifier: str, tmp_path: Path, *, replaces: bool
) -> None:
    """Another operator may have ordered the state's one since, and this one another."""
    run = session(state_home=str(tmp_path))
    name = write_note(resource, run, {"known": [3]})
    news = {**old.inputs, "datacenter": "ams03"} if replaces and "datacenter" in old.inputs else old.inputs
    with pytest.raises(
        ProviderError, match=f"may have ordered another .* beside {identifier}, .*in a minute"
    ):
        is_replaced(resource, run, identifier, old, news)
    assert run.journal.age(name) is not None


def test_a_change_that_replaces_goes_on_with_what_was_ordered(tmp_path: Path) -> None:
    run = session(state_home=str(tmp_path))
    name = write_note(ObjectStorageAccount(), run, {"known": [7]})
    assert is_replaced(
        ObjectStorageAccount(), run, "7", State(PLACE, PLACE), {**PLACE, "datacenter": "ams03"}
    )
    assert run.journal.age(name) is not None, "Create looks for it"

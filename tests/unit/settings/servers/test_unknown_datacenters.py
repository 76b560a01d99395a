"""A datacenter that is not known is named at its place, before what follows from it."""

import json
from typing import Any

import pytest

from settings import SettingsError, parse
from settings.check import problems_of
from tests.support.stack_settings import MINIMAL, SERVER

CLIENT = SERVER | {"name": "c", "role": "client"}
UNKNOWN = "no datacenter {} is known here (messages/datacenters.py); nearest "


def mistakes(values: dict[str, Any]) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as failure:
        parse(MINIMAL | values)
    return failure.value.problems


def test_a_wrong_datacenter_stands_at_its_place_with_what_follows_from_it() -> None:
    (mistake,) = mistakes({"servers": [SERVER | {"datacenter": "dal50"}, CLIENT]})
    assert mistake.startswith(f"servers[0].datacenter: {UNKNOWN.format('dal50')}are dal")
    assert "dal05" in mistake.partition("; nearest are ")[2].partition(". ")[0]
    correction, _, consequences = mistake.partition("Correct it; or, where the account has it: ")
    assert correction
    assert consequences.startswith("servers: dal05 has no server with the role registry; its servers are c.")
    (mistake,) = mistakes({"servers": [SERVER, CLIENT | {"datacenter": "dla05"}]})
    assert mistake.startswith(f"servers[1].datacenter: {UNKNOWN.format('dla05')}is dal05. Correct it; or")
    assert "servers: dla05 has no server with the role registry; its servers are c. Give one" in mistake


def test_what_follows_from_a_wrong_role_is_no_mistake_of_its_own() -> None:
    far = SERVER | {"name": "far", "datacenter": "dal99", "role": "clients", "frontDoor": True}
    place, role = mistakes({"servers": [SERVER, far], "objectDatacenter": "dal05"})
    assert place.startswith("servers[1].datacenter: ")
    assert place.endswith("leave it, and correct the other mistakes")
    assert role.startswith("servers[1].role: must be one of registry, client, not 'clients'")


def test_a_name_for_two_datacenters_follows_from_a_wrong_one() -> None:
    servers = [SERVER, SERVER | {"name": "b", "datacenter": "dal50", "frontDoor": True}]
    values = {"servers": servers, "registryName": "registry.example.com", "objectDatacenter": "dal05"}
    (mistake,) = mistakes(values)
    assert mistake.startswith("servers[1].datacenter: ")
    assert "registryName: registry.example.com would name 2 registries" in mistake


def test_every_place_is_named_beside_other_mistakes_which_stay() -> None:
    changes = {"domain": "no dots", "servers": [SERVER | {"os": "MINIX_1", "name": "A"}, CLIENT]}
    values = json.loads(
        json.dumps(MINIMAL | changes | {"objectDatacenter": "dal05"}).replace("dal05", "dal50")
    )
    problems = mistakes(values)
    keys = [problem.partition(": ")[0] for problem in problems]
    assert keys[:3] == ["servers[0].datacenter", "servers[1].datacenter", "objectDatacenter"]
    assert problems[0].endswith("where the account has it: leave it, and correct the other mistakes")
    assert {"domain", "servers[0].os", "servers[0].name"} <= set(keys[3:])


def test_an_unknown_release_s_account_is_named_at_its_place() -> None:
    release = {"objectDatacenter": "dal50", "objectContainer": "b"}
    problems = mistakes({"domain": "no dots", "releases": {"1": {}, "2": release}})
    assert problems[0].startswith("releases.2.objectDatacenter: no datacenter dal50 is known here")


def test_it_is_named_beside_a_missing_secret_and_accepted_alone() -> None:
    storage = {
        "registryStorage": "s3",
        "s3Bucket": "images",
        "s3Region": "r",
        "s3Endpoint": "https://s3.example",
    }
    values = MINIMAL | storage | {"servers": [SERVER | {"datacenter": "dal50"}]}
    assert problems_of(values, with_secrets=False, with_key=False) == []
    place, *secrets = problems_of(values, with_key=False)
    assert place.startswith("servers[0].datacenter: no datacenter dal50 is known here")
    assert secrets
    assert not any("datacenter" in secret for secret in secrets)


def test_new_datacenters_are_accepted_where_all_else_is_right() -> None:
    servers = [SERVER | {"datacenter": name} for name in ("zzz99", "zzz98")]
    assert parse(MINIMAL | {"servers": servers, "objectDatacenter": "zzz98"}).home == "zzz98"
    keys = [mistake.partition(": ")[0] for mistake in mistakes({"servers": servers})]
    assert keys == ["servers[0].datacenter", "servers[1].datacenter", "objectDatacenter"]

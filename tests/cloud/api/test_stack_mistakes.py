"""A stack file with mistyped names is corrected from the error texts alone.

The settings' reader judges what no account is needed for, and the provider's quotes judge the rest,
against the local cloud's API: as `pulumi preview` does before anything is ordered.
"""

import asyncio
import copy
import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from harness.cloud.running_api import RunningApi
from provider.cancellation_token import CancellationToken
from provider.commands.account_command import SilentReporter, settings_from
from provider.commands.offers import answer, read_request
from provider.errors import ProviderError
from provider.open_session import environment, open_session
from provider.redaction import Redactor
from settings.check import problems_of

MISTAKES: dict[str, Any] = {
    "domain": "registry.example.com",
    "sshKeyFile": "~/.ssh/key",
    "registryLisen": "private",
    "servers": [
        {"name": "a", "datacenter": "dal31", "os": "UBUNUT_24_64", "flavour": "B1_2X4X100"},
        {"name": "b", "datacenter": "dal31", "os": "DEBIAN_12_64", "flavor": "B1_2x4x10", "role": "client"},
        {"name": "c", "datacenter": "dal31", "os": "DEBIAN_12_64", "preset": "S1270_8GB_2X1TBSATA_NORIAD",
         "role": "client", "firstContact": "trust"},
    ],
}  # fmt: skip
"""A setting, a key of a server, a system, a datacenter, a flavor and a preset.

The last two are names that only the account knows.
"""
_PLACE = re.compile(r"servers\[(?P<position>\d+)\]\.(?P<key>\w+): ")
_KEY = re.compile(r"(?P<key>\w+): ")
_NEAREST = re.compile(r"nearest (is|are) (?P<name>[\w.-]+)")
_STACK_KEYS = {"osCode": "os"}


def first_offered(text: str) -> str:
    """The first name that a message offers."""
    match = _NEAREST.search(text)
    assert match, f"nothing is offered: {text}"
    return match["name"]


def correct(values: dict[str, Any], problem: str) -> None:
    """Do what a line of the reader says: rename a key that is none, or take the value that is nearest."""
    place = _PLACE.match(problem)
    match = place or _KEY.match(problem)
    assert match, problem
    key, target = match["key"], values["servers"][int(place["position"])] if place else values
    if "is not a setting" in problem:
        target[first_offered(problem)] = target.pop(key)
    elif key != "flavor":  # which is missing while it is misspelt
        target[key] = first_offered(problem)


def ask(api: RunningApi, request: Mapping[str, object]) -> Mapping[str, object]:
    """What `python -m provider.commands.offers` answers."""
    configuration, question = read_request(json.dumps(request))
    variables = {"SL_USERNAME": api.username, "SL_API_KEY": api.api_key, "SL_ENDPOINT_URL": api.xmlrpc}
    settings = settings_from(configuration, variables)
    session = open_session(settings, CancellationToken(), SilentReporter(), Redactor(), environment())
    return asyncio.run(answer(session, question))


def quote(api: RunningApi, server: Mapping[str, object]) -> str:
    """What the account says to an order of a server; "" where it would take it."""
    try:
        return "" if ask(api, {"question": "quotes", "servers": [server]}) else "no answer"
    except ProviderError as error:
        return str(error)


def corrected(server: dict[str, Any], refusal: str) -> dict[str, Any]:
    """The server with the nearest value for each property that a refusal names."""
    changes = dict(server)
    for sentence in refusal.split(". "):
        if match := _KEY.match(sentence):
            changes[_STACK_KEYS.get(match["key"], match["key"])] = first_offered(sentence)
    return changes


def test_five_mistakes_are_corrected_from_the_texts_alone(running_api: RunningApi) -> None:
    values = copy.deepcopy(MISTAKES)
    rounds = 0
    while problems := problems_of(values, with_key=False):
        for problem in problems:
            correct(values, problem)
        rounds += 1
        assert rounds <= 2, problems
    refusals = [quote(running_api, server) for server in values["servers"]]
    assert refusals[0] == "", "the reader has named every mistake of the first server"
    assert all(refusals[1:]), refusals
    servers = [corrected(server, text) for server, text in zip(values["servers"], refusals, strict=True)]
    assert [quote(running_api, server) for server in servers] == ["", "", ""]
    assert values["registryListen"] == "private"
    assert servers[0]["os"] == "UBUNTU_24_64"
    assert servers[0]["datacenter"].startswith("dal")
    assert servers[1]["flavor"] == "B1_2X4X100"
    assert servers[2]["preset"] == "S1270_8GB_2X1TBSATA_NORAID"
    assert running_api.orders_placed() == 0


def test_several_mistakes_of_one_server_are_reported_at_once(running_api: RunningApi) -> None:
    metal = {"datacenter": "dal31", "os": "DEBAIN_12_64", "preset": "S1270_8GB"}
    text = quote(running_api, metal)
    assert re.search(r"datacenter: 'dal31' .*nearest are dal\d+", text)
    assert re.search(r"osCode: 'DEBAIN_12_64' .*nearest are .*DEBIAN_12_64", text)
    assert "preset: 'S1270_8GB'" in text
    assert text.endswith("Nothing was ordered.")


def test_without_options_the_refusal_stands(running_api: RunningApi) -> None:
    running_api.plan_fault("SoftLayer_Hardware_Server::getCreateObjectOptions", "error_500_before")
    text = quote(running_api, {"datacenter": "dal13", "os": "DEBIAN_12_64", "preset": "S1270_8GB"})
    assert text.startswith("preset: SoftLayer refuses the order")
    assert running_api.triggered()


def test_an_unknown_datacenter_is_answered_with_the_nearest(running_api: RunningApi) -> None:
    with pytest.raises(ProviderError, match="datacenter: 'dal5' is no datacenter; nearest are dal05"):
        ask(running_api, {"question": "sizes", "datacenter": "dal5"})
    with pytest.raises(ProviderError, match="the question must be one of locations, sizes, quotes"):
        ask(running_api, {"question": "everything"})


def test_a_name_that_is_like_none_is_answered_with_some_that_exist(running_api: RunningApi) -> None:
    text = quote(running_api, {"datacenter": "dal13", "os": "DEBIAN_12_64", "preset": "NONE"})
    assert text.startswith("preset: 'NONE' is no preset of this account; known are ")

"""The check that a destroy begins with: it refuses what a later one would, and names all of it."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from provider.cancellation_token import CancellationToken
from provider.errors import NotFoundError, ProviderError, RefusedCallError, UnreachableError
from provider.resources import destroy_check
from provider.resources.contract import State
from provider.resources.destroy_check import DestroyCheck
from provider.settings import KEEP_PROTECTED, read_configuration
from provider.swift import SwiftContainer, SwiftLogin, TempUrlKeys
from provider.values import Properties
from tests.unit.provider.scripted_cloud import ScriptedCloud, target

AT = target("softlayer:index:DestroyCheck")
USERS: Mapping[str, list[object]] = {
    "Account::getHubNetworkStorage": [[{"credentials": [{"username": "u", "password": "k" * 20}]}]]
}
STORAGE: Properties = {"authUrl": "https://s/auth", "username": "u", "containers": ["docker", "old"]}


def delete(
    monkeypatch: pytest.MonkeyPatch,
    folder: Path,
    inputs: Properties,
    containers: Mapping[str, int] | Exception,
    users: Mapping[str, list[object]] = USERS,
    listed: tuple[str, ...] | None = None,
) -> None:
    """Delete a check while the object storage has these containers, with so many objects each."""

    async def find(
        login: SwiftLogin, stop: CancellationToken, *, except_for: Collection[str], most: int
    ) -> tuple[str, ...]:
        if isinstance(containers, Exception):
            raise containers
        names = containers if listed is None else listed
        return tuple(name for name in names if name not in except_for)[:most]

    async def head(login: SwiftLogin, name: str, stop: CancellationToken) -> SwiftContainer:
        if isinstance(containers, Exception) or containers.get(name, -1) < 0:
            raise NotFoundError(name)
        return SwiftContainer("https://s/v1", containers[name], TempUrlKeys(""))

    monkeypatch.setattr(destroy_check, "find_containers", find)
    monkeypatch.setattr(destroy_check, "head_container", head)
    state = State(inputs, inputs)
    ScriptedCloud(users).run(folder, lambda session: DestroyCheck().delete(session, AT, "x", state))


@pytest.mark.parametrize(
    ("inputs", "containers"),
    [
        ({}, {}),
        (STORAGE, {"docker": 0, "old": 0}),
        (STORAGE, {}),
        (STORAGE, {"docker": -1}),
        ({**STORAGE, "forceDestroy": True}, {"docker": 9}),
    ],
)
def test_what_can_be_deleted_passes(
    inputs: Properties, containers: Mapping[str, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    delete(monkeypatch, tmp_path, inputs, containers)


@pytest.mark.parametrize(
    ("inputs", "containers", "message"),
    [
        (STORAGE, {"docker": 3}, r"Nothing was deleted.*Container docker holds 3 objects"),
        (STORAGE, {"docker": 0, "theirs": 0}, r"Nothing was deleted.*holds containers.*theirs"),
        ({**STORAGE, "forceDestroy": True}, {"docker": 3, "theirs": 0}, r"holds containers.*theirs"),
        ({"monthlyServers": ["dal05-a"]}, {}, r"dal05-a: billed by the month.*set cancellation"),
        ({"protected": ["servers", "images"]}, {}, rf"servers and images are protected.*{KEEP_PROTECTED}=1"),
        (
            {**STORAGE, "monthlyServers": ["dal05-a"]},
            {"docker": 3, "theirs": 0},
            r"dal05-a.*docker holds 3.*theirs",
        ),
        (
            STORAGE,
            UnreachableError("Cannot reach it."),
            r"Nothing was deleted, since nothing tells.*state delete",
        ),
    ],
)
def test_what_would_be_refused_later_is_refused_at_once(
    inputs: Properties,
    containers: Mapping[str, int] | Exception,
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(ProviderError, match=message):
        delete(monkeypatch, tmp_path, inputs, containers)


def test_a_container_that_the_list_leaves_out_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(RefusedCallError, match="Container docker holds 3 objects"):
        delete(monkeypatch, tmp_path, STORAGE, {"docker": 3}, listed=())


def test_a_user_that_the_account_does_not_show_is_not_taken_for_an_empty_storage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ProviderError, match="no object storage user u"):
        delete(monkeypatch, tmp_path, STORAGE, {}, {"Account::getHubNetworkStorage": [[]]})


def test_a_destroy_without_what_is_protected_judges_the_rest(tmp_path: Path) -> None:
    inputs: Properties = {**STORAGE, "protected": ["images"], "monthlyServers": ["dal05-a"]}

    def judge(environment: Mapping[str, str]) -> None:
        settings = read_configuration({"username": "u", "apiKey": "k"}, environment)
        state = State(inputs, inputs)
        ScriptedCloud({}).run(
            tmp_path,
            lambda session: DestroyCheck().delete(replace(session, settings=settings), AT, "x", state),
        )

    with pytest.raises(RefusedCallError, match=r"images are protected.*dal05-a"):
        judge({})
    with pytest.raises(RefusedCallError, match=r"can be: dal05-a: billed by the month"):
        judge({KEEP_PROTECTED: "1"})

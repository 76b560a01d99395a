"""Which endpoint servers, operators and clients use, and which container keeps its resource."""

from collections.abc import Iterator
from typing import Any, cast

import pulumi
import pytest
from pulumi.runtime.mocks import MockCallArgs, MockResourceArgs

from components.access.root_secret import RootSecret
from components.registry.container.health import storage_login
from components.storage.object_store import ObjectStore, ObjectStoreArgs, key_of
from components.storage.store import RegistryStore
from settings import SettingsError, SwiftSettings, parse
from settings.storage import EndpointChoice
from tests.support.pulumi_mocks import run, under_mocks
from tests.support.stack_settings import MINIMAL
from tests.support.swift_endpoints import PRIVATE, PUBLIC


class Engine(pulumi.runtime.Mocks):
    """An account of SoftLayer's, and what the program asked for."""

    def __init__(self) -> None:
        self.registered: list[MockResourceArgs] = []

    def new_resource(self, args: MockResourceArgs) -> tuple[str, dict[str, Any]]:
        self.registered.append(args)
        account = {
            "authUrl": PUBLIC,
            "privateAuthUrl": PRIVATE,
            "username": "SLOS1-1:SL1",
            "key": "k",
            "accountName": "SLOS1-1",
            "tempUrlKey": "t",
        }
        return "5", {**account, **args.inputs}

    def call(self, args: MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        raise AssertionError(args.token)


@pytest.fixture
def engine() -> Iterator[Engine]:
    with under_mocks(Engine()) as mocks:
        yield mocks


def root() -> RootSecret:
    return RootSecret(pulumi.Output.from_input("ab" * 32))


@pytest.mark.parametrize(("endpoint", "used"), [("private", PRIVATE), ("public", PUBLIC)])
def test_servers_use_the_endpoint_of_the_setting_and_all_others_the_public_one(
    engine: Engine, endpoint: EndpointChoice, used: str
) -> None:
    def program() -> pulumi.Output[Any]:
        settings = SwiftSettings("dal05", "docker", force_destroy=False, endpoint=endpoint)
        store = ObjectStore("store", ObjectStoreArgs(settings, "old", False, root()))
        whole = RegistryStore(store, root())
        logins = [storage_login(whole, generation) for generation in ("modern", "legacy")]

        def check(resolved: list[Any]) -> None:
            assert resolved[:3] == [used, "https://dal05.objectstorage.softlayer.net", PUBLIC]
            assert resolved[3].auth_url == used
            assert [login.url for login in resolved[4:]] == [used, used]

        summary = store.summary.apply(lambda exported: exported["authUrl"])
        values = [store.server_auth_url, store.client_origin, summary, store.legacy, *logins]
        return pulumi.Output.all(*values).apply(check)

    run(program)
    containers = [
        resource.inputs for resource in engine.registered if resource.typ.endswith("ObjectStorageContainer")
    ]
    assert [container["authUrl"] for container in containers] == [PUBLIC, PUBLIC], "made by the operator"


@pytest.mark.parametrize(
    ("container", "legacy"), [("docker", "docker"), ("images", "docker"), ("docker", None)]
)
def test_a_container_keeps_its_resource_whichever_generation_it_is_of(
    engine: Engine, container: str, legacy: str | None
) -> None:
    """From legacy alone to both, with another container for the modern one: old images stay."""

    def program() -> pulumi.Output[Any]:
        settings = SwiftSettings("dal05", container, force_destroy=True)
        store = ObjectStore("store", ObjectStoreArgs(settings, legacy, False, root()))
        return pulumi.Output.all(store.container.name, store.legacy_container.name)

    run(program)
    resources = {
        resource.name: resource.inputs["name"]
        for resource in engine.registered
        if resource.typ.endswith("ObjectStorageContainer")
    }
    names = {container, legacy or container}
    assert resources == {f"store-container-{name}": name for name in names}
    assert resources["store-container-docker"] == "docker"


def test_private_is_the_default_and_other_words_are_refused() -> None:
    assert cast(SwiftSettings, parse(MINIMAL).storage).endpoint == "private"
    assert cast(SwiftSettings, parse(MINIMAL | {"objectEndpoint": "public"}).storage).endpoint == "public"
    with pytest.raises(SettingsError, match="objectEndpoint: must be one of private, public, not 'internal'"):
        parse(MINIMAL | {"objectEndpoint": "internal"})


USERS = {name: f"key of {name}" for name in ("S-1:SL1", "S-1:SL2")}


def test_registries_log_in_as_the_user_that_the_settings_name() -> None:
    assert key_of("S-1:SL2", USERS) == "key of S-1:SL2"
    with pytest.raises(ValueError, match="objectUser: must be one of S-1:SL1, S-1:SL2, got S-1:SL3"):
        key_of("S-1:SL3", USERS)

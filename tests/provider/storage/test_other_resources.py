"""Keys, object storage accounts and containers; the storage is a real Swift."""

import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from pulumi.runtime.proto import provider_pb2
from swiftclient import Connection

from cloud.swift.local_object_storage import LocalObjectStorage
from harness.cloud.running_api import RunningApi, serve
from harness.provider.plugin import (
    ACCOUNT,
    CONTAINER,
    GUEST,
    KEY,
    CallError,
    Plugin,
    UnfinishedCallError,
    configuration,
    plain,
    plugin,
    urn,
)
from harness.provider.server_inputs import WEB
from provider.protocol.wire import SECRET, SIGNATURE, encode
from provider.values import UNKNOWN, Properties
from tests.support.provider.guest_inputs import KEY as PUBLIC_KEY


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApi]:
    """A cloud with a real Swift."""
    folder = tmp_path_factory.mktemp("stored")
    storage = LocalObjectStorage(folder / "cloud", None)
    try:
        with serve(folder / "cloud", object_storage=storage) as api:
            yield api
    finally:
        storage.stop()


@pytest.fixture
def swift(stored: RunningApi, tmp_path: Path) -> Iterator[Plugin]:
    """The plugin, configured for that cloud."""
    with plugin({}, tmp_path / "state") as running:
        running.configure(configuration(stored, timeout=60))
        yield running


def connect(login: Properties) -> Connection:
    return Connection(str(login["authUrl"]), str(login["username"]), str(login["key"]))


def test_a_key_s_whole_life(api: RunningApi, softlayer: Plugin) -> None:
    desired = {"label": "me", "publicKey": PUBLIC_KEY, "notes": "n"}
    identifier, inputs, outputs = softlayer.make(KEY, desired)
    assert outputs["keyId"] == int(identifier)
    assert str(outputs["fingerprint"]).count(":") >= 15
    assert softlayer.read(KEY, identifier, inputs, outputs) == (identifier, inputs, outputs)
    renamed = softlayer.update(KEY, identifier, inputs, outputs, {**inputs, "label": "you"})
    assert api.client().call("Security_Ssh_Key", "getObject", id=int(identifier))["label"] == "you"
    assert softlayer.read(KEY, identifier, inputs, renamed)[1]["label"] == "you"
    assert softlayer.read(KEY, identifier)[1]["publicKey"] == PUBLIC_KEY
    assert outputs["owned"] is True
    softlayer.next_command()
    softlayer.delete(KEY, identifier, inputs, outputs)
    softlayer.delete(KEY, identifier, inputs, outputs)
    assert softlayer.read(KEY, identifier, inputs, outputs)[0] == ""


def test_a_key_of_another_label_is_refused_with_the_remedy(softlayer: Plugin) -> None:
    identifier, _, _ = softlayer.make(KEY, {"label": "theirs", "publicKey": PUBLIC_KEY})
    with pytest.raises(CallError) as caught:
        softlayer.make(KEY, {"label": "mine", "publicKey": PUBLIC_KEY}, name="other")
    assert str(caught.value).startswith("publicKey: is in the account already")
    assert f"pulumi import {KEY} NAME {identifier}" in str(caught.value)


def test_a_shared_key_is_used_and_left_alone(api: RunningApi, softlayer: Plugin) -> None:
    theirs, _, _ = softlayer.make(KEY, {"label": "theirs", "publicKey": PUBLIC_KEY})
    desired: Properties = {"label": "mine", "publicKey": PUBLIC_KEY, "shared": True}
    identifier, inputs, outputs = softlayer.make(KEY, desired, name="other")
    assert identifier == theirs
    assert outputs["owned"] is False
    assert softlayer.read(KEY, identifier, inputs, outputs) == (identifier, inputs, outputs)
    renamed = softlayer.update(KEY, identifier, inputs, outputs, {**inputs, "label": "ours"})
    softlayer.delete(KEY, identifier, inputs, renamed)
    assert api.client().call("Security_Ssh_Key", "getObject", id=int(theirs))["label"] == "theirs"


def test_a_key_that_another_stack_deletes_is_registered_again_and_no_server_changes(
    api: RunningApi, softlayer: Plugin
) -> None:
    desired: Properties = {"label": "mine", "publicKey": PUBLIC_KEY, "shared": True}
    first, inputs, outputs = softlayer.make(KEY, desired)
    web = {**WEB, "sshKeyIds": [outputs["keyId"]]}
    server, ordered, state = softlayer.make(GUEST, web)
    api.client().call("Security_Ssh_Key", "deleteObject", id=int(first))
    with pytest.raises(CallError, match=f"key {first} is not in the account any more"):
        softlayer.make(GUEST, {**web, "hostname": "second"}, name="second")
    assert softlayer.read(KEY, first, inputs, outputs)[0] == ""
    second, _, again = softlayer.make(KEY, desired)
    assert second != first
    news = softlayer.check(GUEST, {**WEB, "sshKeyIds": [again["keyId"]]}, ordered)
    assert softlayer.diff(GUEST, server, ordered, state, news).changes == provider_pb2.DiffResponse.DIFF_NONE
    assert softlayer.read(GUEST, server, news, state) == (server, news, state)
    assert api.orders_placed() == 1


def test_object_storage_s_whole_life(stored: RunningApi, swift: Plugin) -> None:
    account_id, account, login = swift.make(ACCOUNT, {"datacenter": "dal05"})
    assert str(login["username"]).startswith(f"{login['accountName']}:")
    assert login["endpoints"] == [
        {"datacenter": "dal05", "authUrl": login["authUrl"], "privateAuthUrl": login["privateAuthUrl"]}
    ]
    assert login["credentials"] == [{"username": login["username"], "key": login["key"]}]
    assert swift.read(ACCOUNT, account_id, account, login) == (account_id, account, login)

    desired = {name: login[name] for name in ("authUrl", "username", "key")} | {"name": "registry"}
    box_id, box, outputs = swift.make(CONTAINER, desired)
    assert box_id.endswith("/registry")
    assert len(str(outputs["tempUrlKey"])) == 64
    headers = connect(login).head_container("registry")
    assert headers["x-container-meta-temp-url-key"] == outputs["tempUrlKey"]
    assert swift.read(CONTAINER, box_id, box, outputs) == (box_id, box, outputs)

    connect(login).put_object("registry", "a/b", b"12345")
    connect(login).put_object("registry", "c", b"1")
    arguments = {**{name: desired[name] for name in ("authUrl", "username", "key")}, "container": "registry"}
    response = swift.stub.Invoke(
        provider_pb2.InvokeRequest(
            tok="softlayer:index:getObjects", args=encode({**arguments, "prefix": "a/"}, frozenset({"key"}))
        )
    )
    assert plain(getattr(response, "return")).properties == {"names": ["a/b"], "bytes": 5}

    with pytest.raises(CallError, match="still holds objects"):
        swift.delete(CONTAINER, box_id, box, outputs)
    forced = {**box, "forceDestroy": True}
    swift.update(CONTAINER, box_id, box, outputs, forced)
    swift.next_command()
    swift.delete(CONTAINER, box_id, forced, outputs)
    assert swift.read(CONTAINER, box_id, forced, outputs)[0] == ""
    swift.delete(ACCOUNT, account_id, account, login)
    assert swift.read(ACCOUNT, account_id, account, login)[0] == ""


def test_a_container_that_is_there_gets_the_stacks_own_key(swift: Plugin) -> None:
    _, _, login = swift.make(ACCOUNT, {"datacenter": "dal05"}, name="kept")
    desired = {name: login[name] for name in ("authUrl", "username", "key")} | {"name": "kept"}
    connect(login).put_container("kept", {"x-container-meta-temp-url-key": "weak"})
    connect(login).put_object("kept", "there", b"before")
    _, _, outputs = swift.make(CONTAINER, desired)
    assert len(str(outputs["tempUrlKey"])) == 64
    _, content = connect(login).get_object("kept", "there")
    assert content == b"before"
    assert connect(login).head_container("kept")["x-container-meta-temp-url-key"] == outputs["tempUrlKey"]


def test_a_container_that_replaces_itself_keeps_its_images(swift: Plugin) -> None:
    """A `--replace` finds the very container that the engine asks to delete then, with all that is in it."""
    _, _, login = swift.make(ACCOUNT, {"datacenter": "dal05"}, name="replaced")
    desired = {name: login[name] for name in ("authUrl", "username", "key")} | {"name": "replaced"}
    box_id, box, outputs = swift.make(CONTAINER, {**desired, "forceDestroy": True})
    connect(login).put_object("replaced", "image", b"layer")
    swift.next_command()
    again_id, _, _ = swift.make(CONTAINER, {**desired, "forceDestroy": True})
    assert again_id == box_id
    swift.delete(CONTAINER, box_id, box, outputs)
    assert connect(login).get_object("replaced", "image")[1] == b"layer"


def test_a_random_secret_is_in_the_state_alone(swift: Plugin) -> None:
    kind = "softlayer:index:RandomSecret"
    first_id, inputs, first = swift.make(kind, {}, name="one")
    _, _, second = swift.make(kind, {}, name="two")
    assert re.fullmatch("[0-9a-f]{64}", str(first["hex"]))
    assert first["hex"] != second["hex"]
    assert str(first["hex"]) not in first_id
    assert swift.read(kind, first_id, inputs, first) == (first_id, inputs, first)
    with pytest.raises(CallError, match="cannot be imported"):
        swift.read(kind, first_id, {}, {})


def test_a_temp_url_key_of_somebody_else_is_not_adopted_but_set_back(swift: Plugin) -> None:
    _, _, login = swift.make(ACCOUNT, {"datacenter": "dal05"}, name="keyed")
    desired = {name: login[name] for name in ("authUrl", "username", "key")} | {"name": "keyed"}
    box_id, box, outputs = swift.make(CONTAINER, desired)
    header = "x-container-meta-temp-url-key"
    for theirs in ("theirs" * 5, ""):
        connect(login).post_container("keyed", {header: theirs})
        with pytest.raises(UnfinishedCallError, match=r"changed by somebody else.*pulumi up") as raised:
            swift.read(CONTAINER, box_id, box, outputs)
        assert raised.value.error.outputs == outputs
        updated = swift.update(CONTAINER, box_id, box, outputs, box)
        assert updated == outputs
        assert connect(login).head_container("keyed")[header] == outputs["tempUrlKey"]
    assert swift.read(CONTAINER, box_id, box, outputs) == (box_id, box, outputs)


def test_a_swift_key_that_was_rotated_is_requested_from_softlayer(swift: Plugin) -> None:
    """The state still holds the old key: refresh, update and destroy go on with the account's present one."""
    _, _, login = swift.make(ACCOUNT, {"datacenter": "dal05"}, name="rotated")
    desired = {name: login[name] for name in ("authUrl", "username", "key")} | {"name": "rotated"}
    box_id, box, outputs = swift.make(CONTAINER, desired)
    old = "old-key-of-yesterday"
    stale, recorded = {**box, "key": old}, {**outputs, "key": old}
    assert swift.read(CONTAINER, box_id, stale, recorded) == (box_id, box, outputs)
    swift.update(CONTAINER, box_id, stale, recorded, stale)
    swift.next_command()
    swift.delete(CONTAINER, box_id, stale, recorded)
    assert swift.read(CONTAINER, box_id, stale, recorded)[0] == ""


def test_an_account_with_containers_of_others_is_not_cancelled(stored: RunningApi, swift: Plugin) -> None:
    account_id, account, login = swift.make(ACCOUNT, {"datacenter": "dal05"}, name="foreign")
    connect(login).put_container("theirs")
    connect(login).put_container("also theirs")
    silent = {**login, "authUrl": "http://127.0.0.1:9/auth/v1.0"}
    with pytest.raises(CallError, match=r"was not cancelled.*Cannot reach.*set forceDestroy"):
        swift.delete(ACCOUNT, account_id, account, silent)
    swift.next_command()
    with pytest.raises(CallError, match="did not make, or does not delete: also theirs, theirs") as raised:
        swift.delete(ACCOUNT, account_id, account, login)
    assert "set forceDestroy" in str(raised.value)
    assert swift.read(ACCOUNT, account_id, account, login)[0] == account_id
    swift.next_command()
    swift.delete(ACCOUNT, account_id, {**account, "forceDestroy": True}, login)
    assert swift.read(ACCOUNT, account_id, account, login)[0] == ""


def test_a_destroy_that_is_refused_for_its_images_cancels_no_server(swift: Plugin) -> None:
    """The engine deletes what nothing depends on at once: a container and servers together."""
    _, _, login = swift.make(ACCOUNT, {"datacenter": "dal05"}, name="images")
    desired = {name: login[name] for name in ("authUrl", "username", "key")} | {"name": "images"}
    box = swift.make(CONTAINER, desired)
    web = swift.make(GUEST, WEB)
    connect(login).put_object("images", "layer", b"1")
    swift.next_command()
    with ThreadPoolExecutor(2) as engine:
        server = engine.submit(swift.delete, GUEST, *web)
        container = engine.submit(swift.delete, CONTAINER, *box)
        with pytest.raises(CallError, match="still holds objects"):
            container.result()
        with pytest.raises(CallError, match=r"was not cancelled.*images.*still holds objects"):
            server.result()
    assert swift.read(GUEST, *web)[0] == web[0]
    swift.next_command()
    swift.delete(GUEST, *web)


def test_wrong_swift_credentials_are_one_clear_line(swift: Plugin) -> None:
    _, _, login = swift.make(ACCOUNT, {"datacenter": "dal05"}, name="locked")
    secret = "wrong-key-wrong-key"
    desired = {"authUrl": login["authUrl"], "username": "SLOS1-1:u", "key": secret, "name": "box"}
    with pytest.raises(CallError, match="refuses the credentials") as caught:
        swift.make(CONTAINER, desired)
    assert secret not in str(caught.value)


def test_swift_that_is_down_is_one_clear_line(swift: Plugin) -> None:
    desired: Properties = {
        "authUrl": "http://127.0.0.1:9/auth/v1.0",
        "username": "u",
        "key": "k" * 9,
        "name": "box",
    }
    with pytest.raises(CallError, match="Cannot reach the object storage"):
        swift.make(CONTAINER, desired)


def test_a_datacenter_without_object_storage_is_refused_before_the_order(
    api: RunningApi, softlayer: Plugin
) -> None:
    with pytest.raises(CallError, match="datacenter: 'dal55' is no datacenter; nearest are dal"):
        softlayer.make(ACCOUNT, {"datacenter": "dal55"})
    assert api.orders_placed() == 0


def test_a_preview_tells_the_account_s_own_cost(stored: RunningApi, swift: Plugin) -> None:
    placed = stored.orders_placed()
    inputs = swift.check(ACCOUNT, {"datacenter": "dal05"})
    previewed = swift.create(ACCOUNT, inputs, preview=True)[1]
    assert previewed["authUrl"] is UNKNOWN
    assert previewed["credentials"] is UNKNOWN
    assert stored.orders_placed() == placed
    assert previewed["monthlyCost"] == swift.make(ACCOUNT, inputs, name="priced")[2]["monthlyCost"]
    wrong = swift.check(ACCOUNT, {"datacenter": "dal55"})
    with pytest.raises(CallError, match="datacenter: 'dal55' is no datacenter; nearest are dal"):
        swift.create(ACCOUNT, wrong, preview=True)


def test_secrets_are_marked_on_the_wire(swift: Plugin) -> None:
    request = provider_pb2.CreateRequest(
        urn=urn(ACCOUNT, "marked"), type=ACCOUNT, properties=encode({"datacenter": "dal05"}, frozenset())
    )
    answer = swift.stub.Create(request)
    for name in ("key", "credentials"):
        assert answer.properties.fields[name].struct_value.fields[SIGNATURE].string_value == SECRET
    login = plain(answer.properties).properties
    desired = {name: login[name] for name in ("authUrl", "username", "key")} | {"name": "marked"}
    checked = swift.stub.Check(
        provider_pb2.CheckRequest(
            urn=urn(CONTAINER),
            type=CONTAINER,
            news=encode({**desired, "tempUrlKey": "t" * 9}, frozenset({"username"})),
        )
    )
    for name in ("key", "tempUrlKey", "username"):
        assert checked.inputs.fields[name].struct_value.fields[SIGNATURE].string_value == SECRET, name
    assert checked.inputs.fields["name"].string_value == "marked"


def test_calls_of_all_resources_keep_to_the_rate(tmp_path: Path) -> None:
    with serve(tmp_path / "cloud") as api, plugin({}, tmp_path / "state") as running:
        running.configure(configuration(api, rateLimit=10))
        threads = [
            threading.Thread(target=running.read, args=(GUEST, str(number))) for number in range(1, 25)
        ]
        import time

        started = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        took = time.monotonic() - started
        calls = api.calls()
        # Servers asked for together are looked for in one list; what that does not hold is asked for by id.
        assert calls["SoftLayer_Virtual_Guest::getObject"] == 24
        assert sum(calls.values()) <= 24 + 3
        assert took > (sum(calls.values()) - 2) / 10 - 0.2
        assert httpx.get(f"{api.url}/control/calls").status_code == 200

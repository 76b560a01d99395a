"""The classes in a program: names on the wire, secrets, outputs."""

from collections.abc import Iterator
from typing import Any

import pulumi
import pytest
from pulumi.runtime.mocks import MockCallArgs, MockResourceArgs

import pulumi_softlayer as softlayer
from tests.support.pulumi_mocks import run, under_mocks

SECRET_MARK = "4dabf18193072939515e22adb298388d"


class Engine(pulumi.runtime.Mocks):
    """Remembers what was registered."""

    def __init__(self) -> None:
        self.registered: list[MockResourceArgs] = []

    def new_resource(self, args: MockResourceArgs) -> tuple[str, dict[str, Any]]:
        self.registered.append(args)
        return "5", {**args.inputs, "guestId": 7, "publicIp": "192.0.2.1", "keyId": 3}

    def call(self, args: MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        return {"names": ["a", "b"], "bytes": 30}, []


@pytest.fixture
def engine() -> Iterator[Engine]:
    with under_mocks(Engine()) as mocks:
        yield mocks


def sees(outputs: list[pulumi.Output[Any]], expected: list[Any]) -> pulumi.Output[Any]:
    def compare(values: list[Any]) -> None:
        assert values == expected

    return pulumi.Output.all(*outputs).apply(compare)


def test_a_server_s_outputs_arrive(engine: Engine) -> None:
    def program() -> pulumi.Output[Any]:
        key = softlayer.SshKey("key", label="l", public_key="ssh-ed25519 AAAA")
        guest = softlayer.VirtualGuest(
            "web", hostname="web", domain="example.com", datacenter="dal05", os_code="UBUNTU_22_64",
            flavor="B1_2X4X25", ssh_key_ids=[key.key_id], private_network_only=True,
        )  # fmt: skip
        return sees([guest.guest_id, guest.public_ip, guest.ssh_key_ids], [7, "192.0.2.1", [3]])

    run(program)
    server = next(
        resource for resource in engine.registered if resource.typ == "softlayer:index:VirtualGuest"
    )
    assert server.inputs == {
        "hostname": "web", "domain": "example.com", "datacenter": "dal05", "osCode": "UBUNTU_22_64",
        "flavor": "B1_2X4X25", "sshKeyIds": [3], "privateNetworkOnly": True,
    }  # fmt: skip


def test_keys_are_secret_from_the_start(engine: Engine) -> None:
    def program() -> pulumi.Output[Any]:
        provider = softlayer.Provider("account", username="u", api_key="k", timeout=30)
        container = softlayer.ObjectStorageContainer(
            "box", auth_url="http://s", username="u", key="k", name="box", temp_url_key="t",
            opts=pulumi.ResourceOptions(provider=provider),
        )  # fmt: skip
        return sees([container.name], ["box"])

    run(program)
    for resource in engine.registered:
        for name in {"apiKey", "key", "tempUrlKey"} & set(resource.inputs):
            assert SECRET_MARK in resource.inputs[name], name
    assert (
        next(resource for resource in engine.registered if "timeout" in resource.inputs).inputs["timeout"]
        == "30"
    )


@pytest.mark.usefixtures("engine")
def test_get_objects() -> None:
    def program() -> pulumi.Output[Any]:
        output = softlayer.get_objects_output(
            auth_url="http://s", username="u", key=pulumi.Output.secret("k"), container="box"
        )
        return sees([output.names, output.bytes], [["a", "b"], 30])

    run(program)


def test_rules_go_and_come_as_objects(engine: Engine) -> None:
    def program() -> pulumi.Output[Any]:
        rule = softlayer.SecurityGroupRuleArgs(direction="ingress", protocol="tcp", port_range_min=22)
        group = softlayer.SecurityGroup("front", name="front", rules=[rule])
        ports = group.rules.apply(lambda rules: [rule.port_range_min for rule in rules or ()])
        return sees([ports], [[22]])

    run(program)
    group = next(
        resource for resource in engine.registered if resource.typ == "softlayer:index:SecurityGroup"
    )
    rule = {"direction": "ingress", "protocol": "tcp", "portRangeMin": 22}
    assert group.inputs == {"name": "front", "rules": [rule]}

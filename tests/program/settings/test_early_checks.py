"""The whole program under Pulumi's mocks: mistakes before the first order, and settings where they belong."""

import asyncio
import json
import os
import runpy
import subprocess
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi.runtime.mocks import MockCallArgs, MockResourceArgs

from dev.local.environment import CHECKOUT
from settings import SettingsError
from tests.support.authorities import Shape, ca, issue, key_of, key_pem
from tests.support.stack_settings import SERVER
from tests.support.swift_endpoints import PRIVATE, PUBLIC

PROGRAM = CHECKOUT / "__main__.py"
DIGEST = f"sha256:{'0' * 64}"
NETWORK = "203.0.113.0/24"


class Engine(pulumi.runtime.Mocks):
    """Answers as an account and its servers do, and keeps what was registered."""

    def __init__(self) -> None:
        self.registered: list[MockResourceArgs] = []
        self._numbers = count(1)

    def new_resource(self, args: MockResourceArgs) -> tuple[str, dict[str, Any]]:
        self.registered.append(args)
        number = next(self._numbers)
        outputs = {
            "guestId": number, "keyId": number, "hourly": True, "hourlyCost": 1.0, "monthlyCost": 730.0,
            "publicIp": f"192.0.2.{number % 250}", "privateIp": f"10.0.0.{number % 250}",
            "sshHostKey": "ssh-ed25519 AAAA", "fullyQualifiedDomainName": "a.example", "imageId": DIGEST,
            "accountName": "SLOS1-1", "username": "SLOS1-1:SL1", "key": "k", "authUrl": PUBLIC,
            "privateAuthUrl": PRIVATE, "hex": "ab" * 32, "repoDigest": DIGEST, "installation": "1",
            "stdout": DIGEST if args.name.endswith("-pull") else f"{DIGEST} {'0' * 64}",
        }  # fmt: skip
        return str(number), {**outputs, **args.inputs}

    def call(self, args: MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        return {"names": [args.args["prefix"]], "bytes": 1}, []

    def script_input(self, name: str) -> str:
        """What the script of a command reads, with its line breaks."""
        commands = (command for command in self.registered if command.typ == "command:remote:Command")
        inputs = next(command.inputs for command in commands if command.name == name)
        return json.dumps(inputs["stdin"]).replace("\\n", "\n")

    def order(self, name: str) -> dict[str, Any]:
        """The inputs of a server's order."""
        orders = (order for order in self.registered if order.typ.startswith("softlayer:"))
        return next(order.inputs for order in orders if order.name == name)


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    monkeypatch.setattr("components.server.operator_key.start_agent", lambda *_: None)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    mocks = Engine()
    pulumi.runtime.set_mocks(mocks, project="softlayer-registry", stack="test")
    yield mocks
    pulumi.runtime.set_all_config({})
    loop.close()
    asyncio.set_event_loop(None)


@pytest.fixture
def stack(tmp_path: Path) -> dict[str, object]:
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    servers = [SERVER | {"name": "a"}, SERVER | {"name": "b", "role": "client"}]
    return {"domain": "registry.example", "sshKeyFile": os.path.relpath(key), "servers": servers}


def up(values: dict[str, object]) -> None:
    texts = {
        f"softlayer-registry:{key}": value if isinstance(value, str) else json.dumps(value)
        for key, value in values.items()
    }
    pulumi.runtime.set_all_config(texts)
    program: Callable[[], None] = pulumi.runtime.test(lambda: runpy.run_path(str(PROGRAM)) and None)  # type: ignore[no-untyped-call]
    program()


def certificate(end: float = 60) -> dict[str, object]:
    return {
        "registryName": "registry.example.com",
        "registryCertificate": issue(Shape("server", "root", end=end)),
        "registryCertificateKey": key_pem(key_of("server")),
        "registryCertificateAuthority": issue(ca("root")),
    }


BROKEN: dict[str, tuple[dict[str, object], str]] = {
    "key": ({"sshKeyFile": "nonexistent/key"}, "sshKeyFile: there is no private key"),
    "certificate": (certificate(end=-1), "registryCertificate: 'CN=server' expired on"),
    "issuer": ({**certificate(), "registryCertificateAuthority": ""}, "'CN=server' is issued by 'CN=root'"),
    "users": ({"registryUsers": {"bob": 1234}}, "registryUsers: the password of 'bob' must be text"),
    "roles": ({"registryRoles": {"nobody": "reader"}}, "registryRoles.nobody: nobody must be a name in"),
    "system": (
        {"servers": [SERVER | {"os": "CENTOS_7_64"}]},
        "servers[0].os: dal05-a: CENTOS_7_64 has no apt",
    ),
    "vlan": ({"servers": [SERVER | {"privateVlan": 1}]}, "servers[0].privateVlan: must be the id of a VLAN"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_nothing_is_registered_before_a_mistake_is_reported(
    engine: Engine, stack: dict[str, object], kind: str
) -> None:
    values, message = BROKEN[kind]
    with pytest.raises(SettingsError) as failure:
        up(stack | values)
    assert message in str(failure.value)
    assert [resource.typ for resource in engine.registered if resource.typ != "pulumi:pulumi:Stack"] == []


def test_an_adoption_that_has_not_ended_lets_only_its_own_runs_in(
    engine: Engine, stack: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    values = stack | {"adoption": {"since": "2026-12-01T15:00:00Z", "by": "anna@desk"}}
    with pytest.raises(SettingsError, match="adoption: an adoption has not ended; `bin/operate adopt test`"):
        up(values)
    assert [resource.typ for resource in engine.registered if resource.typ != "pulumi:pulumi:Stack"] == []
    monkeypatch.setenv("SOFTLAYER_REGISTRY_RUN_OF_ADOPT", "true")
    up(values)
    assert engine.order("dal05-a")


def test_all_mistakes_of_all_kinds_are_one_error(engine: Engine, stack: dict[str, object]) -> None:
    servers = [SERVER | {"os": "CENTOS_7_64", "privateVlan": 1}]
    broken = BROKEN["key"][0] | BROKEN["users"][0] | BROKEN["roles"][0]
    every = {**stack, **certificate(end=-1), **broken, "servers": servers}
    with pytest.raises(SettingsError) as failure:
        up(every)
    assert [message for _, message in BROKEN.values() if message not in str(failure.value)] == [
        BROKEN["issuer"][1]
    ]


def test_each_server_lets_the_others_in_where_ssh_is_not_open_to_all(
    engine: Engine, stack: dict[str, object]
) -> None:
    up(stack | {"sshFrom": [NETWORK]})
    guests = {
        resource.name: number
        for number, resource in enumerate(engine.registered, 1)
        if resource.typ.startswith("softlayer:index:VirtualGuest")
    }
    for server, peer in (("dal05-a", "dal05-b"), ("dal05-b", "dal05-a")):
        rules = [
            line
            for line in engine.script_input(f"{server}-firewall-trial").splitlines()
            if line.startswith("-A ") and "dport 22 " in line
        ]
        sources = [line.partition(" -s ")[2].partition(" ")[0] for line in rules]
        assert sources == [NETWORK, f"10.0.0.{guests[peer]}/32", f"192.0.2.{guests[peer]}/32"]


def test_servers_are_not_tied_to_each_other_where_ssh_is_open(
    engine: Engine, stack: dict[str, object]
) -> None:
    up(stack)
    assert "--dport 22 -j RETURN" in engine.script_input("dal05-a-firewall-trial")
    assert " -s " not in engine.script_input("dal05-a-firewall-trial").partition("*mangle")[2]


def test_the_storage_door_goes_to_the_private_endpoint_and_clients_to_the_public_one(
    engine: Engine, stack: dict[str, object]
) -> None:
    up(stack | {"registryRedirect": True})
    assert "dal05.objectstorage.service.networklayer.com" in engine.script_input("dal05-a-storage")
    front = engine.script_input("dal05-a-modern-door")
    assert "dal05.objectstorage.softlayer.net" in front
    assert "networklayer" not in front


def test_vlans_reach_the_order(engine: Engine, stack: dict[str, object]) -> None:
    metal = {"name": "m", "flavor": None, "preset": "S1270_8GB_2X1TBSATA_NORAID", "role": "client"}
    vlans = {"privateVlan": 1234567, "publicVlan": 1234568}
    up(stack | {"servers": [SERVER | vlans, SERVER | metal | vlans]})
    for name in ("dal05-a", "dal05-m"):
        order = engine.order(name)
        assert (order["privateVlanId"], order["publicVlanId"]) == (1234567, 1234568)


@pytest.mark.parametrize("provided", [True, False])
def test_the_end_of_the_certificate_is_an_output(
    engine: Engine, stack: dict[str, object], monkeypatch: pytest.MonkeyPatch, provided: bool
) -> None:
    exports: dict[str, Any] = {}
    monkeypatch.setattr(pulumi, "export", exports.__setitem__)
    up(stack | (certificate(end=40) if provided else {}) | {"registryUsers": {"jane": {"doe": "pw"}}})
    output = pulumi.Output.from_input(exports["certificateEnds"])
    loop = asyncio.get_event_loop()
    ends: Any = loop.run_until_complete(output.future())
    assert not loop.run_until_complete(output.is_secret())
    assert ends["dal05"]["modern"].endswith("+00:00")
    assert "\n  user jane.doe password " in engine.script_input("dal05-a-modern-door")

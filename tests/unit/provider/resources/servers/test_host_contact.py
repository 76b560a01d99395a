"""Who vouches for a host key: nobody is believed without the operator's word or a one-time key."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

import pytest

from provider.deadline import Deadline
from provider.errors import FirstContactError, UnfinishedError
from provider.host_keys.first_contact import Endpoint
from provider.host_keys.host_key import fingerprint
from provider.host_keys.one_time_key import generate_one_time_key, public_half
from provider.resources.bare_metal.server import BareMetalServer
from provider.resources.contract import State
from provider.resources.servers import host_contact
from provider.resources.servers.host_contact import (
    NewInstallation,
    installed_inputs,
    pin_host_key,
)
from provider.resources.virtual_guest.server import VirtualGuest
from provider.session import Session
from provider.values import Properties, text
from tests.support.provider.guest_inputs import GOOD
from tests.support.provider.provider_session import SETTINGS, session
from tests.unit.provider.resources.servers.delivered_servers import GUEST, METAL, NEW, reloaded
from tests.unit.provider.scripted_cloud import ScriptedCloud, target

PRESENTED = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGuY3ZJIhYXcqdZRMyjIrhcy0wA1QB2Ak2E7vkUJZGPd"
FRESH = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEKoB5P7lsWmOM0ov4nXGQx2y0fYHQJxNQn0cXcrPyrM"
ONE_TIME = generate_one_time_key()


@dataclass
class Ends:
    """A server that shows a key, and its user data in the account."""

    user_data: str = ""
    refuses: str = ""
    exchanged: list[tuple[Endpoint, str]] = field(default_factory=list)
    patience: list[float] = field(default_factory=list)

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        async def read(_address: str, seconds: float, *_: object) -> str:
            self.patience.append(seconds)
            return PRESENTED

        async def exchange(endpoint: Endpoint, one_time: str, *_: object) -> str:
            self.exchanged.append((endpoint, one_time))
            if self.refuses:
                raise FirstContactError(self.refuses)
            return FRESH

        monkeypatch.setattr(host_contact, "read_host_key", read)
        monkeypatch.setattr(host_contact, "exchange_host_key", exchange)

    @property
    def server(self) -> NewInstallation:
        async def read() -> str:
            return self.user_data

        async def clear() -> None:
            self.user_data = ""

        return NewInstallation("3", "192.0.2.1", read, clear)


def pinned(
    tmp_path: Path,
    ends: Ends,
    inputs: Properties,
    accepted: Mapping[str, str] = MappingProxyType({}),
    seconds: float = 5.0,
) -> str:
    def work(opened: Session) -> Awaitable[str]:
        settings = replace(opened.settings, accept_host_keys=accepted)

        async def pin() -> str:
            return await pin_host_key(
                replace(opened, settings=settings), ends.server, inputs, Deadline(seconds)
            )

        return pin()

    return ScriptedCloud({}).run(tmp_path, work)


BY_USER_DATA: Properties = {"firstContact": "userData", "sshKeyFile": "keys/mine"}


def test_a_one_time_key_is_spent_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOFTLAYER_REGISTRY_SSH_KEY", raising=False)
    ends = Ends(ONE_TIME.user_data)
    ends.install(monkeypatch)
    assert pinned(tmp_path, ends, BY_USER_DATA) == FRESH
    assert ends.exchanged == [(Endpoint("192.0.2.1", Path("keys/mine")), ONE_TIME.public)]
    assert ends.user_data == ""
    with pytest.raises(FirstContactError, match="no unused one-time key"):
        pinned(tmp_path, ends, BY_USER_DATA)


@pytest.mark.parametrize(
    ("inputs", "why"),
    [
        ({}, "takes no user data"),
        ({"firstContact": f"SHA256:{'a' * 43}"}, "Its key is not SHA256:aaa"),
        (BY_USER_DATA, "It does not prove the one-time host key"),
    ],
)
def test_a_refusal_names_the_fingerprint_and_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inputs: Properties, why: str
) -> None:
    ends = Ends(ONE_TIME.user_data, "does not prove the one-time host key")
    ends.install(monkeypatch)
    with pytest.raises(FirstContactError, match=why) as raised:
        pinned(tmp_path, ends, inputs)
    message = str(raised.value)
    assert f"set firstContact of the server to {fingerprint(PRESENTED)} in the stack file" in message
    assert f"SL_ACCEPT_HOST_KEYS=3={fingerprint(PRESENTED)}" in message
    assert "Nothing secret was sent" in message
    assert ends.user_data == ONE_TIME.user_data, "a key that nobody used is not thrown away"


@pytest.mark.parametrize(
    ("inputs", "accepted"),
    [
        ({"firstContact": "trust"}, {}),
        ({"firstContact": fingerprint(PRESENTED)}, {}),
        ({}, {"3": ""}),
        ({}, {"3": fingerprint(PRESENTED)}),
        ({"firstContact": f"SHA256:{'a' * 43}"}, {"3": fingerprint(PRESENTED)}),
        (BY_USER_DATA, {"3": "", "4": ""}),
    ],
)
def test_what_the_operator_vouches_for_is_pinned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inputs: Properties, accepted: Mapping[str, str]
) -> None:
    ends = Ends()
    ends.install(monkeypatch)
    assert pinned(tmp_path, ends, inputs, accepted) == PRESENTED
    assert ends.exchanged == []


def test_another_key_than_the_compared_one_is_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be shown between the comparison and the command that pins it."""
    Ends().install(monkeypatch)
    compared = f"SHA256:{'a' * 43}"
    with pytest.raises(FirstContactError, match=f"Its key is not {compared}, as SL_ACCEPT_HOST_KEYS says"):
        pinned(tmp_path, Ends(), {"firstContact": "trust"}, {"3": compared})


@pytest.mark.parametrize(("seconds", "patience"), [(2700.0, 300.0), (40.0, 40.0), (0.0, 1.0)])
def test_sshd_has_what_is_left_of_the_time_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds: float, patience: float
) -> None:
    ends = Ends()
    ends.install(monkeypatch)
    pinned(tmp_path, ends, {"firstContact": "trust"}, seconds=seconds)
    assert ends.patience == [pytest.approx(patience, abs=1.0)]


def test_the_state_never_has_the_one_time_key(tmp_path: Path) -> None:
    def work(opened: Session) -> Awaitable[tuple[Properties, str]]:
        async def inputs() -> tuple[Properties, str]:
            ordered = installed_inputs(opened, {**GOOD, **BY_USER_DATA})
            return ordered, opened.redactor.clean(text(ordered, "userData"))

        return inputs()

    ordered, cleaned = ScriptedCloud({}).run(tmp_path, work)
    assert public_half(text(ordered, "userData"))
    assert "PRIVATE KEY" not in cleaned, "it would show in the log of a call"
    assert installed_inputs(session(), GOOD) == GOOD


@pytest.mark.parametrize(
    ("inputs", "path"),
    [
        ({"firstContact": "anybody"}, "firstContact"),
        ({"firstContact": "SHA256:short"}, "firstContact"),
        ({"firstContact": "userData"}, "sshKeyFile"),
        ({**BY_USER_DATA, "userData": "own"}, "userData"),
    ],
)
def test_inputs_that_cannot_be_meant(inputs: Properties, path: str) -> None:
    checked = VirtualGuest().check(session(), "urn", {}, {**GOOD, **inputs})
    assert [failure.path for failure in checked.failures] == [path]


def test_bare_metal_takes_no_user_data() -> None:
    checked = BareMetalServer().check(session(), "urn", {}, {**METAL, "firstContact": "userData"})
    assert ["images of bare metal take no user data" in failure.reason for failure in checked.failures] == [
        True
    ]


HANDLERS: list[tuple[VirtualGuest | BareMetalServer, str, Properties]] = [
    (VirtualGuest(), "3", {**GOOD, "hostname": "web"}),
    (BareMetalServer(), "u-u-i-d", {name: value for name, value in METAL.items() if name != "firstContact"}),
]


@pytest.mark.parametrize(("handler", "identifier", "inputs"), HANDLERS)
def test_a_reload_in_the_portal_is_a_new_first_contact(
    handler: VirtualGuest | BareMetalServer,
    identifier: str,
    inputs: Properties,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its key is believed on the operator's word alone, and the server stays in the state meanwhile."""
    Ends().install(monkeypatch)
    declared: Properties = {**inputs, "probeSsh": True, "orderToken": "abcdefgh"}
    old = State(declared, {**declared, "installation": identifier, "sshHostKey": FRESH})
    server = {**GUEST, **reloaded(NEW)}
    answers: dict[str, list[object]] = {
        "Virtual_Guest::getObject": [server],
        "Account::getVirtualGuests": [[server]],
        "Hardware_Server::getObject": [server],
        "Account::getHardware": [[server]],
    }

    def update(accepted: Mapping[str, str]) -> Callable[[Session], Awaitable[Properties]]:
        def work(opened: Session) -> Awaitable[Properties]:
            settings = replace(SETTINGS, accept_host_keys=accepted)
            changed = replace(opened, settings=settings)
            return handler.update(changed, target(handler.token), identifier, old, old.inputs)

        return work

    with pytest.raises(UnfinishedError, match="nothing vouches for the SSH host key") as raised:
        ScriptedCloud(answers).run(tmp_path, update({}))
    assert raised.value.identifier == identifier
    outputs = ScriptedCloud(answers).run(tmp_path, update({identifier: ""}))
    assert text(outputs, "sshHostKey") == PRESENTED

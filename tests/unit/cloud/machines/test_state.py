"""The books of networks and machines."""

import stat
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from cloud.interfaces import Addresses, MachineError, MachineSpec
from cloud.machines.state import MachineState, MachineStateFile

_STEPS = some.lists(
    some.tuples(
        some.integers(1, 40), some.sampled_from(["dal05", "ams01", "sjc01"]), some.booleans(), some.booleans()
    ),
    max_size=80,
)


@given(_STEPS)
def test_no_two_guests_ever_share_an_address(steps: list[tuple[int, str, bool, bool]]) -> None:
    state = MachineState(network="10.213.0.0/16")
    for identifier, datacenter, private_only, leave in steps:
        if leave:
            state.forget(identifier)
        else:
            state.reserve(identifier, datacenter, private_only=private_only)
        addresses = [
            address
            for reservation in state.reservations.values()
            for address in (reservation.public_ip, reservation.private_ip)
            if address is not None
        ]
        assert len(addresses) == len(set(addresses))
        assert all(IPv4Address(address) in IPv4Network(state.network) for address in addresses)


def test_a_guest_keeps_its_addresses() -> None:
    state = MachineState(network="10.213.0.0/16")
    first = state.reserve(7, "dal05", private_only=False)
    state.reserve(8, "dal05", private_only=False)
    assert state.reserve(7, "dal05", private_only=False) == first == Addresses("10.213.1.10", "10.213.1.130")


def test_a_private_guest_has_the_backend_address_alone() -> None:
    assert MachineState(network="10.213.0.0/16").reserve(7, "dal05", private_only=True).public_ip is None


def test_used_up_addresses_are_an_error_with_the_datacenter() -> None:
    state = MachineState(network="10.213.0.0/16")
    for identifier in range(61):
        state.reserve(identifier, "dal05", private_only=False)
    with pytest.raises(MachineError, match=r"dal05.*in use.*cancel"):
        state.reserve(1000, "dal05", private_only=False)
    state.forget(50)
    assert state.reserve(1000, "dal05", private_only=False).public_ip == "10.213.1.60"


def test_the_file_gives_back_what_was_written_and_is_private(tmp_path: Path) -> None:
    store = MachineStateFile(tmp_path / "machines.json")
    spec = MachineSpec(
        7,
        "web",
        "example.com",
        "dal05",
        "UBUNTU_24_64",
        2,
        1024,
        25,
        None,
        "10.213.1.129",
        ("ssh-ed25519 A",),
        "x",
    )
    with store.change() as state:
        state.network = "10.213.0.0/16"
        state.reserve(7, "dal05", private_only=True)
        state.machines[7] = spec
        state.powered_on.add(7)
    assert store.read() == state
    assert stat.S_IMODE((tmp_path / "machines.json").stat().st_mode) == 0o600


def test_a_change_that_fails_is_not_written(tmp_path: Path) -> None:
    store = MachineStateFile(tmp_path / "machines.json")
    with store.change() as state:
        state.network = "10.213.0.0/16"
    with pytest.raises(MachineError):
        _use_up(store)
    assert store.read() == MachineState(network="10.213.0.0/16")


def _use_up(store: MachineStateFile) -> None:
    with store.change() as state:
        for identifier in range(1000):
            state.reserve(identifier, "dal05", private_only=False)


def test_the_second_private_subnet_has_addresses_of_its_own() -> None:
    state = MachineState(network="10.213.0.0/16")
    first = state.reserve(7, "dal05", private_only=True)
    second = state.reserve(8, "dal05", private_only=True, second=True)
    assert (first.private_ip, second.private_ip) == ("10.213.1.130", "10.213.1.194")

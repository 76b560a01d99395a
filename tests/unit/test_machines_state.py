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
    books = MachineState(network="10.213.0.0/16")
    for identifier, datacenter, private_only, leave in steps:
        if leave:
            books.forget(identifier)
        else:
            books.reserve(identifier, datacenter, private_only=private_only)
        held = [
            address
            for one in books.reservations.values()
            for address in (one.public_ip, one.private_ip)
            if address is not None
        ]
        assert len(held) == len(set(held))
        assert all(IPv4Address(address) in IPv4Network(books.network) for address in held)


def test_a_guest_keeps_its_addresses() -> None:
    books = MachineState(network="10.213.0.0/16")
    first = books.reserve(7, "dal05", private_only=False)
    books.reserve(8, "dal05", private_only=False)
    assert books.reserve(7, "dal05", private_only=False) == first == Addresses("10.213.1.10", "10.213.1.130")


def test_a_private_guest_has_the_backend_address_alone() -> None:
    assert MachineState(network="10.213.0.0/16").reserve(7, "dal05", private_only=True).public_ip is None


def test_used_up_addresses_are_told_with_the_datacenter() -> None:
    books = MachineState(network="10.213.0.0/16")
    for identifier in range(61):
        books.reserve(identifier, "dal05", private_only=False)
    with pytest.raises(MachineError, match=r"dal05.*in use.*cancel"):
        books.reserve(1000, "dal05", private_only=False)
    books.forget(50)
    assert books.reserve(1000, "dal05", private_only=False).public_ip == "10.213.1.60"


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
    with store.change() as books:
        books.network = "10.213.0.0/16"
        books.reserve(7, "dal05", private_only=True)
        books.machines[7] = spec
        books.powered_on.add(7)
    assert store.read() == books
    assert stat.S_IMODE((tmp_path / "machines.json").stat().st_mode) == 0o600


def test_a_change_that_fails_is_not_written(tmp_path: Path) -> None:
    store = MachineStateFile(tmp_path / "machines.json")
    with store.change() as books:
        books.network = "10.213.0.0/16"
    with pytest.raises(MachineError):
        _use_up(store)
    assert store.read() == MachineState(network="10.213.0.0/16")


def _use_up(store: MachineStateFile) -> None:
    with store.change() as books:
        for identifier in range(1000):
            books.reserve(identifier, "dal05", private_only=False)


def test_the_second_private_subnet_has_addresses_of_its_own() -> None:
    books = MachineState(network="10.213.0.0/16")
    first = books.reserve(7, "dal05", private_only=True)
    second = books.reserve(8, "dal05", private_only=True, second=True)
    assert (first.private_ip, second.private_ip) == ("10.213.1.130", "10.213.1.194")

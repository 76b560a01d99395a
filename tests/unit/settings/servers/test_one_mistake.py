"""One slip of the pen in a server's entry is one mistake: what follows from it is not counted."""

from collections.abc import Mapping

import pytest

from settings.check import problems_of
from tests.support.stack_settings import MINIMAL, SERVER

REGISTRY = SERVER | {
    "role": "registry",
    "frontDoor": True,
    "hourly": True,
    "tags": ["a"],
    "networkSpeed": 100,
}
CLIENT = SERVER | {"name": "c", "role": "client"}
STANDBY = SERVER | {"name": "b", "role": "registry", "frontDoor": False}
PLACE = {"datacenter": "ams01", "os": "DEBIAN_12_64"}
METAL = PLACE | {
    "name": "a",
    "role": "registry",
    "preset": "S1270_32GB",
    "systemChange": "reload",
    "hourly": False,
}
CUSTOM = PLACE | {"name": "c", "role": "client", "cpus": 2, "memory": 4096, "disks": [25], "cancellation": ""}
SERVERS: tuple[Mapping[str, object], ...] = (REGISTRY, CLIENT, STANDBY, METAL, CUSTOM)


def mistakes(position: int, entry: Mapping[str, object]) -> list[str]:
    """What is wrong with a stack of all these servers, one of them another."""
    servers = [*SERVERS[:position], entry, *SERVERS[position + 1 :]]
    values = MINIMAL | {"servers": servers, "objectDatacenter": "dal05"}
    return problems_of(values, with_secrets=False, with_key=False)


def test_the_servers_have_no_mistake() -> None:
    assert mistakes(0, REGISTRY) == []


@pytest.mark.parametrize(
    ("position", "key"), [(position, key) for position, entry in enumerate(SERVERS) for key in entry]
)
def test_a_mistyped_key_is_one_mistake(position: int, key: str) -> None:
    entry = {f"{name}x" if name == key else name: value for name, value in SERVERS[position].items()}
    (mistake,) = mistakes(position, entry)
    assert mistake.startswith(f"servers[{position}].{key}x: is not a setting")


@pytest.mark.parametrize("position", range(len(SERVERS)))
@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("datacenter", "dalo5"),
        ("datacenter", 5),
        ("role", "Registry"),
        ("role", True),
        ("name", "A"),
        ("name", None),
        ("frontDoor", "yes"),
        ("os", "MINIX_1"),
        ("os", 12),
        ("hourly", "no"),
        ("flavor", 4),
        ("preset", 4),
        ("cpus", "two"),
    ],
)
def test_a_wrong_value_is_one_mistake(position: int, key: str, value: object) -> None:
    (mistake,) = mistakes(position, {**SERVERS[position], key: value})
    assert mistake.startswith(f"servers[{position}].{key}: ")


def test_a_registry_in_another_datacenter_is_one_mistake_and_names_the_move() -> None:
    servers = [SERVER | {"datacenter": "ams01"}, CLIENT]
    (mistake,) = problems_of(MINIMAL | {"servers": servers}, with_secrets=False, with_key=False)
    assert mistake.startswith("servers: dal05 has no server with the role registry; its servers are c. ")
    assert mistake.endswith("; `operate move ENV --to SERVER` moves a registry")

"""The stack's configuration: every mistake at once, and nothing wrong accepted."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.access.certificate import Issuer, issue
from components.proxy.colour_ports import PORTS
from components.proxy.haproxy_config import ProxyShape
from dev.local.environment import CHECKOUT
from provider.resources.virtual_guest.fields import LONGEST_HOSTNAME
from settings import ContentPolicy, Settings, SettingsError, SwiftSettings, parse
from settings.__main__ import reference
from settings.ports import METRICS_PORT, OWN_PORTS, STORAGE_PORT
from settings.table import SECTIONS
from tests.support.stack_settings import JSON, MINIMAL, SERVER


def test_a_minimal_stack_takes_the_documented_defaults() -> None:
    settings = parse(MINIMAL)
    assert settings.access.port == 5000
    assert settings.access.listen == "private"
    assert settings.storage == SwiftSettings("dal05", "docker", force_destroy=False)
    assert settings.servers[0].hourly
    assert settings.protect.kinds == ("servers", "images", "addresses")
    assert str(settings.ssh_key_file) == "~/.ssh/id_ed25519"


def test_every_mistake_is_reported_at_once_with_its_key() -> None:
    wrong = {
        "domain": "no dots",
        "servers": [SERVER | {"flavour": "x"}, SERVER | {"cpus": 2, "memory": 4096}],
        "registryPort": 70000,
        "storageDriver": "zfs",
    }
    with pytest.raises(SettingsError) as failure:
        parse(wrong)
    message = str(failure.value)
    keys = (
        "domain:",
        "sshKeyFile:",
        "servers[0].flavour:",
        "servers[1].flavor:",
        "'dal05-a' is given 2 times",
        "registryPort:",
        "storageDriver:",
    )
    for key in keys:
        assert key in message


@pytest.mark.parametrize("servers", [[], "a", [{"name": "a"}], [SERVER | {"role": "client"}], [3]])
def test_wrong_servers_are_refused(servers: object) -> None:
    with pytest.raises(SettingsError, match="servers"):
        parse(MINIMAL | {"servers": servers})


METAL = {key: SERVER[key] for key in ("name", "datacenter", "os")} | {"preset": "S1270_8GB"}


@pytest.mark.parametrize(
    ("server", "problem"),
    [
        (SERVER | {"systemChange": "reload"}, r"servers\[0\]\.systemChange: is for bare metal only"),
        (METAL | {"hourly": False, "systemChange": "replace"}, "systemChange: must be reload by the month"),
        (SERVER | {"cancellation": "anniversary"}, "cancellation: must be immediate, or left out"),
        (SERVER | {"hourly": False, "cancellation": "anniversary"}, ""),
        (METAL | {"hourly": False, "cancellation": "immediate", "systemChange": "reload"}, ""),
        (METAL | {"systemChange": "replace", "cancellation": "anniversary"}, ""),
    ],
)
def test_what_is_paid_by_the_month_has_its_own_words(server: dict[str, object], problem: str) -> None:
    if not problem:
        assert parse(MINIMAL | {"servers": [server]}).servers[0].name == "a"
        return
    with pytest.raises(SettingsError, match=problem):
        parse(MINIMAL | {"servers": [server]})


def test_datacenters_are_by_name() -> None:
    servers = [SERVER | {"name": name, "datacenter": dc} for name, dc in [("a", "dal05"), ("b", "ams03")]]
    settings = parse(MINIMAL | {"servers": servers, "objectDatacenter": "dal05"})
    assert settings.datacenters == ("ams03", "dal05")
    assert settings.home == "dal05"


def test_of_two_datacenters_the_accounts_is_named() -> None:
    servers = [SERVER, SERVER | {"datacenter": "ams03"}]
    with pytest.raises(SettingsError, match=r"objectDatacenter: the servers are in ams03, dal05; name the"):
        parse(MINIMAL | {"servers": servers})
    assert parse(MINIMAL | {"servers": servers, "registryStorage": "filesystem"}).home == "ams03"
    elsewhere = parse(MINIMAL | {"servers": servers, "objectDatacenter": "par01"})
    assert (elsewhere.storage.datacenter, elsewhere.home) == ("par01", "ams03")  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("first", "further", "hint"),
    [
        ({"frontDoor": True}, {}, "account: dal05, where the server with frontDoor true is, unless "),
        ({}, {"frontDoor": False}, "account: dal05, where the only front door is, unless "),
        ({}, {}, "account; for a stack"),
        ({"frontDoor": True}, {"frontDoor": True}, "account; for a stack"),
    ],
)
def test_a_front_door_tells_the_account_s_datacenter(
    first: dict[str, object], further: dict[str, object], hint: str
) -> None:
    servers = [SERVER | {"name": "b", "datacenter": "ams03"} | further, SERVER | first]
    with pytest.raises(SettingsError) as failure:
        parse(MINIMAL | {"servers": servers})
    (mistake,) = [line for line in failure.value.problems if line.startswith("objectDatacenter")]
    assert hint in mistake
    assert "`pulumi stack output objectStore` shows it as datacenter" in mistake


def test_a_name_is_filled_in_for_each_datacenter() -> None:
    servers = [SERVER, SERVER | {"datacenter": "ams03"}]
    two = MINIMAL | {"servers": servers, "objectDatacenter": "dal05"}
    access = parse(two | {"registryName": "r-{datacenter}.example.com"}).access
    assert [access.name_in(datacenter) for datacenter in ("dal05", "ams03")] == [
        "r-dal05.example.com",
        "r-ams03.example.com",
    ]
    assert parse(MINIMAL).access.name_in("dal05") == ""
    with pytest.raises(SettingsError, match=r"registryName: r\.example\.com would name 2 registries"):
        parse(two | {"registryName": "r.example.com"})


@pytest.mark.parametrize(
    "name", ["registry", "10.0.0.1", "a..b", "-a.example", "A.example", "a.example:5000", "{dc}.example"]
)
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(SettingsError, match="registryName"):
        parse(MINIMAL | {"registryName": name})


@pytest.mark.parametrize(
    "address", ["", "layers.example.com", "https://layers.example.com", "ftp://a/", "https://a b/", 5]
)
def test_what_is_no_beginning_of_addresses_is_refused(address: object) -> None:
    with pytest.raises(SettingsError, match=r"registryForeignLayers\[0\]"):
        parse(MINIMAL | {"registryForeignLayers": [address]})


def test_a_release_has_a_content_policy_of_its_own() -> None:
    settings = parse(
        MINIMAL
        | {"registryForeignLayers": ["https://"], "releases": {"1": {"catalogLimit": 5}, "2": {}}, "red": "1"}
        | {"black": "2"}
    )
    modern = {colour: release.registry.modern for colour, release in settings.colours.releases.items()}
    assert modern["red"]
    assert modern["red"].content == ContentPolicy(("https://",), 5)
    assert modern["black"]
    assert modern["black"].content == ContentPolicy(("https://",), 1000)


@pytest.mark.parametrize("file", reference(), ids=lambda file: str(file.name))
def test_project_file_and_page_are_made_from_the_table(file: Path) -> None:
    assert file.read_text() == reference()[file], "run python -m settings"


def test_every_place_that_the_table_names_is_there() -> None:
    docs = CHECKOUT / "docs"
    for setting in (setting for settings in SECTIONS.values() for setting in settings):
        assert not setting.see or (docs / setting.see.partition("#")[0]).is_file(), setting.key
        assert setting.meaning.endswith("."), setting.key


@given(st.dictionaries(st.sampled_from([*MINIMAL, "registryPort", "registryListen", "protect"]), JSON))
def test_no_value_does_worse_than_a_settings_error(values: dict[str, object]) -> None:
    try:
        settings = parse(MINIMAL | values)
    except SettingsError:
        return
    assert isinstance(settings, Settings)
    assert 1 <= settings.access.port <= 65535


@pytest.mark.parametrize("port", [22, 509, 8405, 15000, 15090, 15499])
@pytest.mark.parametrize("key", ["registryPort", "legacyPort"])
def test_ports_that_servers_need_themselves_are_refused(key: str, port: int) -> None:
    with pytest.raises(SettingsError, match=rf"{key}: must not be 22 \(SSH\).*got {port}"):
        parse(MINIMAL | {"registryGeneration": "both", key: port})


def test_the_ports_of_colours_are_among_those_refused() -> None:
    colours = {port for ports in PORTS.values() for port in (ports.registry, ports.debug, ports.inner)}
    assert colours <= {0, *OWN_PORTS}
    assert ProxyShape().metrics_port == METRICS_PORT


def test_only_root_can_take_the_port_to_which_the_storage_key_goes() -> None:
    assert STORAGE_PORT < 1024


CLIENT = SERVER | {"name": "c", "role": "client"}


def mistakes(values: dict[str, object]) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as failure:
        parse(MINIMAL | values)
    return failure.value.problems


def test_a_misspelt_datacenter_is_named_and_not_a_missing_role() -> None:
    (mistake,) = mistakes({"servers": [SERVER, CLIENT | {"datacenter": "dal5"}]})
    assert mistake.startswith("servers[1].datacenter: must be a datacenter's short name")
    assert mistake.endswith("not 'dal5'; nearest is dal05")
    assert mistakes({"objectDatacenter": "dallas"})[0].startswith("objectDatacenter: must be a datacenter's")


def test_a_datacenter_that_is_newer_than_the_known_ones_is_accepted() -> None:
    assert parse(MINIMAL | {"servers": [SERVER | {"datacenter": "zzz99"}]}).home == "zzz99"


@pytest.mark.parametrize(("length", "is_allowed"), [(42, True), (43, False), (64, False)])
def test_a_server_s_name_fits_into_its_certificate_and_its_host_name(
    length: int, *, is_allowed: bool
) -> None:
    name = "a" * length
    if not is_allowed:
        (mistake,) = mistakes({"servers": [SERVER | {"name": name}]})
        assert mistake.startswith(f"servers[0].name: must have at most 42 characters, not {length}, since")
        return
    server = parse(MINIMAL | {"servers": [SERVER | {"name": name}]}).servers[0]
    issue(Issuer("x" * 32), f"{server.full_name}-modern-registry", ("127.0.0.1",))
    assert len(server.full_name) <= LONGEST_HOSTNAME


@pytest.mark.parametrize("domain", ["a." * 91 + "com", f"{'a' * 64}.com", "a..com", "-a.com"])
def test_a_domain_is_one_that_the_provider_takes(domain: str) -> None:
    (mistake,) = mistakes({"domain": domain})
    assert mistake.startswith("domain: must be a DNS domain such as registry.example.com, of at most 180")


@pytest.mark.parametrize(
    ("values", "mistake"),
    [
        ({"registryPort": "many"}, "registryPort: must be a whole number, not 'many'"),
        ({"registryListen": 5}, "registryListen: must be text, not 5"),
        ({"retiringDoors": "dal05-a"}, "retiringDoors: must be a list, not 'dal05-a'"),
        ({"sshFrom": [5]}, "sshFrom[0]: must be text, not 5"),
        ({"domain": None}, "domain: is missing; set it"),
        (
            {"servers": [SERVER | {"preset": "P"}]},
            (
                "servers[0].flavor: must be given alone, or instead of it preset (bare metal), or both cpus"
                f" and memory (MB); got flavor {SERVER['flavor']}, preset P"
            ),
        ),
    ],
)
def test_one_mistake_is_one_sentence_in_the_words_of_the_stack_file(
    values: dict[str, object], mistake: str
) -> None:
    assert mistakes(values) == (mistake,)


def test_mistakes_are_counted_in_the_first_line() -> None:
    with pytest.raises(SettingsError, match="the stack file has 1 mistake; nothing was ordered"):
        parse(MINIMAL | {"registryPort": 70000})

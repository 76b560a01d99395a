"""The names of a stack file that the account does not offer, as the doctor names them."""

from dataclasses import replace

import pytest

from cloud.catalog.hardware import PRESETS
from operate.doctor.finding import Area, CheckResult, Finding, Severity, error, ok
from operate.doctor.judgements.offers import EVERYWHERE, OffersObservation, judge_offers, without_repeated
from operate.init.answers import Locations, Size, Sizes, usable_systems

PRESET = "S1270_8GB_2X1TBSATA_NORAID"
SIZES = Sizes(
    {name: Size(name, "") for name in ("B1_2X4X100", "B1_2X4X25", "B1_4X8X100")}, {PRESET: Size(PRESET, "")}
)
LOCATIONS = Locations(
    {"dal05": "Dallas 5", "dal13": "Dallas 13"}, all_systems=("DEBIAN_12_64", "UBUNTU_24_64")
)
SERVER = {"name": "a", "datacenter": "dal05", "os": "UBUNTU_24_64", "flavor": "B1_2X4X100"}
SECOND = SERVER | {"name": "b"}
OBSERVED = OffersObservation("prod.yaml", (), "", LOCATIONS, {"dal05": SIZES})


def judge(*servers: object, observed: OffersObservation = OBSERVED) -> list[Finding]:
    return list(judge_offers("prod", replace(observed, servers=servers)))


@pytest.mark.parametrize(
    "server",
    [
        SERVER,
        SERVER | {"os": "UBUNTU_LATEST_64"},
        {"name": "a", "datacenter": "dal05", "os": "DEBIAN_12_64", "preset": PRESET},
        {"name": "a", "datacenter": "dal05", "os": "DEBIAN_12_64", "cpus": 2, "memory": 4096},
    ],
)
def test_what_the_account_offers_is_no_fault(server: object) -> None:
    (finding,) = judge(server)
    assert finding.severity is Severity.OK


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"flavor": "B1_2X4X10"}, "servers[1].flavor: must be a flavor in dal05, got 'B1_2X4X10'; nearest "),
        ({"os": "DEBAIN_12_64"}, "servers[1].os: must be an operating system reference code of"),
        (
            {"preset": "S1270_8GB"},
            f"servers[1].preset: must be a preset in dal05, got 'S1270_8GB'; nearest is {PRESET}",
        ),
        (
            {"flavor": "zzz"},
            "servers[1].flavor: must be a flavor in dal05, got 'zzz'; known are B1_2X4X100, ",
        ),
    ],
)
def test_a_wrong_name_is_named_at_its_place_with_its_server(changes: dict[str, str], what: str) -> None:
    (finding,) = judge(SERVER, SECOND | changes)
    assert finding.severity is Severity.ERROR
    assert finding.what.startswith(what)
    assert finding.what.endswith("(server dal05-b)")
    assert finding.remedy == "correct it in prod.yaml, then run operate doctor prod"


def test_all_wrong_names_are_named_at_once() -> None:
    wrong = SECOND | {"datacenter": "dal50", "os": "DEBAIN_12_64", "flavor": "nope"}
    observed = replace(OBSERVED, sizes={"dal05": SIZES, EVERYWHERE: SIZES}, object_datacenter="dla13")
    findings = judge(SERVER | {"flavor": "B1_2X4"}, wrong, observed=observed)
    keys = [finding.what.partition(":")[0] for finding in findings]
    second = ["servers[1].datacenter", "servers[1].os", "servers[1].flavor"]
    assert keys == ["servers[0].flavor", *second, "objectDatacenter"]
    assert "must be a flavor of this account, got 'nope'" in findings[3].what
    assert "; nearest is dal05" in findings[1].what


@pytest.mark.parametrize("preset", ["S1270_32GB", "s1270_32gb_raid", "S1270_64GB_2X1TBSATA"])
def test_a_part_of_a_preset_s_name_has_nearest_names_in_an_account_with_many(preset: str) -> None:
    sizes = Sizes({}, {item.key_name: Size(item.key_name, "") for item in PRESETS})
    observed = replace(OBSERVED, sizes={"dal05": sizes})
    (finding,) = judge(SERVER | {"flavor": None, "preset": preset}, observed=observed)
    assert "; nearest " in finding.what
    assert "S1270_32GB_2X1TBSATA_NORAID" in finding.what
    assert "..." not in finding.what


@pytest.mark.parametrize(
    ("role", "nearest"),
    [({}, "UBUNTU_20_64, UBUNTU_22_64"), ({"role": "registry"}, "UBUNTU_20_64, UBUNTU_22_64"),
     ({"role": "client"}, "UBUNTU_18_64")],
)  # fmt: skip
def test_a_system_is_proposed_that_can_carry_what_the_server_may_have(
    role: dict[str, str], nearest: str
) -> None:
    """HAProxy of Ubuntu 18.04 has no socket of its master, which a front door needs."""
    codes = ("CENTOS_7_64", "UBUNTU_16_64", "UBUNTU_18_64", "UBUNTU_20_64", "UBUNTU_22_64")
    locations = replace(LOCATIONS, systems=usable_systems(codes), all_systems=codes)
    (finding,) = judge(SERVER | {"os": "UBUNTU_18"} | role, observed=replace(OBSERVED, locations=locations))
    proposed = finding.what.partition("; nearest ")[2].partition(" (server")[0].partition(" ")[2]
    assert proposed.startswith(nearest)
    assert ("UBUNTU_18_64" in proposed) is (role.get("role") == "client")


def test_a_list_that_is_cut_off_tells_how_much_is_left_out() -> None:
    names = [f"B1_{number}X4" for number in range(10, 20)]
    observed = replace(OBSERVED, sizes={"dal05": Sizes({name: Size(name, "") for name in names})})
    (finding,) = judge(SERVER | {"flavor": "zzz"}, observed=observed)
    assert "B1_15X4 and 4 more (server" in finding.what


def test_a_wrong_datacenter_is_named_once() -> None:
    file = CheckResult(
        Area.STACK,
        "stack file",
        (
            error("servers[1].datacenter: no datacenter dal99 is known here", "correct it"),
            error("servers[1].role: must be one of registry, client", "correct it"),
            error("servers[1].os: MINIX_1 has no apt", "correct it"),
        ),
        1.0,
    )
    offers = CheckResult(
        Area.ACCOUNT,
        "offers",
        (
            error("servers[1].datacenter: 'dal99' is no datacenter of this account", "correct it"),
            error("servers[1].os: 'MINIX_1' is no operating system", "correct it"),
        ),
        1.0,
    )
    other = CheckResult(Area.MACHINE, "clock", (ok("the clock agrees"),), 1.0)
    account, machine, stack = without_repeated([offers, other, file])
    assert [finding.what.partition(":")[0] for finding in account.findings] == ["servers[1].datacenter"]
    assert [finding.what.partition(":")[0] for finding in stack.findings] == [
        "servers[1].role",
        "servers[1].os",
    ]
    assert machine == other
    alone = replace(file, findings=file.findings[:1])
    _, (only,) = (result.findings for result in without_repeated([offers, alone]))
    assert only.severity is Severity.NOTE
    assert only.what == "servers[1].datacenter: see the check `offers`; nothing else is wrong"
    assert without_repeated([file]) == (file,)


def test_what_an_existing_server_was_ordered_from_may_have_left_the_lists() -> None:
    (finding,) = judge(SERVER | {"flavor": "B0"}, observed=replace(OBSERVED, existing={"dal05-a"}))
    assert finding.severity is Severity.NOTE
    assert "server dal05-a, which exists" in finding.what


def test_a_list_that_the_account_does_not_give_judges_nothing() -> None:
    (finding,) = judge(SERVER, 3, observed=replace(OBSERVED, locations=Locations(), sizes={}))
    assert finding.severity is Severity.OK

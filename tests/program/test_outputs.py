"""docs/reference/outputs.md lists what the program exports: every output and every part of `operate`, no other."""

import re
from collections.abc import Iterator, Mapping

import pytest

from dev.local.environment import CHECKOUT
from tests.program.operator_config import Config
from tests.program.operator_config import operator as operator
from tests.program.program_under_mocks import ProgramRun, run_program

PAGE = (CHECKOUT / "docs" / "reference" / "outputs.md").read_text()
SHAPE = {"datacenter": "dal05", "os": "DEBIAN_12_64", "cpus": 1, "memory": 2048}
STANDBY = [{**SHAPE, "name": "a", "frontDoor": True}, {**SHAPE, "name": "b"}]


@pytest.fixture(scope="module")
def runs(operator: Config) -> list[ProgramRun]:
    """Runs that together export everything."""
    with_both = {"servers": STANDBY, "globalIp": True, "registryListen": "public"}
    on_servers = {
        "servers": STANDBY, "registryGeneration": "modern", "colour": "servers", "black": "2",
        "releases": {"1": {}, "2": {"server": "b"}},
    }  # fmt: skip
    return [
        run_program(
            {f"softlayer-registry:{key}": value for key, value in {**operator, **changes}.items()},
            cancelled={"dal05-b": "2027-01-01"},
        )
        for changes in (with_both, on_servers)
    ]


def documented(section: str) -> list[str]:
    """Return the first column of the table of a section."""
    text = PAGE.partition(f"## {section}\n")[2].partition("\n## ")[0]
    return re.findall(r"^\| `([^`]+)`", text, re.MULTILINE)


def paths(value: object, path: str = "") -> Iterator[str]:
    """Yield the paths of all values below one, `[]` for the items of a list; nothing for what is empty."""
    match value:
        case Mapping():
            for key, inner in value.items():
                yield from paths(inner, f"{path}.{key}" if path else str(key))
        case list():
            for inner in value:
                yield from paths(inner, f"{path}[]")
        case _:
            yield path


def matches(pattern: str, path: str) -> bool:
    """Whether a path is one of a row; a word in capitals stands for any name."""
    expression = re.sub(r"[A-Z]{2,}", r"[^\[.]+?", pattern.replace(".", r"\.").replace("[]", r"\[\]"))
    return re.fullmatch(rf"{expression}(?:\[\])?", path) is not None


def test_every_output_is_listed_and_no_other(runs: list[ProgramRun]) -> None:
    assert set(documented("Outputs")) == {name for exported in runs for name in exported.outputs}


def test_every_part_of_the_output_operate_is_listed_and_no_other(runs: list[ProgramRun]) -> None:
    rows = documented("The output `operate`")
    exported = {path for run in runs for path in paths(run.outputs["operate"])}
    assert len(rows) > 20
    assert {path for path in exported if not any(matches(row, path) for row in rows)} == set()
    assert [row for row in rows if not any(matches(row, path) for path in exported)] == []


def test_what_is_secret_is_marked() -> None:
    secret = re.findall(r"^\| `(\w+)` \| secret", PAGE, re.MULTILINE)
    assert secret == ["password", "operate"]


@pytest.mark.parametrize(
    ("pattern", "path", "is_match"),
    [
        ("doors[].address", "doors[].address", True),
        ("doors[].address", "doors[].addresses", False),
        ("colours.COLOUR.ports.GENERATION", "colours.red.ports.modern", True),
        ("colours.COLOUR", "colours.red.ports.modern", False),
        ("openSsh", "openSsh[]", True),
    ],
)
def test_a_row_matches_its_paths(pattern: str, path: str, is_match: bool) -> None:
    assert matches(pattern, path) is is_match

"""What documents say of the program is so: its outputs, and its components.

docs/reference/outputs.md lists every output and every part of `operate`; docs/design/architecture.md has the
tree of the components.
"""

import re
from collections.abc import Iterator, Mapping

import pytest

from dev.local.environment import CHECKOUT
from tests.program.operator_config import Config
from tests.program.operator_config import operator as operator
from tests.program.program_under_mocks import ProgramRun, run_program

PAGE = (CHECKOUT / "docs" / "reference" / "outputs.md").read_text()
ARCHITECTURE = (CHECKOUT / "docs" / "design" / "architecture.md").read_text()
SHAPE = {"datacenter": "dal05", "os": "DEBIAN_12_64", "cpus": 1, "memory": 2048}
STANDBY = [{**SHAPE, "name": "a", "frontDoor": True}, {**SHAPE, "name": "b"}]


@pytest.fixture(scope="module")
def runs(operator: Config) -> list[ProgramRun]:
    """Runs that together export everything."""
    idle = {**STANDBY[0], "name": "z", "datacenter": "ams01", "frontDoor": False}
    with_both = {
        "servers": [*STANDBY, idle], "objectDatacenter": "dal05", "globalIp": True,
        "registryListen": "public",
    }  # fmt: skip
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


def test_the_parts_of_the_object_store_are_listed_and_no_other(runs: list[ProgramRun]) -> None:
    (row,) = re.findall(r"^\| `objectStore` .*$", PAGE, re.MULTILINE)
    parts = set(re.findall(r"`(\w+)`", row)) - {"objectStore"}
    (exported, *_) = [run.outputs["objectStore"] for run in runs if "objectStore" in run.outputs]
    assert parts == set(exported)
    assert exported["datacenter"] == "dal05"


def test_every_part_of_the_output_operate_is_listed_and_no_other(runs: list[ProgramRun]) -> None:
    rows = documented("The output `operate`")
    exported = {path for run in runs for path in paths(run.outputs["operate"])}
    assert len(rows) > 20
    assert {path for path in exported if not any(matches(row, path) for row in rows)} == set()
    assert [row for row in rows if not any(matches(row, path) for path in exported)] == []


def test_what_is_secret_is_marked() -> None:
    secret = re.findall(r"^\| `(\w+)` \| secret", PAGE, re.MULTILINE)
    assert secret == ["password", "operate"]


def documented_tree() -> set[tuple[str, str]]:
    """Return parents and children in the tree of the architecture page."""
    text = ARCHITECTURE.partition("```text\nStack\n")[2].partition("```")[0]
    edges: set[tuple[str, str]] = set()
    above = ["Stack"]
    for line in text.splitlines():
        depth = (len(line) - len(line.lstrip())) // 2
        del above[depth:]
        name = line.split()[0]
        edges.add((above[-1], name))
        above.append(name)
    return edges


def registered_tree(run: ProgramRun) -> set[tuple[str, str]]:
    """Return parents and children of what a run registered, without commands and Pulumi's own resources."""
    return {
        (_class(request.parent.split("::")[-2].split("$")[-1]), _class(request.type))
        for request in run.requests
        if not request.type.startswith(("pulumi:", "command:"))
    }


def _class(token: str) -> str:
    """Return the class of a type token, such as `Container` of `docker:index/container:Container`."""
    return token.rpartition(":")[2]


def test_the_tree_of_components_is_the_one_that_pulumi_registers(runs: list[ProgramRun]) -> None:
    registered = {edge for run in runs for edge in registered_tree(run)}
    assert len(registered) > 20
    assert documented_tree() == registered


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

"""The Go sources' own checks, run with the compiler and the settings of the build."""

from pathlib import Path

import pytest

from dev.engine import go_build, go_toolchain, process
from dev.engine.folders import SOURCE, folders
from dev.engine.part import COMMAND, LANGUAGE_PYTHON, Part


def go(part: Part, *arguments: str) -> tuple[int, str]:
    where = folders()
    compiler = go_toolchain.choose(where)
    go_toolchain.fetch(compiler, where)
    return process.run(
        [str(compiler.program), *arguments],
        folder=SOURCE / part.folder,
        environment=go_build.environment(compiler),
    )


@pytest.mark.parametrize("part", [COMMAND, LANGUAGE_PYTHON], ids=lambda part: part.folder)
def test_vet_finds_nothing(part: Part, bin_folder: Path) -> None:
    assert bin_folder.exists()
    assert go(part, "vet", "./...") == (0, "")


@pytest.mark.parametrize(("part", "packages"), [(COMMAND, 2), (LANGUAGE_PYTHON, 1)])
def test_the_unit_tests_pass(part: Part, packages: int, bin_folder: Path) -> None:
    assert bin_folder.exists()
    status, output = go(part, "test", "-vet=off", "./...")
    assert status == 0, output
    assert output.count("ok  \t") >= packages


def test_sources_are_formatted() -> None:
    compiler = go_toolchain.choose(folders())
    status, output = process.run([str(compiler.program.with_name("gofmt")), "-l", str(SOURCE)])
    assert (status, output) == (0, "")


def test_no_module_needs_a_newer_go_than_the_oldest_accepted() -> None:
    required_versions = {
        line.split()[1]
        for path in SOURCE.rglob("go.mod")
        for line in path.read_text().splitlines()
        if line.startswith("go ")
    }
    assert required_versions <= {go_toolchain.MINIMUM, "1.25.8"}

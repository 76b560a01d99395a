"""What is shipped is described: every locked package and every base image, with its hash."""

import json
import re

import pytest

from dev.local.environment import CHECKOUT, LocalError
from dev.local.sbom import ENGINE, FOLDER, PYTHON, containers, without_index
from settings.registry.registry import public_bases


def components(name: str) -> list[dict[str, str]]:
    listed: list[dict[str, str]] = json.loads((FOLDER / f"{name}.cdx.json").read_text())["components"]
    return listed


@pytest.mark.parametrize("name", PYTHON)
def test_every_locked_package_is_described_with_its_hashes(name: str) -> None:
    text = (CHECKOUT / PYTHON[name]).read_text()
    locked = set(re.findall(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", text, re.MULTILINE))
    described = components(f"python-{name}")
    assert {(component["name"], component["version"]) for component in described} == locked, "run make sbom"
    assert all(component["hashes"] for component in described)


def test_the_usual_bases_are_described_by_their_digests() -> None:
    assert components("containers") == containers(public_bases())["components"], "run make sbom"
    digests = [component.get("hashes") for component in components("containers")]
    assert [digest is not None for digest in digests] == [True, True, False]


def test_a_document_names_no_package_index() -> None:
    reference = {"url": "https://index.test/simple/a/", "hashes": [{"alg": "SHA-256", "content": "ab"}]}
    component = {"name": "a", "description": "a line", "externalReferences": [reference]}
    tidy = without_index({"components": [component]})["components"]
    assert tidy == [{"name": "a", "hashes": reference["hashes"]}]
    assert "index" not in "".join(file.read_text() for file in FOLDER.glob("python-*.json"))


def test_what_is_no_image_is_refused() -> None:
    with pytest.raises(LocalError, match="must be NAME:VERSION"):
        containers(["registry"])


@pytest.mark.parametrize("name", [*ENGINE, "registry"])
def test_the_engines_modules_are_those_of_its_go_mod(name: str) -> None:
    text = (CHECKOUT / "dev" / "engine" / name / "go.mod").read_text()
    direct = set(re.findall(r"^\t(\S+) (v\S+)$", text.partition("// indirect")[0], re.MULTILINE))
    described = {(component["name"], component["version"]) for component in components(f"go-{name}")}
    assert len(described) > 20
    assert len(direct & described) >= len(direct) / 2, "run make sbom"

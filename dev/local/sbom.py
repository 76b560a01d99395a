"""What is shipped, as CycloneDX documents in docs/reference/sbom: `python -m dev.local sbom`.

Python's packages are described by cyclonedx-py from the locked requirements, with their hashes; the engine's
Go modules by cyclonedx-gomod; the base images of containers by their digests. The documents have neither a
time nor a random number in them, so that the same inputs give the same files.
"""

import json
import re
import sys
from collections.abc import Iterable
from pathlib import Path

from dev.local.environment import CHECKOUT, Environment, LocalError
from dev.local.parts import build_engine
from dev.local.process import run
from messages.progress import report

FOLDER = CHECKOUT / "docs" / "reference" / "sbom"
GOMOD = "github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0"
_SPECIFICATION = "1.6"
_HEAD = {"bomFormat": "CycloneDX", "specVersion": _SPECIFICATION, "version": 1}
_LEFT_OUT = frozenset({"description", "externalReferences"})
_BASE = re.compile(r"(?P<name>[a-z0-9./-]+):(?P<version>[0-9.]+)(@sha256:(?P<digest>[0-9a-f]{64}))?")
PYTHON = {
    "program": "requirements.txt",
    "policy": "policy/requirements.txt",
    "legacy-registry": "dev/images/legacy/registry.txt",
    "legacy-driver": "dev/images/legacy/driver.txt",
}
"""Locked requirements, by the name of their document."""
ENGINE = {
    "pulumi": "pulumi",
    "language-python": "pulumi-language-python-host",
    "docker": "pulumi-resource-docker",
    "command": "pulumi-resource-command",
}
"""Programs of the engine in its folder, by the name of their document."""


def write_documents(environment: Environment) -> None:
    """Write every document again.

    Args:
        environment: Environment whose state folder gets the Python environment of the generators.

    Raises:
        LocalError: A generator fails.
    """
    FOLDER.mkdir(parents=True, exist_ok=True)
    generator = _install_generator(environment.state / "sbom")
    for name, requirements in PYTHON.items():
        report(f"sbom: {requirements}")
        document = _document(f"python-{name}")
        run([*generator, "requirements", *_OPTIONS, "-o", str(document), requirements])
        document.write_text(json.dumps(without_index(json.loads(document.read_text())), indent=1) + "\n")
    engine = build_engine()
    for name, program in ENGINE.items():
        report(f"sbom: {program}")
        _describe_modules(name, "bin", engine / program)
    report("sbom: dev/engine/registry")
    _describe_modules("registry", "mod", CHECKOUT / "dev" / "engine" / "registry")
    bases = run([sys.executable, "-m", "settings.registry.bases"], capture=True).splitlines()
    _document("containers").write_text(json.dumps(containers(bases), indent=2) + "\n")


_GO_OPTIONS = ("-json", "-noserial", "-notimestamp")
_OPTIONS = ("--output-reproducible", "--of", "JSON", "--sv", _SPECIFICATION)


def without_index(document: dict[str, object]) -> dict[str, object]:
    """Return a document of cyclonedx-py without the package index, its hashes beside each component.

    The generator repeats each line of the requirements, and names an index, which machines differ in.
    """
    components = document.get("components")
    tidy = [_tidy(component) for component in components] if isinstance(components, list) else []
    return {"$schema": document.get("$schema"), **_HEAD, "components": tidy}


def _tidy(component: dict[str, object]) -> dict[str, object]:
    references = component.get("externalReferences")
    hashes = [
        digest
        for reference in (references if isinstance(references, list) else [])
        for digest in reference.get("hashes", [])
    ]
    kept = {
        key: value for key, value in component.items() if key not in ("description", "externalReferences")
    }
    return kept | ({"hashes": hashes} if hashes else {})


def _describe_modules(name: str, kind: str, place: Path) -> None:
    """Describe the Go modules of a program that is built, `bin`, or of a folder with a go.mod, `mod`."""
    document = _document(f"go-{name}")
    run(["go", "run", GOMOD, kind, *_GO_OPTIONS, "-output", str(document), str(place)])
    # Without the version of the checkout, which each commit changes.
    described = json.loads(document.read_text())
    document.write_text(json.dumps({**_HEAD, "components": described["components"]}, indent=1) + "\n")


def containers(bases: Iterable[str]) -> dict[str, object]:
    """Return the document of base images.

    Args:
        bases: Base images, each as `NAME:VERSION` or `NAME:VERSION@sha256:DIGEST`.

    Raises:
        LocalError: A base image is in neither form.
    """
    return {**_HEAD, "components": [_container(base) for base in bases]}


def _container(base: str) -> dict[str, object]:
    match = _BASE.fullmatch(base)
    if match is None:
        raise LocalError(f"sbom: a base image must be NAME:VERSION[@sha256:DIGEST], got {base!r}")
    digest = match["digest"]
    component: dict[str, object] = {
        "type": "container", "bom-ref": base, "name": match["name"], "version": match["version"],
    }  # fmt: skip
    if digest:
        component["purl"] = f"pkg:oci/{match['name']}@sha256%3A{digest}?tag={match['version']}"
        component["hashes"] = [{"alg": "SHA-256", "content": digest}]
    return component


def _document(name: str) -> Path:
    return FOLDER / f"{name}.cdx.json"


def _install_generator(folder: Path) -> list[str]:
    """Install cyclonedx-py with its hashes, once; return how it is called."""
    program = folder / "bin" / "cyclonedx-py"
    if not program.exists():
        run(["python3", "-m", "venv", str(folder)])
        install = ["-m", "pip", "install", "--quiet", "--require-hashes", "-r", "requirements-sbom.txt"]
        run([str(folder / "bin" / "python"), *install])
    return [str(program)]

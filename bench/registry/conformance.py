"""The conformance suite of OCI's distribution specification: `python -m bench.registry.conformance`.

The suite is built from its Go module as the engine's parts are, pinned by `dev/engine/conformance/go.sum`. It
runs against the bare registry binary, which keeps its images in a folder, and against the same binary as a
server has it: two processes between both doors, with users and limits, on Swift. Exit code 1 where the
deployed one fails a test that the bare one passes.
"""

import argparse
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element, parse

from rich.console import Console
from rich.table import Table

from bench.command import run_command
from cloud.swift.local_object_storage import LocalObjectStorage
from components.access.user_list import userlist
from components.proxy.access_rules import DoorUsers
from components.storage.drivers import SwiftStorage
from dev.engine import builder
from dev.engine.folders import folders
from dev.engine.part import CONFORMANCE
from harness.proxies.front_door import behind_front_door, storage_door
from harness.proxies.proxied_registry import CERTIFICATE, SECRET
from harness.registries.modern import PASSWORD as BARE_PASSWORD
from harness.registries.modern import USER as BARE_USER
from harness.registries.modern import modern_registry
from harness.registries.process import PASSWORD, USER, running_registry
from harness.registries.program import program
from harness.registries.storages import container
from settings import DEFAULT_DOOR_LIMITS

VERSION, DATACENTER = "2.8.3", "dal05"
SPECIFICATIONS = ("stable", "dev")
"""Versions of the specification: the released one, and the next one, of which distribution 2.8 fails some."""
BARE, DEPLOYED = "bare registry", "deployed"
_SECONDS = 900
_PASSED, _SKIPPED = "passed", frozenset({"skipped", "disabled"})
"""Statuses of tests. Any other is a failure, for which the suite's reports have no element of its own."""


@dataclass(frozen=True)
class TestedRegistry:
    """A registry that the suite calls.

    Attributes:
        name: Name for the table.
        address: Address, `HOST:PORT`.
        user: Name of a user who may do everything.
        password: Password of that user.
        authority: PEM of the authority that vouches for it.
    """

    name: str
    address: str
    user: str
    password: str
    authority: str


@dataclass(frozen=True)
class Results:
    """What the suite found.

    Attributes:
        passed: Names of tests.
        failed: Names of tests, with what the suite says.
        skipped: Names of tests.
    """

    passed: frozenset[str]
    failed: dict[str, str]
    skipped: frozenset[str]

    @property
    def count(self) -> int:
        """Number of all tests."""
        return len(self.passed) + len(self.failed) + len(self.skipped)


@contextmanager
def registries(folder: Path) -> Iterator[tuple[TestedRegistry, TestedRegistry]]:
    """Run both registries while the context lasts."""
    cloud = LocalObjectStorage(folder / "cloud", None)
    try:
        with ExitStack() as running:
            yield bare(running, folder), deployed(running, folder, cloud)
    finally:
        cloud.stop()


def bare(running: ExitStack, folder: Path) -> TestedRegistry:
    """The binary with what one would write by hand, in a folder."""
    (folder / "bare").mkdir()
    storage: dict[str, object] = {"filesystem": {"rootdirectory": str(folder / "bare" / "kept")}}
    registry = running.enter_context(
        modern_registry(program(VERSION, folder / "programs"), folder / "bare", storage)
    )
    address = registry.endpoint.removeprefix("https://")
    return TestedRegistry(BARE, address, BARE_USER, BARE_PASSWORD, registry.authority)


def deployed(running: ExitStack, folder: Path, cloud: LocalObjectStorage) -> TestedRegistry:
    """Two processes between a front door and a storage door, on Swift."""
    home = folder / "deployed"
    home.mkdir()
    account = cloud.create_account(DATACENTER, "SLOS1-1", "SL1")
    container(account)
    _, auth_url = running.enter_context(storage_door(home / "storage", account.auth_url))
    storage = SwiftStorage(auth_url, account.username, account.key, "docker", "a key for temporary URLs")
    registry, pulls = (
        running.enter_context(
            running_registry(VERSION, storage, home, programs=folder / "programs", pulls_only=pulls_only)
        )
        for pulls_only in (False, True)
    )
    users = DoorUsers(userlist("modern", {USER: PASSWORD}, SECRET), ((USER, "admin"),))
    client = running.enter_context(
        behind_front_door(home / "front", registry, pulls, users=users, limits=DEFAULT_DOOR_LIMITS)
    )
    address = f"{client.base_url.host}:{client.base_url.port}"
    return TestedRegistry(DEPLOYED, address, USER, PASSWORD, CERTIFICATE.authority)


def run_suite(suite: Path, place: TestedRegistry, specification: str, folder: Path) -> Results:
    """Run the suite against a registry.

    Args:
        suite: The executable.
        place: The registry.
        specification: One of `SPECIFICATIONS`.
        folder: Folder to be made.

    Raises:
        RuntimeError: The suite ended without a report.
    """
    folder.mkdir()
    authority, results = folder / "authority.pem", folder / "results"
    authority.write_text(place.authority)
    done = subprocess.run(
        [suite], cwd=folder, capture_output=True, text=True, check=False, timeout=_SECONDS,
        env={
            "PATH": os.environ["PATH"], "SSL_CERT_FILE": str(authority), "OCI_RESULTS_DIR": str(results),
            "OCI_REGISTRY": place.address, "OCI_USERNAME": place.user, "OCI_PASSWORD": place.password,
            "OCI_VERSION": specification,
            "OCI_REPO1": f"{specification}/one", "OCI_REPO2": f"{specification}/two",
        },
    )  # fmt: skip
    report = results / "junit.xml"
    if not report.exists():
        raise RuntimeError(f"the suite gave no report of {place.name}: {done.stdout}{done.stderr}")
    return read_report(report)


def read_report(file: Path) -> Results:
    """Return the results of a JUnit report; a name that occurs again is numbered.

    Those that passed are numbered first: the suite has tests of one name in another order each time.
    """
    results: dict[str, Element] = {}
    cases = parse(file).getroot().iter("testcase")  # noqa: S314 - written by the suite that we started
    for case in sorted(cases, key=lambda case: case.get("status") != _PASSED):
        name = f"{case.get('classname', '')}/{case.get('name', '')}"
        number = 1
        while (numbered := name if number == 1 else f"{name} ({number})") in results:
            number += 1
        results[numbered] = case
    statuses = {name: case.get("status") for name, case in results.items()}
    passed = frozenset(name for name, status in statuses.items() if status == _PASSED)
    skipped = frozenset(name for name, status in statuses.items() if status in _SKIPPED)
    failed = {name: _reason(case) for name, case in results.items() if name not in passed | skipped}
    return Results(passed, failed, skipped)


def _reason(case: Element) -> str:
    """Return the first line of what the suite says of a test that has not passed."""
    return case.findtext("system-out", "").strip().partition("\n")[0] or "no reason given"


def differences(bare: Results, deployed: Results) -> dict[str, str]:
    """Return the tests that the bare registry passes and the deployed one does not, with the reason."""
    return {
        name: deployed.failed.get(name, "skipped" if name in deployed.skipped else "not run")
        for name in sorted(bare.passed - deployed.passed)
    }


def main() -> None:
    """Run the suite against both, print, and exit with 1 where the deployed one is behind."""
    argparse.ArgumentParser(prog="bench.registry.conformance", description=__doc__).parse_args()
    suite = builder.build_part(CONFORMANCE, folders()) / CONFORMANCE.executable
    table, behind = Table("", "specification", "tests", "passed", "failed", "skipped"), dict[str, str]()
    with tempfile.TemporaryDirectory(prefix="bc") as name, registries(Path(name)) as places:
        for specification in SPECIFICATIONS:
            folder = Path(name) / f"suite-{specification}"
            folder.mkdir()
            measured = [
                run_suite(suite, place, specification, folder / place.name.replace(" ", "-"))
                for place in places
            ]
            for place, results in zip(places, measured, strict=True):
                counts = (results.count, len(results.passed), len(results.failed), len(results.skipped))
                table.add_row(place.name, specification, *map(str, counts))
            for test, reason in differences(*measured).items():
                behind[f"{specification}: {test}"] = reason
    console = Console(width=120)
    console.print(table)
    for test, reason in behind.items():
        console.print(f"only the deployed one fails {test}: {reason}", markup=False, soft_wrap=True)
    console.print(f"tests that only the deployed registry fails: {len(behind)} (limit 0)")
    raise SystemExit(int(bool(behind)))


if __name__ == "__main__":
    run_command(main)

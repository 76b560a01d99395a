"""What the cloud's tests share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.cloud.machine_host import MachineOwner, left_on_host
from harness.cloud.running_api import RunningApi, serve
from tests.cloud.colours.two_colours import pair as pair
from tests.cloud.command_line.cloud_command import CloudCommand
from tests.cloud.registry.registry_fixtures import place as place
from tests.cloud.registry.registry_fixtures import programs as programs
from tests.cloud.registry.registry_fixtures import swift_account as swift_account
from tests.cloud.registry.registry_fixtures import swift_cloud as swift_cloud
from tests.cloud.services.slcli import Slcli, slcli_of


@pytest.fixture
def running_api(tmp_path: Path) -> Iterator[RunningApi]:
    """An API without machines, with instant transactions and the control endpoint."""
    with serve(tmp_path / "cloud") as api:
        yield api


@pytest.fixture(params=["xmlrpc", "rest"])
def slcli(request: pytest.FixtureRequest, running_api: RunningApi, tmp_path: Path) -> Slcli:
    """slcli against that API, once on each wire."""
    return slcli_of(running_api, request.param, tmp_path)


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CloudCommand]:
    """A whole cloud with real machines, started by its command line; nothing of it is left afterwards."""
    cloud = CloudCommand(tmp_path_factory.mktemp("whole") / "cloud")
    try:
        cloud.must("up", "--port", "0")
        yield cloud
    finally:
        cloud.must("reset")
    assert left_on_host(cloud.state_dir) == []


@pytest.fixture(scope="module")
def operator(tmp_path_factory: pytest.TempPathFactory) -> MachineOwner:
    """One who orders machines."""
    return MachineOwner(tmp_path_factory.mktemp("operator"))

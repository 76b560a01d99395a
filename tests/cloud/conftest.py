"""What the cloud's tests share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cloud.registry_fixtures import place as place
from tests.cloud.registry_fixtures import programs as programs
from tests.cloud.registry_fixtures import swift_account as swift_account
from tests.cloud.registry_fixtures import swift_cloud as swift_cloud
from tests.cloud.serving import RunningApi, serve
from tests.cloud.slcli import Slcli, slcli_of


@pytest.fixture
def running_api(tmp_path: Path) -> Iterator[RunningApi]:
    """An API without machines, with instant transactions and the control endpoint."""
    with serve(tmp_path / "cloud") as api:
        yield api


@pytest.fixture(params=["xmlrpc", "rest"])
def slcli(request: pytest.FixtureRequest, running_api: RunningApi, tmp_path: Path) -> Slcli:
    """slcli against that API, once on each wire."""
    return slcli_of(running_api, request.param, tmp_path)

"""What the cloud's tests share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cloud.serving import RunningApi, serve


@pytest.fixture
def running_api(tmp_path: Path) -> Iterator[RunningApi]:
    """An API without machines, with instant transactions and the control endpoint."""
    with serve(tmp_path / "cloud") as api:
        yield api

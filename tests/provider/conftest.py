"""What the provider's tests share: a cloud over real HTTP, a plugin over real gRPC."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.cloud.running_api import RunningApi, serve
from harness.provider.plugin import Plugin, configuration, plugin


@pytest.fixture
def api(tmp_path: Path) -> Iterator[RunningApi]:
    """A cloud without machines, instant."""
    with serve(tmp_path / "cloud") as running:
        yield running


@pytest.fixture
def softlayer(api: RunningApi, tmp_path: Path) -> Iterator[Plugin]:
    """The plugin, configured for that cloud."""
    with plugin({}, tmp_path / "state") as running:
        running.configure(configuration(api))
        yield running

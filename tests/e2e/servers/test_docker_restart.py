"""Docker is restarted, as an upgrade does, while clients push and pull: containers go on (`live-restore`)."""

import os

import pytest

from harness.clients.blobs import push_blob
from harness.clients.registry_client import BackgroundLoad, Client, SlowPull
from harness.stack.live_stack import LiveRegistry
from harness.stack.operated import operated_by_copy
from tests.support.campaign import by_turns

pytestmark = [pytest.mark.expected_seconds(30), *by_turns(0)]

_STARTED = "docker inspect --format '{{.State.StartedAt}} {{.RestartCount}}' registry-1"
# More than what sockets and doors hold on the way.
_CONTENT = os.urandom(48 << 20)


def client(registry: LiveRegistry) -> Client:
    """The registry's first user."""
    return operated_by_copy(registry).client()


def test_a_restart_of_docker_cuts_no_pull_and_refuses_no_request(registry: LiveRegistry) -> None:
    user = client(registry)
    digest = push_blob(user.connect, user.headers, "restarted", _CONTENT)
    address = registry.address("dal05-a")
    before = registry.ssh_to(address, _STARTED).stdout
    pull = SlowPull(user, f"/v2/restarted/blobs/{digest}").begin()
    with BackgroundLoad(user, workers=2) as load:
        done = registry.ssh_to(address, "systemctl restart docker")
        assert done.returncode == 0, done.stderr
        pull.take(8 << 20)
        pushed = push_blob(user.connect, user.headers, "restarted", os.urandom(1 << 20))
    assert load.failures == []
    assert load.done > 0
    assert pull.end() == digest
    assert SlowPull(user, f"/v2/restarted/blobs/{pushed}").begin().end() == pushed
    assert registry.ssh_to(address, _STARTED).stdout == before, "the container went on"

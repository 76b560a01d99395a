"""First contact with a real machine: by a one-time key in its user data, which is gone afterwards."""

import asyncio
import subprocess
from pathlib import Path

import pytest

from components.remote.script_source import script_source
from harness.cloud.machine_host import host_key
from provider.cancellation_token import CancellationToken
from provider.host_keys.first_contact import Endpoint, exchange_host_key
from provider.host_keys.one_time_key import generate_one_time_key
from tests.cloud.machines.one_machine import one_machine

pytestmark = pytest.mark.expected_seconds(15)


def shown_keys(address: str) -> str:
    return subprocess.run(
        ["ssh-keyscan", "-T", "20", address], capture_output=True, text=True, check=True, timeout=60
    ).stdout


def test_the_key_that_is_pinned_is_made_on_the_server(tmp_path: Path) -> None:
    one_time = generate_one_time_key()
    with one_machine(tmp_path, "contact", 512, 1, one_time.user_data) as machine:
        address, operator = machine.spec.public_ip or "", machine.operator
        assert one_time.public in shown_keys(address), "the image took the key that was in the user data"
        from_image = host_key(address)
        endpoint = Endpoint(address, operator.key)
        # Interrupted before anything was recorded, it is done again.
        first = asyncio.run(exchange_host_key(endpoint, one_time.public, 60, CancellationToken()))
        pinned = asyncio.run(exchange_host_key(endpoint, one_time.public, 60, CancellationToken()))
        assert pinned == f"ssh-ed25519 {host_key(address)}"
        assert len({from_image, first.split()[1], pinned.split()[1]}) == 3
        for action in ("try", "confirm"):
            done = operator.ssh(address, f"bash -s -- {action}", stdin=script_source("sshd.sh").encode())
            assert done.returncode == 0, done.stderr.decode()
        assert one_time.public not in shown_keys(address)
        assert pinned == f"ssh-ed25519 {host_key(address)}"
        assert "softlayer-registry-one-time" not in operator.checked_ssh(address, "cat /etc/ssh/*.pub")

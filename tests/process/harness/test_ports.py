"""Ports for tests: processes at once are never given the same one."""

import socket
import subprocess
import sys

from dev.local.environment import CHECKOUT
from harness.ports import free_port

_TAKE = "from harness.ports import free_port; print(*(free_port() for _ in range(50)), flush=True); input()"


def test_no_port_is_given_twice_while_its_process_lives() -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", _TAKE],
            cwd=CHECKOUT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    ports = [free_port() for _ in range(50)]
    for process in processes:
        assert process.stdout
        ports += [int(port) for port in process.stdout.readline().split()]
    for process in processes:
        process.communicate("\n")
    assert len(set(ports)) == len(ports) == 200


def test_a_port_that_listens_is_not_given() -> None:
    port = free_port()
    with socket.create_server(("127.0.0.1", port)):
        assert port not in {free_port() for _ in range(20)}

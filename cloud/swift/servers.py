"""Starts and ends the processes of one Swift."""

import http.client
import os
import pwd
import shutil
import socket
import sys
import time
from pathlib import Path

from cloud.interfaces import ObjectStorageError
from cloud.processes import Processes
from cloud.swift.configuration import INNER_SERVERS
from cloud.swift.site import PORTS, SwiftSite

SERVERS = ("memcached", *INNER_SERVERS, "proxy")
_READY_SECONDS = 60
_MEMORY_MB = 64
_CHECKOUT = Path(__file__).resolve().parent.parent.parent


def start_servers(site: SwiftSite, processes: Processes) -> None:
    """Start what does not run; return when all of it answers.

    Raises:
        ObjectStorageError: A server did not start; with the end of its log.
    """
    for server in SERVERS:
        part = site.part(server)
        if processes.find(part) is None:
            environment = {"PYTHONPATH": str(_CHECKOUT), "PYTHONDONTWRITEBYTECODE": "1"}
            processes.start(part, _command(site, server), environment)
    deadline = time.monotonic() + _READY_SECONDS
    for server in SERVERS:
        while not _answers(site, server):
            if processes.find(site.part(server)) is None or time.monotonic() > deadline:
                raise ObjectStorageError(
                    f"Swift's {server} in {site.datacenter} did not start at {site.endpoint(server)}; run"
                    f" cloud up again. {processes.log(site.part(server))} ends with:\n"
                    f"{processes.log_tail(site.part(server))}"
                )
            time.sleep(0.05)


def servers_up(site: SwiftSite, processes: Processes) -> bool:
    """Return whether all of its processes run and the proxy answers."""
    running = {process.part for process in processes.all() if process.leader}
    return all(site.part(server) in running for server in SERVERS) and _answers(site, "proxy")


def stop_servers(site: SwiftSite, processes: Processes) -> None:
    """End them, the proxy first, so that no request meets half a Swift."""
    for server in reversed(SERVERS):
        processes.stop(site.part(server), grace=5)


def _command(site: SwiftSite, server: str) -> list[str]:
    if server != "memcached":
        program = Path(sys.executable).parent / f"swift-{server}-server"
        return [sys.executable, str(program), str(site.etc / f"{server}.conf"), "--verbose"]
    memcached = shutil.which("memcached")
    if memcached is None:
        raise ObjectStorageError("memcached is missing on this host; apt-get install memcached")
    user = ["-u", _unprivileged()] if os.geteuid() == 0 else []
    address = ["-l", site.inner, "-p", str(PORTS["memcached"]), "-U", "0"]
    return [memcached, *address, "-m", str(_MEMORY_MB), *user]


def _unprivileged() -> str:
    """Memcached refuses to run as root."""
    users = {entry.pw_name for entry in pwd.getpwall()}
    return "memcache" if "memcache" in users else "nobody"


def _answers(site: SwiftSite, server: str) -> bool:
    host, port = site.endpoint(server)
    try:
        if server != "proxy":
            socket.create_connection((host, port), timeout=5).close()
            return True
        connection = http.client.HTTPConnection(host, port, timeout=5)
        connection.request("GET", "/healthcheck")
        return connection.getresponse().status == 200
    except OSError:
        return False

"""The legacy container's health check against a status that a real server gives, and its command."""

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from components.registry.legacy import CONTEXT, legacy_container
from components.registry.processes import SUPERVISOR
from components.storage.legacy_storage import LegacyStorage
from harness.serving import serving

STORAGE = LegacyStorage("http://10.0.0.1/auth/v1.0", "SLOS1-1:SL1", "k3y of the account", "docker")
HEALTH = CONTEXT.parent / "health"
GOOD = {"services": ["redis", "storage"], "failures": {"redis": "unconfigured"}}
BAD = {"services": ["redis", "storage"], "failures": {"storage": "Could not put content: registry/X"}}
INSIDE = "swift:\n    swift_auth_version: _env:OS_AUTH_VERSION\n"
OUTSIDE = "swift:\n    storage: swift\nswift_auth_version: _env:OS_AUTH_VERSION\n"


def test_the_command_puts_the_file_into_the_variable_unchanged(tmp_path: Path) -> None:
    password = "  a'b\"c $HOME `id` \\n *  "
    container = legacy_container(replace(STORAGE, password=password), 8)
    (secret,) = (file for file in container.files if file.path == "/etc/docker-registry/os-password")
    file = tmp_path / "password"
    file.write_text(secret.content)
    stand_in = tmp_path / "docker-registry"
    stand_in.write_text('#!/bin/sh\nprintf "%s" "$OS_PASSWORD"\n')
    stand_in.chmod(0o755)
    *supervisor, line = container.command
    assert tuple(supervisor) == SUPERVISOR
    done = subprocess.run(
        ["/bin/sh", "-c", line.replace(secret.path, str(file))],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == password


@contextmanager
def answering(status: object, code: int) -> Iterator[int]:
    """A server that answers every request so; its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(status).encode()
            self.send_response(code)
            self.end_headers()
            self.wfile.write(body if self.path == "/v1/_status" else b"")

        def log_message(self, *_: object) -> None:
            pass

    with serving(HTTPServer(("127.0.0.1", 0), Handler)) as server:
        yield server.server_port


def health(tmp_path: Path, port: int, config: str, version: str = "1") -> tuple[int, str]:
    file = tmp_path / "config.yml"
    file.write_text(config)
    # The file is for Python 2.7 and runs with 3 as well; the cloud's tests run it where it belongs.
    done = subprocess.run(
        [sys.executable, str(HEALTH)],
        env=os.environ
        | {
            "DOCKER_REGISTRY_CONFIG": str(file),
            "SETTINGS_FLAVOR": "swift",
            "OS_AUTH_VERSION": version,
            "REGISTRY_PORT": str(port),
            "LOG_BLOCKED_FILE": str(tmp_path / "log-blocked"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("code", [200, 503])
def test_good_storage_is_healthy_whatever_the_code(tmp_path: Path, code: int) -> None:
    with answering(GOOD, code) as port:
        assert health(tmp_path, port, INSIDE) == (0, "storage works\n")


def test_a_log_that_nobody_takes_is_unhealthy_though_the_storage_works(tmp_path: Path) -> None:
    (tmp_path / "log-blocked").touch()
    with answering(GOOD, 200) as port:
        assert health(tmp_path, port, INSIDE) == (1, "log: Docker does not take what the registry logs\n")


@pytest.mark.parametrize("code", [200, 503])
def test_broken_storage_is_unhealthy_whatever_the_code(tmp_path: Path, code: int) -> None:
    with answering(BAD, code) as port:
        assert health(tmp_path, port, INSIDE) == (1, "storage: Could not put content: registry/X\n")


@pytest.mark.parametrize(
    ("config", "version", "message"),
    [
        (OUTSIDE, "1", "at the top level, outside the flavor swift"),
        ("swift:\n    storage: swift\n", "1", "missing in the flavor swift"),
        ("swift:\n    swift_auth_version: 2\n", "1", "2 instead of 1 in the flavor swift"),
    ],
)
def test_a_misplaced_setting_is_unhealthy_even_with_good_storage(
    tmp_path: Path, config: str, version: str, message: str
) -> None:
    with answering(GOOD, 200) as port:
        code, text = health(tmp_path, port, config, version)
    assert code == 1
    assert message in text


def test_no_answer_and_nonsense_are_unhealthy(tmp_path: Path) -> None:
    with answering(GOOD, 200) as port:
        pass
    code, text = health(tmp_path, port, INSIDE)
    assert (code, "refused" in text) == (1, True)
    for nonsense in ({"services": ["redis"], "failures": {}}, "no status"):
        with answering(nonsense, 200) as port:
            assert health(tmp_path, port, INSIDE)[0] == 1


def test_a_process_that_dies_of_the_question_is_unhealthy(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=lambda: server.accept()[0].close())
        thread.start()
        code, text = health(tmp_path, server.getsockname()[1], INSIDE)
        thread.join()
    assert code == 1
    assert "process ended" in text or "reset" in text

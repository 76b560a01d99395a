"""SoftLayer's own client in the shell asks the local cloud, never the real API."""

import json
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from dev.local.environment import Environment
from dev.local.shell import read_variables
from harness.serving import serving

_ANSWER = b"""<?xml version='1.0'?><methodResponse><params><param><value><struct><member><name>username</name>
<value><string>of the local cloud</string></value></member></struct></value></param></params>
</methodResponse>"""


class _Api(BaseHTTPRequestHandler):
    """An API that answers every XML-RPC call with the same user."""

    def do_POST(self) -> None:
        """Answer a call."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(_ANSWER)))
        self.end_headers()
        self.wfile.write(_ANSWER)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[Environment]:
    """The environment of a cloud that is up, its variables written."""
    environment = Environment(tmp_path / "state")
    environment.cloud.mkdir(parents=True)
    with serving(ThreadingHTTPServer(("127.0.0.1", 0), _Api)) as server:
        endpoint = f"http://127.0.0.1:{server.server_port}/xmlrpc/v3.1"
        cloud = {"username": "local", "api_key": "the key", "endpoint_xmlrpc": endpoint}
        (environment.cloud / "cloud.json").write_text(json.dumps(cloud))
        environment.write_variables(tmp_path / "engine" / "bin")
        yield environment


def test_slcli_asks_the_local_cloud(environment: Environment, tmp_path: Path) -> None:
    """The operator's own configuration, which names another API, does not count."""
    (tmp_path / ".softlayer").write_text("[softlayer]\nendpoint_url = https://real.invalid/xmlrpc/v3.1\n")
    words = ["--format", "json", "call-api", "Account", "getCurrentUser"]
    completed = subprocess.run(
        [Path(sys.executable).parent / "slcli", *words],
        env={**read_variables(environment), "HOME": str(tmp_path)},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert completed.returncode == 0, completed.stdout + completed.stderr
    assert json.loads(completed.stdout)["username"] == "of the local cloud"


def test_the_key_is_in_no_further_file(environment: Environment) -> None:
    files = [file for file in environment.state.rglob("*") if file.is_file()]
    holders = {file.name for file in files if "the key" in file.read_text()}
    assert holders == {"cloud.json", "variables.json"}

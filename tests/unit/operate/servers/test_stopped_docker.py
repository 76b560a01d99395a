"""A server whose Docker does not answer, met by Pulumi: which one it is, and what helps."""

import pytest

from operate.servers.stopped_docker import silent_docker_remedy, stopped_docker_remedy
from operate.stack.automation.pulumi_failure import describe_failure

SERVERS = ("dal05-a", "dal05-b")
STOPPED = """
Diagnostics:
  pulumi:pulumi:Stack (softlayer-registry-prod):
    error: update failed

  docker:index:Container (dal05-b-modern-red):
    error:   sdk-v2/provider2.go:572: sdk.helper_schema: failed to create Docker client: error pinging \
Docker server: Cannot connect to the Docker daemon at http://docker.example.com. Is the docker daemon running?
"""
SCRIPT = """
Diagnostics:
  command:remote:Command (dal05-b-modern-health):
    error: Process exited with status 1: running "bash -s": Cannot connect to the Docker daemon at \
unix:///var/run/docker.sock. Is the docker daemon running?
"""
UNREACHED = """
Diagnostics:
  docker:index:Container (dal05-b-modern-red):
    error: failed to create Docker client: error during connect: Get "http://docker.example.com/_ping": \
command [ssh ...] has exited with exit status 255, stderr=ssh: connect to 192.0.2.2: Connection refused
"""
RESTART = "`operate ssh ENV dal05-b 'systemctl reset-failed docker; systemctl restart docker'`"


@pytest.mark.parametrize("output", [STOPPED, SCRIPT])
def test_the_server_is_named_with_what_starts_its_docker(output: str) -> None:
    assert describe_failure(RuntimeError(output), servers=SERVERS) == (
        f"dal05-b: Docker does not answer; {RESTART} starts it, and cuts no transfer; then run the command"
        " again"
    )
    assert RESTART in stopped_docker_remedy("dal05-b"), "also where systemd starts it no more"


def test_a_server_that_is_not_reached_for_its_docker_is_named() -> None:
    remedy = silent_docker_remedy(UNREACHED, SERVERS)
    assert remedy.startswith("dal05-b is not reached by SSH for its Docker; `operate doctor ENV` says why")


def test_without_a_resource_doctor_names_it() -> None:
    nameless = "error: refresh: failed to create Docker client: Cannot connect to the Docker daemon"
    assert "`operate doctor ENV` names it" in silent_docker_remedy(nameless, SERVERS)
    assert silent_docker_remedy("error: create command on 192.0.2.1:22: failed", SERVERS) == ""

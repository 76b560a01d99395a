"""A server that is off, met by Pulumi: which it is, and that it may only have to be switched on."""

import pytest

from operate.stack.automation.pulumi_failure import describe_failure
from operate.stack.automation.silent_server import is_server_silent, silent_server_remedy

DIALS = "11 dials failed in 45.0 s: dial tcp 10.220.1.11:22: connect: no route to host"
OWN = f"""
Diagnostics:
  pulumi:pulumi:Stack (softlayer-registry-prod):
    error: update failed

  command:remote:Command (dal05-a-modern-front-door):
    error: delete command: cannot log in to 10.220.1.11:22 as root: {DIALS}
"""
PULUMI = """
Diagnostics:
  command:remote:Command (dal05-a-bridge-guard):
    error: after 11 failed attempts: dial tcp 10.220.1.11:22: i/o timeout
"""
NAMELESS = f"error: create command: cannot log in to 10.220.1.11:22 as root: {DIALS}"
REFUSED = """
Diagnostics:
  command:remote:Command (dal05-a-bridge-guard):
    error: create command: cannot log in to 10.220.1.11:22 as root: 1 dials failed in 0.1 s: ssh: handshake \
failed: ssh: unable to authenticate, attempted methods [none publickey]
"""
SERVERS = ("dal05-a", "dal05-b")


@pytest.mark.parametrize("output", [OWN, PULUMI])
def test_the_server_is_named_with_what_helps(output: str) -> None:
    remedy = (
        "dal05-a does not answer SSH, and something is to be done there. Switch it on, then run the command"
        " again; if the account has it no more, `operate recover ENV` orders it: see"
        " docs/runbooks/lost-server.md"
    )
    assert silent_server_remedy(output, SERVERS) == remedy
    assert describe_failure(RuntimeError(output), servers=SERVERS) == remedy


def test_several_servers_are_named() -> None:
    both = OWN + OWN.partition("Diagnostics:")[2].replace("dal05-a", "dal05-b")
    assert silent_server_remedy(both, SERVERS).startswith("dal05-a, dal05-b do not answer SSH")


def test_where_no_resource_is_named_doctor_names_the_server() -> None:
    assert "`operate doctor ENV` names it. Switch it on" in silent_server_remedy(NAMELESS, SERVERS)


@pytest.mark.parametrize("output", [REFUSED, "", "error: exit status 1"])
def test_a_server_that_answers_is_not_silent(output: str) -> None:
    assert not is_server_silent(output)
    assert silent_server_remedy(output, SERVERS) == ""

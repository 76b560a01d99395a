"""The error of a failed Pulumi command: one line, with the reason."""

import subprocess

import pytest

from operate.stack.automation.pulumi_failure import describe_failure, describe_unended_call

SCRIPT = """
 ++ command:remote:Command health **creating failed** error: create command: failed with exit status 1:
@ updating....
Diagnostics:
  command:remote:Command registry-health:
    error:  create command on 192.0.2.1:22: failed with exit status 1:
    dal05-a: registry registry-2 is not healthy after 90 s: the storage refuses the login

  pulumi:pulumi:Stack local:
    error: update failed
"""

STACK_FIRST = """
Diagnostics:
  pulumi:pulumi:Stack (softlayer-registry-local):
    cost of the servers in USD
    error: update failed

  command:remote:Command (dal05-modern-black-verification-push):
    dal05-a: push to 127.0.0.1:15010 failed: fatal error: connection refused
    error: create command on 192.0.2.1:22: failed with exit status 1:
    dal05-a: push to 127.0.0.1:15010 failed: fatal error: connection refused
"""

ENDED_BY_IT = """
Diagnostics:
  pulumi:pulumi:Stack (softlayer-registry-local):
    error: update failed
    error: Program failed with an unhandled exception:
    Traceback (most recent call last):
      File "stack.py", line 417, in do_rpc
        raise error
    Exception: invoke of softlayer:index:getObjects failed: grpc: the client connection is closing

  command:remote:Command (dal05-modern-black-verification-pull):
    error: create command on 192.0.2.1:22: failed with exit status 1:
    dal05-a: pull of 127.0.0.1:15010/verification/black failed: image config verification failed
"""

RAISED = """
Diagnostics:
  pulumi:pulumi:Stack (softlayer-registry-local):
    error: Program failed with an unhandled exception:
    Traceback (most recent call last):
      File "__main__.py", line 3, in <module>
    components.error.SettingError: datacenters: name one

    error: update failed
"""

SETTINGS = """
Diagnostics:
  pulumi:pulumi:Stack (softlayer-registry-prod):
    error: the stack file has 2 mistakes; nothing was ordered. Correct it, then run the command again:
      domain: is missing; set it
      registryPort: must be between 1 and 65535, not 70000
    error: an unhandled error occurred: program exited with non-zero exit code: 1

Resources:
"""


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        (SCRIPT, "exit status 1: dal05-a: registry registry-2 is not healthy after 90 s: the storage"),
        (STACK_FIRST, "exit status 1: dal05-a: push to 127.0.0.1:15010 failed: fatal error: connection"),
        (ENDED_BY_IT, "exit status 1: dal05-a: pull of 127.0.0.1:15010/verification/black failed: image"),
        (RAISED, "components.error.SettingError: datacenters: name one; repair it"),
        ("\n code: 255\n stdout: \n stderr: error: no stack named 'x' found\n", "no stack named 'x' found;"),
        ("error: update failed\nmore", "update failed; see"),
        ("error:\nerror: a: b\nc", "a: b; see"),
        ("", "Pulumi failed without an error; see"),
        ("\n code: -9\n stdout: @ updating....\n stderr: \n", "by SIGKILL; run the command again, which"),
        ("\n code: 137\n stdout: \n stderr: \n", "by SIGKILL; run the command again, which"),
        ("\n code: 255\n stdout: \n stderr: \n", "exit code 255 and no error; run the command again, which"),
    ],
)  # fmt: skip
def test_the_cause_is_reported_with_the_scripts_error(output: str, expected: str) -> None:
    reason = describe_failure(RuntimeError(output))
    assert expected in reason
    assert "\n" not in reason
    assert "update failed" not in reason or expected.startswith("update failed")


def test_the_remedy_of_a_long_error_is_shown_and_is_the_only_one() -> None:
    reason = "nothing vouches for the SSH host key " * 30
    remedy = "of a registry's server, `operate recover ENV --accept-host-key SERVER`"
    output = f"""
Diagnostics:
  softlayer:index:VirtualGuest (dal05-b):
    error: Server 110000003 is not ready: {reason}; run the command again with a variable; {remedy}
"""
    line = describe_failure(RuntimeError(output))
    assert line.endswith(remedy)
    assert "pulumi stack" not in line
    endless = describe_failure(RuntimeError(f"Diagnostics:\n  a:b:C (d):\n    error: {'word ' * 1000}"))
    assert len(endless) < 2100
    assert "word ...; see `pulumi stack`" in endless


def test_mistakes_of_the_settings_are_reported_all_and_alone() -> None:
    assert describe_failure(RuntimeError(SETTINGS)) == (
        "the stack file has 2 mistakes; nothing was ordered. Correct it, then run the command again: domain:"
        " is missing; set it registryPort: must be between 1 and 65535, not 70000"
    )


def test_the_remedy_of_a_script_is_the_command_that_ran_pulumi() -> None:
    reason = "there is no container registry-1; bin/operate recover ENV makes it anew"
    line = describe_failure(RuntimeError(f"error: {reason}, then run pulumi up again"))
    assert line == f"{reason}, then run the command again"


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (
            subprocess.TimeoutExpired(["pulumi", "secret"], 600),
            "`pulumi config set` did not end within 600 s and was stopped; run the command again",
        ),
        (FileNotFoundError("pulumi"), "`pulumi config set` cannot be started (FileNotFoundError); for the"),
    ],
)
def test_a_call_that_did_not_end_has_its_remedy(error: Exception, expected: str) -> None:
    reason = describe_unended_call(error, "pulumi config set", 600)
    assert reason.startswith(expected)
    assert "secret" not in reason

"""What an operator is told where Pulumi fails: one line, with the reason."""

import pytest

from operate.swap.pulumi_stack import _reason

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
  pulumi:pulumi:Stack local:
    error: update failed

  command:remote:Command dal05-a-push:
    error: create command on 192.0.2.1:22: failed with exit status 1: dal05-a: pushed and pulled differ
"""


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        (SCRIPT, "exit status 1: dal05-a: registry registry-2 is not healthy after 90 s: the storage"),
        (STACK_FIRST, "exit status 1: dal05-a: pushed and pulled differ; see"),
        ("error: update failed\nmore", "update failed; see"),
        ("error:\nerror: a: b\nc", "a: b; see"),
        ("", "Pulumi failed without an error; see"),
    ],
)  # fmt: skip
def test_the_first_error_is_told_with_what_a_script_said(said: str, wanted: str) -> None:
    told = _reason(RuntimeError(said))
    assert wanted in told
    assert "\n" not in told
    assert "update failed" not in told or said not in (SCRIPT, STACK_FIRST)

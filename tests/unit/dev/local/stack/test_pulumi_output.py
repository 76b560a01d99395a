"""Of what Pulumi prints, an operator sees progress in one line and a summary at the end."""

import pytest

from dev.local.stack.pulumi_output import PulumiOutput, ResourceLine, parse_resource_line

UP = """\
Updating (local):

@ updating....
    pulumi:pulumi:Stack softlayer-registry-local  SSH is let in from 10.192.0.0/10 (sshFrom)
 +  pulumi:pulumi:Stack softlayer-registry-local creating (0s) SSH is let in from 10.192.0.0/10 (sshFrom)
@ updating....
 +  softlayer-registry:index:Site dal05 creating (0s)\x20
 +  softlayer:index:RandomSecret root creating (0s)\x20
 +  softlayer:index:RandomSecret root created (0.01s)\x20
 +  softlayer:index:VirtualGuest dal05-b creating (0s)\x20
 +  softlayer:index:VirtualGuest dal05-a creating (0s)\x20
 +  softlayer:index:VirtualGuest dal05-a creating (0s) server 110000002: POWER_ON
 ~  command:remote:Command dal05-a-modern-door updating (1m2s) [diff: ~create,stdin]
"""
REST = """\
 +  softlayer:index:VirtualGuest dal05-a created (7s) waits for sshd at 10.228.1.11
 ~  command:remote:Command dal05-a-modern-door **updating failed** error: exit status 1
 +- docker:index:Container dal05-a-modern-red created replacement (1s)
    pulumi:pulumi:Stack softlayer-registry-local **failed** 1 error
Diagnostics:
  command:remote:Command (dal05-a-modern-door):
    error: exit status 1
    pulumi:pulumi:Stack dal05 creating (0s)

  pulumi:pulumi:Stack (softlayer-registry-local):
    SSH is let in from 10.192.0.0/10 (sshFrom)

Resources:
    + 3 created


Duration: 31s

"""
DESTROY = """\
Destroying (local):

 -  docker:index:Container dal05-a-modern-red deleting (0s)\x20
 -  docker:index:Container dal05-a-modern-red deleted (0.36s)\x20
 -- command:remote:Command dal05-a-storage deleted original (0.36s)\x20
Resources:
    - 69 deleted

Duration: 5s

The resources in the stack have been deleted, but the history and configuration are still maintained.
If you want to remove the stack completely, run `pulumi stack rm local`.
"""


class Clock:
    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def output_of(text: str, title: str = "pulumi up") -> tuple[PulumiOutput, list[str]]:
    names: list[str] = []
    output = PulumiOutput(names.append, title, Clock())
    for line in text.splitlines():
        output.take_line(line)
    return output, names


def test_progress_names_how_many_are_done_and_what_is_under_way() -> None:
    output, names = output_of(UP)
    assert names[0] == "pulumi up: 0 done, creating root"
    assert output.progress == "pulumi up: 1 done, creating dal05-b, dal05-a, 1 more"
    assert output.summary == ""
    output, _ = output_of(UP + REST)
    assert output.progress == "pulumi up: 3 done, creating dal05-b"
    output, _ = output_of(" +  a:b:c a creating (0s) \n -  a:b:c b deleting (0s) ")
    assert output.progress == "pulumi up: 0 done, creating a, deleting b"


def test_the_summary_has_every_message_once_and_as_it_is() -> None:
    output, _ = output_of(UP + REST)
    diagnostics = REST[REST.index("Diagnostics") :]
    assert output.summary == "\n".join(line for line in diagnostics.splitlines() if line)


def test_a_destroyed_stack_needs_no_further_command() -> None:
    output, names = output_of(DESTROY, "pulumi destroy")
    assert names[-1] == "pulumi destroy: 2 done"
    assert output.summary == "Resources:\n    - 69 deleted\nDuration: 5s"


def test_what_is_no_progress_is_kept() -> None:
    error = "error: the stack is currently locked by 1 lock(s): a: b"
    output, names = output_of(f"Updating (local):\n{error}\n")
    assert (output.summary, names) == (error, [])


@pytest.mark.parametrize(
    ("line", "verb", "is_failed"),
    [
        (" +  docker:index:Container a creating (0s) ", "creating", False),
        (" ++ docker:index:Container a created replacement (0.3s)", "created", False),
        (" ~  docker:index:Container a **updating failed** error: no (1)", "updating", True),
        ("    docker:index:Container a  a message", "", False),
        ("    docker:index:Container a", "", False),
    ],
)
def test_a_line_of_a_resource(line: str, verb: str, *, is_failed: bool) -> None:
    assert parse_resource_line(line) == ResourceLine("docker:index:Container", "a", verb, is_failed)


def test_a_line_each_few_seconds_at_most(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    output = PulumiOutput(lambda _: None, "pulumi up", clock)
    for second in range(30):
        clock.seconds = second
        output.take_line(f" +  softlayer:index:RandomSecret s{second} created (0.01s) ")
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition("s  ")[2] for line in lines] == [
        f"pulumi up: {count} done ..." for count in (11, 16, 21, 26)
    ]


@pytest.mark.parametrize(
    ("line", "is_protected"),
    [
        ("    error: Nothing was deleted, since not all of it can be: images are protected; set", True),
        ("    because it is protected. To unprotect the resource, either remove the `protect` flag", True),
        ("    error: account: Nothing of it was deleted", False),
    ],
)
def test_a_refusal_for_protection_is_no_failure(line: str, *, is_protected: bool) -> None:
    output, _ = output_of(f"Diagnostics:\n  softlayer:index:DestroyCheck (destroy-check):\n{line}\n")
    assert output.is_protected is is_protected

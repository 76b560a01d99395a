"""A full disk on a server: the error of a remote step names the server and what makes room."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from pulumi import automation

from operate.clock import SystemClock
from operate.error import OperateError
from operate.servers.full_disk import explain_full_disk, full_disk_remedy
from operate.stack.automation.pulumi_failure import describe_failure
from operate.stack.automation.pulumi_stack import PulumiStack
from operate.stack.automation.pulumi_workspace import StackPlace

CONTAINER = """
 ++ docker:index:Container dal05-a-modern-black **creating failed**
Diagnostics:
  docker:index:Container (dal05-a-modern-black):
    error: Unable to create container: Error response from daemon: mkdir: no space left on device

  pulumi:pulumi:Stack (softlayer-registry-prod):
    error: update failed
"""
SCRIPT = """
Diagnostics:
  pulumi:pulumi:Stack (softlayer-registry-prod):
    error: update failed

  command:remote:Command (dal05-a-2-modern-black-files):
    bash: line 3: /etc/registry/config: No space left on device
    error: create command on 192.0.2.1:22: failed with exit status 1:
    bash: line 3: /etc/registry/config: No space left on device
"""
DOCKER_ROOM = """
Diagnostics:
  command:remote:Command (dal05-a-modern-black-room):
    error: create command on 192.0.2.1:22: failed with exit status 1:
    web-k3jx2q7a: the disk with /var/lib/docker is full: 7 MB are free, 32 MB are needed; bin/operate
"""
PROGRAM = """
Diagnostics:
  pulumi:pulumi:Stack (softlayer-registry-prod):
    error: Program failed with an unhandled exception:
    Traceback (most recent call last):
      File "__main__.py", line 3, in <module>
    OSError: [Errno 28] No space left on device
"""
SERVERS = ("dal05-a", "dal05-a-2", "dal05-b")


@pytest.mark.parametrize(
    ("output", "server"),
    [(CONTAINER, "dal05-a"), (SCRIPT, "dal05-a-2"), (DOCKER_ROOM, "dal05-a")],
    ids=["container", "script", "room for a container"],
)
def test_pulumi_names_the_server_by_the_resource_that_failed(output: str, server: str) -> None:
    reason = describe_failure(RuntimeError(output), servers=SERVERS)
    assert f"the disk of {server} is full: `operate ssh ENV {server} df -h` shows which" in reason
    assert f"`operate ssh ENV {server} docker system df`" in reason
    assert reason.endswith("docs/runbooks/swap.md, A server's disk is full), then run the command again")
    assert "pulumi stack" not in reason


def test_a_server_that_is_not_known_is_named_by_its_resource() -> None:
    reason = describe_failure(RuntimeError(CONTAINER))
    assert "the disk of the server of dal05-a-modern-black is full; `operate doctor ENV` shows" in reason


@pytest.mark.parametrize(
    "error",
    [RuntimeError(PROGRAM), OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "state.json"), RuntimeError(
        "error: could not write the state: write state.json: no space left on device"
    )],
)  # fmt: skip
def test_a_full_disk_of_this_machine_is_blamed_on_no_server(error: Exception) -> None:
    reason = describe_failure(error, servers=SERVERS)
    assert "a disk of this machine is full: `operate doctor ENV` shows which" in reason
    assert "cannot be started" not in reason


def test_two_full_disks_are_both_named() -> None:
    output = f"{CONTAINER}\n{SCRIPT.replace('Diagnostics:', '')}"
    assert "the disks of dal05-a, dal05-a-2 are full" in full_disk_remedy(output, SERVERS)


def test_another_error_is_as_before() -> None:
    assert full_disk_remedy("error: the storage refuses the login", SERVERS) == ""
    assert explain_full_disk("dal05-a", "refused", "refused") == "refused"


def test_a_script_over_ssh_names_its_server_wherever_the_words_stand() -> None:
    output = "mv: write error: No space left on device\ndoor: live.map was not written"
    assert explain_full_disk("dal05-a", output, "door: live.map was not written") == (
        "door: live.map was not written; the disk of dal05-a is full: `operate ssh ENV dal05-a df -h` shows"
        " which file system, `operate ssh ENV dal05-a docker system df` what Docker has there; make room"
        " (docs/runbooks/swap.md, A server's disk is full)"
    )


class _FailingStack:
    """A stack whose `up` meets a full disk."""

    def __init__(self, export: Callable[[], automation.Deployment]) -> None:
        self.export_stack = export
        self.workspace = SimpleNamespace()

    def up(self, **_: object) -> None:
        raise RuntimeError(CONTAINER)

    def get_all_config(self) -> dict[str, object]:
        return {}


def deployment() -> automation.Deployment:
    resources = [{"type": "softlayer:index:VirtualGuest", "urn": f"urn:x::{name}"} for name in SERVERS]
    return automation.Deployment(3, {"resources": resources})


def unreadable() -> automation.Deployment:
    raise RuntimeError("the state cannot be read")


@pytest.mark.parametrize(
    ("export", "expected"),
    [(deployment, "the disk of dal05-a is full"), (unreadable, "the server of dal05-a-modern-black is full")],
)
def test_what_brings_a_stack_up_names_the_server(
    export: Callable[[], automation.Deployment],
    expected: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A swap, a move, a recovery and a rotation all bring it up so."""
    stack = PulumiStack(StackPlace("prod", None, tmp_path), SystemClock())
    selected = cast(automation.Stack, _FailingStack(export)), None
    monkeypatch.setattr(stack, "_selected", selected)
    with pytest.raises(OperateError, match=expected):
        stack.restore()

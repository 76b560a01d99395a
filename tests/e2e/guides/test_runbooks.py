"""The runbooks, followed step by step on one stack: releases, lost doors, servers and states, keys."""

import json
import os
import re
import shlex
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import yaml

from dev.local.environment import CHECKOUT
from harness.clients.blobs import push_blob
from harness.clients.registry_client import SlowPull
from harness.runbook import command, command_line, steps
from harness.stack.account import billed
from harness.stack.account import client as account
from harness.stack.bucket import one_server
from harness.stack.example_stack import ExampleStack, standing
from harness.stack.live_stack import LiveRegistry
from harness.stack.quick_swap import QUICK
from harness.waiting import until
from tests.support.campaign import only_in_soak

pytestmark = [pytest.mark.expected_seconds(240), only_in_soak("runbooks")]


@pytest.fixture(scope="module")
def stack(registry: LiveRegistry, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ExampleStack]:
    settings = yaml.safe_load(one_server(registry, objectContainer="runbooks"))
    # The root secret is in the state alone, and is lost with it.
    del settings["config"]["softlayer-registry:registrySecret"]
    folder = tmp_path_factory.mktemp("runbooks")
    example_stack = ExampleStack(registry, folder, yaml.safe_dump(settings))
    with standing(example_stack):
        yield example_stack


def followed(done: "subprocess.CompletedProcess[str]") -> str:
    """What a command printed that ended well."""
    assert done.returncode == 0, done.stdout + (done.stderr or "")
    return done.stdout


def on_server(stack: ExampleStack, registry: LiveRegistry, command: str) -> str:
    return followed(registry.ssh_to(address_of(stack), command)).strip()


def address_of(stack: ExampleStack) -> str:
    servers = stack.outputs()["servers"]
    assert isinstance(servers, dict)
    return str(servers["dal05-a"]["address"])


def live(stack: ExampleStack) -> object:
    return json.loads(followed(stack.follow("swap", "1", "--json")))["live"]


def test_a_release_goes_live_and_is_rolled_back(stack: ExampleStack) -> None:
    plan = followed(stack.follow("swap", "2", RELEASE="2", KEY="memory", VALUE="640"))
    assert "black would get release 2" in plan
    dry = command_line("swap", "2", ENV="example", RELEASE="2", KEY="memory", VALUE="640")
    options = [word for word in dry.words[2:] if word != "--dry-run"]
    process = stack.start("swap", *options, *QUICK, "--why", "the runbook")
    followed(stack.follow("swap", "4"))
    _, log = process.communicate(timeout=600)
    assert process.returncode == 0, log
    assert live(stack) == "black"
    followed(stack.follow("rollback", "0"))
    assert live(stack) == "red"
    followed(stack.act("preview", "--expect-no-changes"))
    followed(stack.follow("swap", "5"))
    assert stack.outputs()["colours"] == {"red": "1"}


def test_the_certificate_is_shown_as_clients_see_it(stack: ExampleStack) -> None:
    place = str(stack.outputs()["endpoint"]).removeprefix("https://")
    host, _, port = place.partition(":")
    output = subprocess.run(
        ["bash", "-c", command("certificate", "4", HOST=host, PORT=port)],
        capture_output=True, text=True, check=True, timeout=60,
    ).stdout  # fmt: skip
    assert "notAfter=" in output
    assert "Fingerprint=" in output


def test_a_front_door_that_does_not_run_is_restarted_with_its_colour(
    stack: ExampleStack, registry: LiveRegistry
) -> None:
    before = on_server(stack, registry, "cat /etc/registry-door/live.map")
    on_server(stack, registry, "systemctl stop registry-door")
    status = stack.follow("lost-front-door", "Bring the front door back/1")
    assert status.returncode == 1
    assert "lost-front-door.md" in status.stderr
    diagnosis = registry.ssh_to(address_of(stack), command("lost-front-door", "Bring the front door back/2"))
    assert "inactive" in diagnosis.stdout
    on_server(
        stack,
        registry,
        command("lost-front-door", "Bring the front door back/2", 1) + " --no-pager --lines 5",
    )
    on_server(stack, registry, command("lost-front-door", "Bring the front door back/2", 2))
    until(
        lambda: stack.follow("lost-front-door", "Bring the front door back/1").returncode == 0,
        "it runs",
        60,
    )
    assert on_server(stack, registry, "cat /etc/registry-door/live.map") == before
    followed(stack.follow("lost-front-door", "Bring the front door back/4"))
    same = stack.follow("lost-front-door", "Bring the front door back/4", position=1, COLOUR="red")
    assert "is live already" in followed(same)


def cancel(stack: ExampleStack, registry: LiveRegistry) -> None:
    """Cancel the server behind Pulumi's back."""
    servers = stack.outputs()["servers"]
    assert isinstance(servers, dict)
    number = round(float(servers["dal05-a"]["id"]))
    account(registry.environment).call("Virtual_Guest", "deleteObject", id=number)


@pytest.mark.runbook("lost-server", "2")
def test_one_command_brings_back_what_was_cancelled_behind_pulumis_back(
    stack: ExampleStack, registry: LiveRegistry
) -> None:
    client = stack.client()
    digest = push_blob(client.connect, client.headers, "kept", b"k" * 100_000)
    cancel(stack, registry)

    refused = stack.follow("lost-front-door", "Bring the front door back/3")
    assert refused.returncode == 3, refused.stderr
    assert "plan ok: orders VirtualGuest dal05-a; " in refused.stderr
    assert "run the command again with --yes" in refused.stderr
    back = stack.follow("lost-server", "1", "--yes", "--json")
    assert back.returncode == 0, back.stderr
    recovery = json.loads(back.stdout)
    assert recovery["missing"] == ["dal05-a"]
    assert recovery["seconds"].keys() == {"account", "plan", "restore", "order", "set up", "verify"}
    assert "USD a month" in back.stderr
    followed(stack.follow("lost-server", "3"))
    same = stack.follow("lost-server", "3", position=1, COLOUR="red")
    assert "is live already" in followed(same)
    assert followed(stack.follow("lost-server", "4")).strip() == stack.outputs()["endpoint"]
    assert not (CHECKOUT / "stacks" / "Pulumi.example.yaml").exists(), "a stack file of Pulumi's own"
    assert SlowPull(stack.client(), f"/v2/kept/blobs/{digest}").begin().end() == digest
    again = stack.act("up", "--yes", "--skip-preview", "--expect-no-changes")
    assert again.returncode == 0, again.stdout


def test_a_server_that_does_not_come_back_is_replaced(stack: ExampleStack) -> None:
    client, address = stack.client(), address_of(stack)
    digest = push_blob(client.connect, client.headers, "kept", b"r" * 100_000)
    followed(stack.follow("lost-server", "It is in the account, and does not come back/1"))
    text = command(
        "lost-server",
        "It is in the account, and does not come back/2",
        ENV="example", NAME="dal05-a",
    )  # fmt: skip
    urns = followed(stack.follow("lost-server", "It is in the account, and does not come back/2", position=1))
    (urn,) = re.findall(r"urn:pulumi:\S+VirtualGuest::dal05-a(?!\S)", urns)
    # The middle of the URN is left open there.
    start, end = "urn:pulumi:example::softlayer-registry::", "::dal05-a"
    assert urn.startswith(start)
    assert f"'{start}...{end}'" in text
    program, *words = shlex.split(text.replace(f"{start}...{end}", urn))
    assert program == "pulumi"
    assert "SL_REPLACE_SERVERS" in steps("lost-server")["It is in the account, and does not come back/2"].text
    servers = stack.outputs()["servers"]
    assert isinstance(servers, dict)
    number = str(round(float(servers["dal05-a"]["id"])))
    followed(stack.act(*words, "--yes", "--skip-preview", SL_REPLACE_SERVERS=number))
    assert address_of(stack) != address
    assert SlowPull(stack.client(), f"/v2/kept/blobs/{digest}").begin().end() == digest
    followed(stack.follow("lost-server", "It is in the account, and does not come back/3"))
    followed(
        stack.follow(
            "lost-server",
            "It is in the account, and does not come back/3",
            "--yes",
            "--skip-preview",
            position=1,
        )
    )
    # As the stack was, so that it can be destroyed.
    followed(stack.follow("lost-server", "It is in the account, and does not come back/1"))
    followed(stack.act("up", "--yes", "--skip-preview"))


def test_a_container_that_somebody_removed_is_made_again(stack: ExampleStack, registry: LiveRegistry) -> None:
    servers = stack.outputs()["servers"]
    assert isinstance(servers, dict)
    removed = registry.ssh_to(servers["dal05-a"]["address"], "docker rm --force registry-1")
    assert removed.returncode == 0, removed.stderr
    unknown = stack.operate("recover", "--server", "z")
    assert unknown.returncode == 3
    assert "--server z must name one server of the stack" in unknown.stderr
    back = stack.operate("recover", "--server", "a")
    assert back.returncode == 0, back.stderr
    assert "account ok: it has every server" in back.stderr
    assert stack.client().status() == 200


def test_a_recovery_that_was_stopped_is_resumed_by_the_same_command(
    stack: ExampleStack, registry: LiveRegistry
) -> None:
    """Stopped once the account was asked: the server is in the state no more, what was on it still is."""
    cancel(stack, registry)
    refresh = stack.act("refresh", "--yes", "--skip-preview", "--target", "**VirtualGuest::dal05-a")
    assert refresh.returncode == 0, refresh.stdout
    back = stack.operate("recover", "--server", "a", "--yes", "--json")
    assert back.returncode == 0, back.stderr
    assert json.loads(back.stdout)["missing"] == ["dal05-a"]
    assert stack.client().status() == 200


def kill_adoption(stack: ExampleStack) -> None:
    """Kill an adoption, and all that it runs, once the image is in the state.

    From then on a preview knows all of the recipe, and the front door still has that with the lost secrets.
    """
    (state,) = (stack.file.parent / "backend" / ".pulumi" / "stacks").rglob("example.json")
    process = stack.start("adopt", "--yes")
    until(
        lambda: "docker:index/remoteImage:RemoteImage" in state.read_text(), "the image is in the state", 180
    )
    adoption = psutil.Process(process.pid)
    adoption.suspend()  # starts nothing more
    for running in (adoption, *adoption.children(recursive=True)):
        running.kill()
    assert process.wait(60) == -signal.SIGKILL
    assert "verification-push" not in state.read_text(), "it was killed before its end"


def test_a_stack_whose_state_is_lost_takes_over_its_servers(
    stack: ExampleStack, registry: LiveRegistry
) -> None:
    client, before = stack.client(), stack.outputs(secrets=True)
    digest = push_blob(client.connect, client.headers, "kept", b"s" * 100_000)
    counts = {name: len(items) for name, items in billed(registry.environment).items()}
    stack.lose_state(lambda project: stack.follow("lost-state", "1", "--cwd", project))

    second_order = stack.act("up", "--yes", "--skip-preview")
    assert second_order.returncode != 0, second_order.stdout
    assert "this state does not hold it. Nothing was ordered" in second_order.stdout
    refused = stack.follow("lost-state", "2")
    assert refused.returncode == 3, refused.stderr
    assert re.search(r"dal05-a is .*; SSH host key SHA256:", refused.stderr), refused.stderr
    assert "store-account is " in refused.stderr
    kill_adoption(stack)
    assert "softlayer-registry:adoption:" in stack.file.read_text(), "no `pulumi up` runs meanwhile"
    # What it has taken over stays, and the rest follows.
    adopted = stack.follow("lost-state", "2", "--yes", "--json")
    assert adopted.returncode == 0, adopted.stderr
    assert json.loads(adopted.stdout)["adopted"].keys() <= {"store-account"}
    assert json.loads(adopted.stdout)["ordered"] == []
    assert "softlayer-registry:adoption:" not in stack.file.read_text()
    after = stack.outputs(secrets=True)
    for output in ("servers", "endpoint", "objectStore"):
        assert after[output] == before[output], output
    # The root secret was in the state alone.
    assert json.loads(adopted.stdout)["newRoot"]
    assert "the first user's password is new unless registryPassword is set" in refused.stderr
    assert after["password"] != before["password"]
    assert after["certificateAuthority"] != before["certificateAuthority"]
    assert {name: len(items) for name, items in billed(registry.environment).items()} == counts
    assert SlowPull(stack.client(), f"/v2/kept/blobs/{digest}").begin().end() == digest
    followed(stack.follow("lost-state", "5", "--expect-no-changes"))
    # This machine remembered the key of the history, which goes on.
    assert "signed with the key of the new root secret" in adopted.stderr
    history = json.loads(followed(stack.operate("history", "--json")))
    events = {"adoption", "recovery", "takeover", "rotation"}
    assert "adoption" in {entry["kind"] for entry in history}
    assert {entry["kind"] for entry in history} - events == {"swap", "rollback", "retire"}
    assert not any(entry.get("unknown") for entry in history)
    assert live(stack) == "red"


NEW_KEY = "~/.ssh/softlayer-registry-2027"
PERSON = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGuY3ZJIhYXcqdZRMyjIrhcy0wA1QB2Ak2E7vkUJ0000 a person"
RUNNING = (
    "docker inspect --format '{{.Id}} {{.State.StartedAt}}' registry-1;"
    " systemctl show --property MainPID,NRestarts registry-door docker"
)


def test_the_operator_s_key_is_rotated_and_nothing_else_is_touched(
    stack: ExampleStack, registry: LiveRegistry, tmp_path: Path
) -> None:
    address, new = address_of(stack), tmp_path / "new"

    def run(line: str, key: Path | None = None) -> "subprocess.CompletedProcess[str]":
        return registry.ssh_to(address, line, key=key)

    def with_key(text: str, place: str) -> list[str]:
        """A command, with another place of the key."""
        assert NEW_KEY in text
        return shlex.split(text.replace(NEW_KEY, place))

    assert run(f"echo '{PERSON}' >>/root/.ssh/authorized_keys").returncode == 0
    before = run(RUNNING).stdout
    subprocess.run([*with_key(command("ssh-key", "1"), str(new)), "-q"], check=True)
    place = os.path.relpath(new, CHECKOUT)
    rotated = stack.operate(
        "rotate ssh-key", *with_key(command("ssh-key", "2", ENV="example"), place)[4:], "--json"
    )
    assert rotated.returncode == 0, rotated.stderr
    # The variable with the old key's place is of this operator's machine.
    assert "SOFTLAYER_REGISTRY_SSH_KEY names the old key" in rotated.stderr
    del stack.variables["SOFTLAYER_REGISTRY_SSH_KEY"]
    assert json.loads(rotated.stdout)["after"] == place
    assert run("true").returncode == 255, "the old key opens nothing any more"
    assert run(RUNNING, new).stdout == before
    assert PERSON in run("cat /root/.ssh/authorized_keys", new).stdout
    followed(stack.act("up", "--yes", "--skip-preview", "--expect-no-changes"))

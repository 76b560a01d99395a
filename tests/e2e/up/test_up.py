"""One command ends in a verified registry; a second one changes nothing."""

import base64
import ssl
import subprocess
import urllib.request
from urllib.error import HTTPError

import pytest
from swiftclient.client import Connection

from components.verification.probe import MODERN
from dev.local.environment import CHECKOUT
from harness.stack.live_stack import LiveRegistry, local


def test_up_ends_with_the_endpoint(registry: LiveRegistry) -> None:
    last = registry.printed.strip().splitlines()[-1]
    assert last == f"registry endpoint: {registry.outputs()['endpoint']}"


def test_the_endpoint_wants_tls_and_a_password(registry: LiveRegistry) -> None:
    outputs = registry.outputs()
    context = ssl.create_default_context(cadata=str(outputs["certificateAuthority"]))
    request = urllib.request.Request(f"{outputs['endpoint']}/v2/")
    with pytest.raises(HTTPError, match="401"):
        urllib.request.urlopen(request, context=context, timeout=30)
    pair = base64.b64encode(f"{outputs['user']}:{outputs['password']}".encode()).decode()
    request.add_header("Authorization", f"Basic {pair}")
    with urllib.request.urlopen(request, context=context, timeout=30) as answer:
        assert answer.status == 200
        assert answer.headers["Docker-Distribution-Api-Version"] == "registry/2.0"


def test_the_verified_image_lies_in_swift(registry: LiveRegistry) -> None:
    outputs = registry.outputs()
    (account,) = registry.resources("softlayer:index:ObjectStorageAccount")
    swift = Connection(
        authurl=account["authUrl"], user=account["username"], key=account["key"], auth_version="1"
    )
    store, digests = outputs["objectStore"], outputs["verifiedDigests"]
    assert isinstance(store, dict)
    assert isinstance(digests, dict)
    for site in digests.values():
        header = swift.head_object(store["container"], MODERN.object_name(site["modern"], "files/"))
        assert int(header["content-length"]) > 100


def test_what_was_requested_is_exported(registry: LiveRegistry) -> None:
    outputs = registry.outputs()
    assert set(outputs["storageDrivers"].values()) == {"overlay2"}  # type: ignore[attr-defined]
    assert len(outputs["servers"]) == 2  # type: ignore[arg-type]
    digests: dict[str, dict[str, dict[str, str]]] = outputs["imageDigests"]  # type: ignore[assignment]
    assert all(
        digests_by_generation["modern"]["1"].startswith("sha256:")
        for digests_by_generation in digests.values()
    )
    assert (outputs["colours"], outputs["live"]) == ({"red": "1"}, {"dal05": "red"})
    assert outputs["containers"] == {"dal05": {"modern": {"red": "registry-1"}}}
    assert outputs["cost"]["hourly"] > 0  # type: ignore[index]


def test_operate_ssh_runs_a_command_on_a_server(registry: LiveRegistry) -> None:
    """Under its short name too; the exit code is that of the command."""
    for name in ("dal05-a", "a"):
        done = operate(registry, "ssh", "local", name, "docker", "ps", "--format", "{{.Names}};", "exit", "7")
        assert done.returncode == 7, done.stderr
        assert "registry-1" in done.stdout.splitlines()
    unknown = operate(registry, "ssh", "local", "dal05-x", "true")
    assert unknown.returncode == 3
    assert "no server is called dal05-x" in unknown.stderr


def operate(registry: LiveRegistry, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [str(CHECKOUT / "bin" / "operate"), *words],
        env=registry.variables, cwd="/", stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("verb", [("preview",), ("up", "--yes", "--skip-preview"), ("refresh", "--yes")])
def test_nothing_changes_the_second_time(registry: LiveRegistry, verb: tuple[str, ...]) -> None:
    done = registry.pulumi(*verb, "--expect-no-changes")
    assert done.returncode == 0, done.stdout


def test_a_second_make_up_keeps_the_stack_file(registry: LiveRegistry) -> None:
    """What `operate` and the operator wrote into it stays, and nothing changes where nothing is to change."""
    file = registry.environment.stack_file
    text = file.read_text()
    kept = text.replace("config:\n", "config:\n  # of the operator\n  softlayer-registry:live: red\n")
    file.write_text(kept)
    try:
        done = local("up", state=registry.environment.state)
        assert file.read_text() == kept
    finally:
        file.write_text(text)
    assert done.returncode == 0, done.stdout
    (resources,) = (line for line in done.stdout.splitlines() if line.endswith(" unchanged"))
    assert "created" not in done.stdout.partition("Resources:")[2].partition("Duration:")[0], resources

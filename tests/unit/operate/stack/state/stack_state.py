"""States of a stack with two servers and what is on them, as Pulumi exports them."""

from collections.abc import Mapping
from typing import Any

from pulumi import automation

KEYS = {"dal05-a": "ssh-ed25519 AAAAone=", "dal05-b": "ssh-ed25519 AAAAtwo="}
URN = "urn:pulumi:prod::p::"


def guest(name: str, installation: str = "", **outputs: object) -> dict[str, Any]:
    number = str(ord(name[-1]))
    return {
        "urn": f"{URN}softlayer:index:VirtualGuest::{name}", "type": "softlayer:index:VirtualGuest",
        "id": number,
        "outputs": {
            "publicIp": f"198.18.0.{number}", "sshHostKey": KEYS[name],
            "installation": installation or number, **outputs,
        },
    }  # fmt: skip


def docker_provider(name: str, host_key: str | None = None) -> dict[str, Any]:
    key = host_key or KEYS[name]
    options = f'["-o","KnownHostsCommand=/bin/echo %H {key}"]'
    return {
        "urn": f"{URN}pulumi:providers:docker::{name}-docker", "type": "pulumi:providers:docker", "id": "p1",
        "inputs": {"host": f"ssh://root@198.18.0.{ord(name[-1])}:22", "sshOpts": options},
    }  # fmt: skip


def on_server(
    kind: str, name: str, server: str, inputs: Mapping[str, object], docker: str = ""
) -> dict[str, Any]:
    provider = f"{URN}pulumi:providers:docker::{docker or server}-docker::p1"
    return {
        "urn": f"{URN}{kind}::{name}", "type": kind,
        "deletedWith": f"{URN}softlayer:index:VirtualGuest::{server}",
        "inputs": inputs, "provider": provider, "dependencies": [],
    }  # fmt: skip


def container(name: str, server: str, installation: str) -> dict[str, Any]:
    labels = [
        {"label": "softlayer-registry.release", "value": "1"},
        {"label": "softlayer-registry.installation", "value": installation},
    ]
    return on_server("docker:index/container:Container", name, server, {"labels": labels})


def image(name: str, server: str, installation: str, docker: str = "") -> dict[str, Any]:
    triggers = {"installation": installation}
    return on_server("docker:index/remoteImage:RemoteImage", name, server, {"triggers": triggers}, docker)


def command(name: str, server: str, installation: str) -> dict[str, Any]:
    create = f"INSTALLATION={installation} timeout 600 bash -s -- x"
    return on_server("command:remote:Command", name, server, {"create": create})


def copy(name: str, server: str, installation: str) -> dict[str, Any]:
    return on_server("command:remote:CopyToRemote", name, server, {"triggers": [installation, "token"]})


def deployment(*resources: Mapping[str, object]) -> automation.Deployment:
    return automation.Deployment(3, {"resources": list(resources)})


def names(state: automation.Deployment) -> list[str]:
    return [resource["urn"].rpartition("::")[2] for resource in (state.deployment or {})["resources"]]


STACK = deployment(
    {"urn": f"{URN}softlayer-registry:index:Site::dal05", "type": "softlayer-registry:index:Site"},
    {"urn": f"{URN}pulumi:providers:softlayer::default", "type": "pulumi:providers:softlayer", "id": "s"},
    {
        "urn": f"{URN}softlayer:index:ObjectStorageAccount::store",
        "type": "softlayer:index:ObjectStorageAccount",
    },
    guest("dal05-a"),
    guest("dal05-b"),
    docker_provider("dal05-a"),
    docker_provider("dal05-b"),
    container("red", "dal05-a", "97"),
    image("red-image", "dal05-a", "97"),
    command("engine", "dal05-a", "97"),
    # A standby's image, which its stand-in had built while it did not answer.
    image("stand-image", "dal05-b", "97", docker="dal05-a"),
)

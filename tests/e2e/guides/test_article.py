"""The article of 2015, live: machine, image, run, push, seen in Swift, pulled elsewhere, node lost, back."""

import shlex
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import yaml
from swiftclient.client import Connection

from components.registry import legacy
from components.remote.script_source import script_source
from harness.stack.account import client
from harness.stack.example_stack import ExampleStack
from harness.stack.live_stack import LiveRegistry, made_image

pytestmark = pytest.mark.expected_seconds(55)

UP = ("up", "--yes", "--skip-preview")
LIMIT_SECONDS = 300
SERVERS = "softlayer-registry:servers"


def shape(name: str, role: str = "registry", *, front_door: bool = False) -> dict[str, object]:
    return {
        "name": name,
        "datacenter": "dal05",
        "os": "DEBIAN_12_64",
        "cpus": 1,
        "memory": 1024,
        "role": role,
        **({"frontDoor": True} if front_door else {}),
    }


@dataclass(frozen=True)
class Article:
    """The stack of the article: two nodes that have the image, and a server that uses the registry."""

    registry: LiveRegistry
    stack: ExampleStack
    started: float

    def up(self, *servers: dict[str, object], retired: tuple[str, ...] = ()) -> None:
        """Bring the stack to these servers; the registry may leave the ones that are lost."""
        settings = yaml.safe_load(self.stack.file.read_text())
        settings["config"][SERVERS] = list(servers)
        settings["config"]["softlayer-registry:retiringDoors"] = list(retired)
        self.stack.file.write_text(yaml.safe_dump(settings))
        done = self.stack.act(*UP)
        assert done.returncode == 0, done.stdout

    def run(self, server: str, script: str, *arguments: str) -> str:
        """Run one of the program's scripts on a server, with the registry's password behind it."""
        outputs = self.stack.outputs(secrets=True)
        address = str(outputs["servers"][f"dal05-{server}"]["address"])  # type: ignore[index]
        stdin_payload = f"{script_source(script)}{outputs['password']}\n"
        done = self.registry.ssh_to(
            address, f"bash -s -- {shlex.join(arguments)}", stdin_payload=stdin_payload
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    @property
    def endpoint(self) -> str:
        """Of the registry, wherever it runs now."""
        return str(self.stack.outputs()["endpoint"])

    @property
    def authority(self) -> str:
        """Where a server keeps the registry's authority."""
        return f"/etc/docker/certs.d/{self.endpoint.removeprefix('https://')}/ca.crt"


@pytest.fixture(scope="module")
def article(registry: LiveRegistry, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Article]:
    settings = yaml.safe_load(registry.environment.stack_file.read_text())["config"]
    settings |= {
        "softlayer-registry:registryGeneration": "legacy",
        "softlayer-registry:legacyBaseArchive": str(made_image("legacy-base")),
        "softlayer-registry:objectContainer": "article",
    }
    folder = tmp_path_factory.mktemp("article")
    stack = ExampleStack(registry, folder, yaml.safe_dump({"config": settings}))
    deployed = Article(registry, stack, time.monotonic())
    try:
        yield deployed
    finally:
        ended = stack.act("destroy", "--yes", "--skip-preview")
    assert ended.returncode == 0, ended.stdout


def in_swift(article: Article, prefix: str) -> list[str]:
    """Names of objects in the article's container, by the official client."""
    operate_output = article.stack.outputs(secrets=True)["operate"]
    swift: dict[str, str] = operate_output["swift"]  # type: ignore[index]
    connection = Connection(swift["authUrl"], swift["username"], swift["key"], auth_version="1")
    return [entry["name"] for entry in connection.get_container("article", prefix=prefix)[1]]


def test_the_article_from_the_first_server_to_the_restart_on_another_node(article: Article) -> None:
    article.up(shape("a", front_door=True), shape("b"), shape("c", "client"))
    image = f"library/{legacy.IMAGE.partition(':')[0]}"
    pushed = article.run(
        "a", "v1-push.sh", article.endpoint, image, "0.7.3", legacy.IMAGE, "docker", article.authority
    )
    assert f"registry/repositories/{image}/tag_0.7.3" in in_swift(article, "registry/repositories/")
    layers = {name.split("/")[2] for name in in_swift(article, "registry/images/") if name.endswith("/layer")}
    assert len(layers) >= len(pushed.split()) - 1

    outputs = article.stack.outputs()
    first = article.endpoint
    # Lost: its machine is off for good.
    powered_off = int(outputs["servers"]["dal05-a"]["id"])  # type: ignore[index]
    client(article.registry.environment).call("Virtual_Guest", "powerOff", id=powered_off)
    article.up(shape("b"), shape("c", "client"), retired=("dal05-a",))
    assert article.endpoint != first
    pulled = article.run(
        "c", "v1-pull.sh", article.endpoint, image, "0.7.3", "from-b:0.7.3", pushed, "docker",
        article.authority,
    )  # fmt: skip
    assert pulled == pushed, "byte by byte what was pushed to the node that is gone"
    assert time.monotonic() - article.started < LIMIT_SECONDS

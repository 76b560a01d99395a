"""Each secret is rotated by `operate rotate` on a live stack while clients read and push: nothing fails.

Of a stack in Swift what belongs to it, its doors and its users; of one in a bucket the rest. Each rotation
leaves the stack verified, with the new secret alone.
"""

import os
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from secrets import token_hex
from urllib.parse import urlsplit

import pytest
import requests
import yaml
from cryptography import x509
from swiftclient import client as swift
from swiftclient.utils import generate_temp_url

from dev.local.environment import CHECKOUT
from harness.clients.blobs import push_blob
from harness.clients.registry_client import Client
from harness.cloud.machine_host import host_key
from harness.stack.account import client as account_client
from harness.stack.bucket import bucket_of, one_server
from harness.stack.example_stack import ExampleStack, standing
from harness.stack.live_stack import LiveRegistry, made_image
from harness.stack.swap_operator import SwapOperator, operating
from tests.e2e.access.own_authority import OwnAuthority
from tests.e2e.access.rotation_load import RotationLoad, Upload
from tests.support.campaign import only_in_soak

pytestmark = [pytest.mark.expected_seconds(600), only_in_soak("rotations")]

QUICK = ("--bake", "0.05", "--throttle", "0")
CHANGED = re.compile(r"^ +[~+-]+ +\S+:\S+ (\S+) ", re.MULTILINE)
"""A resource that a preview would change, by its name."""
HEADER = "x-container-meta-temp-url-key"
Actions = Mapping[str, Callable[[], None]]


@pytest.fixture(scope="module")
def operator(registry: LiveRegistry, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SwapOperator]:
    with operating(registry, tmp_path_factory.mktemp("rotation")) as operator:
        yield operator
        bring_back_release_1(operator)


def bring_back_release_1(operator: SwapOperator) -> None:
    """Make release 1 live as red, which the stack's own file has: no rollback leads there any more."""
    release = settings_of(operator).get("softlayer-registry:red") or "1"
    is_red = operator.live() == "red"
    if is_red and release == "1":
        return
    for release in ("on-black", "1") if is_red else ("1",):
        done = operator.operate("swap", "--to", release, *QUICK)
        assert done.returncode == 0, done.stdout


def client_of(registry: LiveRegistry) -> Client:
    outputs = registry.outputs()
    host, _, port = str(outputs["endpoint"]).removeprefix("https://").partition(":")
    user = f"{outputs['user']}:{outputs['password']}"
    return Client(host, int(port), str(outputs["certificateAuthority"]), user, patience=120)


def rotate(
    operator: SwapOperator,
    what: str,
    *words: str,
    client: Client | None = None,
    actions: Actions | None = None,
) -> list[str]:
    """Rotate under load; an action is taken once a line of the command begins as it says."""
    waiting, lines = dict(actions or {}), list[str]()

    def hear(line: str) -> None:
        lines.append(line)
        text = line.partition(" s  ")[2]
        for beginning in [beginning for beginning in waiting if text.startswith(beginning)]:
            waiting.pop(beginning)()

    with RotationLoad(client or client_of(operator.registry)) as load:
        ended = replace(operator, heard=hear).follow(f"rotate {what}", *words)
    assert ended.code == 0, "\n".join(lines)
    assert load.failures == []
    assert waiting == {}, f"never came: {', '.join(waiting)}"
    settings = yaml.safe_load(operator.stack_file.read_text())["config"]
    agreed = operator.registry.pulumi("preview", config=settings)
    assert agreed.returncode == 0, agreed.stdout
    changed = CHANGED.findall(agreed.stdout)
    if any("--retire" in line for line in lines):
        # Clients are awaited. A swap, where there was one, leaves it to the next `pulumi up` to tell doors
        # where a new one begins.
        assert {name.rpartition("-")[2] for name in changed} <= {"colours"}, agreed.stdout
    else:
        assert "softlayer-registry:rotation" not in settings
        assert changed == [], agreed.stdout
    return lines


def swift_of(registry: LiveRegistry) -> tuple[swift.Connection, str]:
    """The account's storage, and the name of the container."""
    (account,) = registry.resources("softlayer:index:ObjectStorageAccount")
    (container,) = registry.resources("softlayer:index:ObjectStorageContainer")
    words = [str(account[key]) for key in ("authUrl", "username", "key")]
    return swift.Connection(*words, auth_version="1"), str(container["name"])


def temp_url_keys(registry: LiveRegistry) -> list[str]:
    """The keys that Swift accepts, the one in use first."""
    storage, container = swift_of(registry)
    headers = storage.head_container(container)
    return [headers[name] for name in (HEADER, f"{HEADER}-2") if headers.get(name)]


def test_http_secret(operator: SwapOperator, registry: LiveRegistry) -> None:
    """An upload that began before goes on in the overlap, on the colour that signed it."""
    upload = Upload(client_of(registry))
    upload.begin()

    def end_upload() -> None:
        upload.send()
        upload.end()

    rotate(operator, "http-secret", *QUICK, "--overlap", "0.2", actions={"swap ok: release": end_upload})


def test_tempurl_key(operator: SwapOperator, registry: LiveRegistry) -> None:
    """A temporary URL of the old key is good until the overlap ends."""
    storage, container = swift_of(registry)
    (old,) = temp_url_keys(registry)
    storage.put_object(container, "rotated", b"content")
    url = urlsplit(storage.url)
    path = f"{url.path}/{container}/rotated"
    signed = f"{url.scheme}://{url.netloc}{generate_temp_url(path, 3600, old, 'GET', digest='sha1')}"
    answers: list[tuple[int, int]] = []

    def fetch() -> None:
        answers.append((requests.get(signed, timeout=30).status_code, len(temp_url_keys(registry))))

    rotate(operator, "tempurl-key", *QUICK, "--overlap", "0.1", actions={"swap ok: release": fetch})
    assert answers == [(200, 2)]
    (new,) = temp_url_keys(registry)
    assert new != old
    assert requests.get(signed, timeout=30).status_code == 401


def test_a_rollback_in_the_overlap(operator: SwapOperator, registry: LiveRegistry) -> None:
    """The colour from before has its secret, and the rotation is given up."""
    rolled_back: list[int] = []

    def roll_back() -> None:
        rolled_back.append(operator.operate("rollback").returncode)

    load = RotationLoad(client_of(registry))
    before = operator.live()
    with load:
        following = replace(
            operator, heard=lambda line: roll_back() if "old secret is accepted" in line else None
        )
        refused = following.follow("rotate http-secret", *QUICK, "--overlap", "0.5")
        assert refused.code == 3
        assert operator.live() == before
        aborted = operator.operate("rotate http-secret", "--abort")
        assert aborted.returncode == 0, aborted.stdout
    assert load.failures == []
    assert rolled_back == [0]


def test_authority(operator: SwapOperator, registry: LiveRegistry) -> None:
    """A client that trusts the old authority goes on until it is given up, and then trusts the new one."""
    before = client_of(registry)
    rotate(operator, "authority", client=before)
    both = client_of(registry)
    assert len(x509.load_pem_x509_certificates(both.authority.encode())) == 2
    assert before.status() == both.status() == 200
    rotate(operator, "authority", "--retire", client=both)
    after = client_of(registry)
    assert len(x509.load_pem_x509_certificates(after.authority.encode())) == 1
    assert after.status() == 200


def test_certificate(operator: SwapOperator, registry: LiveRegistry) -> None:
    client = client_of(registry)
    before = client.certificate()
    rotate(operator, "certificate")
    keys = [x509.load_der_x509_certificate(pem).public_key() for pem in (before, client.certificate())]
    assert keys[0] != keys[1]


def test_root(operator: SwapOperator, registry: LiveRegistry) -> None:
    """All that is derived is another one, and the history is still genuine."""
    before, (key,) = client_of(registry), temp_url_keys(registry)
    entries = operator.operate("history", "--json").stdout
    rotate(operator, "root", *QUICK, client=before)
    assert temp_url_keys(registry)[1:] == [key]
    rotate(operator, "root", *QUICK, "--overlap", "0", "--retire", client=client_of(registry))
    assert key not in temp_url_keys(registry)
    after = operator.operate("history", "--json").stdout
    assert entries.count('"id"') < after.count('"id"')
    assert "not signed" not in operator.operate("status").stdout
    client = client_of(registry)
    assert client.user == before.user, "the password stays"
    assert client.status() == 200


def test_password(operator: SwapOperator, registry: LiveRegistry) -> None:
    """The old password is refused, the new one is taken, other users notice nothing; both stay secret."""
    settings = yaml.safe_load(operator.stack_file.read_text())
    settings["config"]["softlayer-registry:registryUsers"] = {"bob": "a password of bob"}
    operator.stack_file.write_text(yaml.safe_dump(settings))
    added = operator.up()
    assert added.returncode == 0, added.stdout
    before = client_of(registry)
    lines = rotate(operator, "password", client=replace(before, user="bob:a password of bob"))
    after = client_of(registry)
    assert (before.status(), after.status()) == (401, 200)
    for client in (before, after):
        assert client.user.partition(":")[2] not in "".join(lines)
    digest = push_blob(after.connect, after.headers, "rotated", b"content")
    assert after.status(f"/v2/rotated/blobs/{digest}") == 200


def test_given_certificate(operator: SwapOperator, registry: LiveRegistry, tmp_path: Path) -> None:
    authority = OwnAuthority()
    host = client_of(registry).address
    (tmp_path / "chain").write_text(authority.issue(host))
    (tmp_path / "key").write_text(authority.private_key)
    (tmp_path / "root").write_text(authority.certificate)
    # As clients are told to be before: they trust both.
    trusting = replace(client_of(registry), authority=client_of(registry).authority + authority.certificate)
    words = [f"--{name}={tmp_path / file}" for name, file in (("certificate", "chain"), ("key-file", "key"))]
    lines = rotate(operator, "certificate", *words, f"--authority={tmp_path / 'root'}", client=trusting)
    assert authority.private_key.splitlines()[1] not in "".join(lines)
    client = client_of(registry)
    assert x509.load_der_x509_certificate(client.certificate()).serial_number == authority.serial


def test_api_key(operator: SwapOperator) -> None:
    assert "The key works" in "".join(rotate(operator, "api-key"))


def storage_account(registry: LiveRegistry) -> tuple[int, str, str]:
    """The object storage account as the portal shows it: id, first user and key."""
    (account,) = account_client(registry.environment).call(
        "Account", "getHubNetworkStorage", mask="mask[id,credentials[username,password]]"
    )
    login = account["credentials"][0]
    return account["id"], login["username"], login["password"]


def in_portal(registry: LiveRegistry, method: str, *words: str) -> dict[str, str]:
    """Change the users of the account in the portal."""
    identifier, _, _ = storage_account(registry)
    changed = account_client(registry.environment).call("Network_Storage", method, *words, id=identifier)
    return changed if isinstance(changed, dict) else {}


def logs_in(registry: LiveRegistry, user: str, key: str) -> bool:
    """Whether Swift takes a login."""
    url = str(registry.resources("softlayer:index:ObjectStorageAccount")[0]["authUrl"])
    try:
        swift.Connection(url, user, key, auth_version="1", retries=0).head_account()
    except swift.ClientException:
        return False
    return True


def test_swift_key(operator: SwapOperator, registry: LiveRegistry) -> None:
    """Made in the portal, where the old one ends at once: the live colour goes on with its token."""
    _, user, old = storage_account(registry)
    load = RotationLoad(client_of(registry))
    with load:
        in_portal(registry, "editCredential", user, new := token_hex(32))
        assert not logs_in(registry, user, old)
        load.await_more(10)
        lines = rotate(operator, "swift-key", *QUICK)
    assert load.failures == []
    assert not any(key in line for line in lines for key in (old, new))
    storage, container = swift_of(registry)
    assert storage.key == new
    assert storage.head_container(container)


def test_swift_user(operator: SwapOperator, registry: LiveRegistry) -> None:
    """The second user is live; then the first one gets another key, and nobody notices."""
    second = in_portal(registry, "assignNewCredential", "swift")
    rotate(operator, "swift-user", "--user", second["username"], *QUICK)
    _, first, _ = storage_account(registry)
    with RotationLoad(client_of(registry)) as load:
        in_portal(registry, "editCredential", first, token_hex(32))
        load.await_more(20)
        # The state learns it by a refresh; what is live has the other user.
        refreshed = operator.registry.pulumi(
            "refresh", "--yes", "--skip-preview", config=settings_of(operator)
        )
        assert refreshed.returncode == 0, refreshed.stdout
    assert load.failures == []


def settings_of(operator: SwapOperator) -> Mapping[str, object]:
    """Settings of the stack file that the operator works on."""
    settings: Mapping[str, object] = yaml.safe_load(operator.stack_file.read_text())["config"]
    return settings


@pytest.fixture(scope="module")
def in_bucket(registry: LiveRegistry, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ExampleStack]:
    """A stack of one server whose images are in a bucket."""
    with bucket_of(registry, "rotated") as bucket:
        text = one_server(
            registry,
            **bucket.settings,
            registryStorage="s3",
            registryBaseArchive=str(made_image("registry-base-3")),
        )
        stack = ExampleStack(registry, tmp_path_factory.mktemp("in-bucket"), text)
        with standing(stack):
            yield stack


def rotate_in_bucket(
    stack: ExampleStack, what: str, *words: str, standard_input: str = ""
) -> "subprocess.CompletedProcess[str]":
    """Rotate under load; afterwards the stack agrees with its file, and what was printed has no secret."""
    with RotationLoad(stack.client()) as load:
        done = stack.operate(f"rotate {what}", *words, standard_input=standard_input)
        assert done.returncode == 0, done.stdout + done.stderr
    assert load.failures == []
    for secret in standard_input.split():
        assert secret not in done.stdout + done.stderr
    agreed = stack.act("preview", "--expect-no-changes")
    assert agreed.returncode == 0, agreed.stdout
    return done


def test_s3_keys(in_bucket: ExampleStack, registry: LiveRegistry) -> None:
    """The old credential ends once the command has, as its last line says."""
    _, first, old = storage_account(registry)
    second = in_portal(registry, "assignNewCredential", "swift")
    text = f"{second['username']}\n{second['password']}\n"
    done = rotate_in_bucket(in_bucket, "s3-keys", *QUICK, "--overlap", "0.1", standard_input=text)
    assert "Delete the old HMAC credential" in done.stdout
    with RotationLoad(in_bucket.client()) as load:
        in_portal(registry, "editCredential", first, token_hex(32))
        load.await_more(20)
    assert load.failures == []
    # The stack in Swift logs in with the first user's key.
    in_portal(registry, "editCredential", first, old)


def test_host_key(in_bucket: ExampleStack, registry: LiveRegistry) -> None:
    servers = in_bucket.outputs()["servers"]
    assert isinstance(servers, dict)
    address = str(servers["dal05-a"]["address"])
    before = host_key(address)
    rotate_in_bucket(in_bucket, "host-key", "--server", "dal05-a")
    assert host_key(address) != before
    # By the key that is pinned now.
    status = in_bucket.operate("status")
    assert status.returncode == 0, status.stderr


def test_ssh_key(in_bucket: ExampleStack, registry: LiveRegistry, tmp_path: Path) -> None:
    new = tmp_path / "new"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(new)], check=True)
    rotate_key = ("ssh-key", "--new", os.path.relpath(new, CHECKOUT))
    with RotationLoad(in_bucket.client()) as load:
        done = in_bucket.operate(f"rotate {rotate_key[0]}", *rotate_key[1:])
        assert done.returncode == 0, done.stdout + done.stderr
    assert load.failures == []
    # It has the old key's place, and comes before the stack file's.
    del in_bucket.variables["SOFTLAYER_REGISTRY_SSH_KEY"]
    agreed = in_bucket.act("preview", "--expect-no-changes")
    assert agreed.returncode == 0, agreed.stdout
    servers = in_bucket.outputs()["servers"]
    assert isinstance(servers, dict)
    address = str(servers["dal05-a"]["address"])
    assert registry.ssh_to(address, "true").returncode == 255
    assert registry.ssh_to(address, "true", key=new).returncode == 0


def test_passphrase(in_bucket: ExampleStack, tmp_path: Path) -> None:
    """The old one opens the stack no more; whoever exports the new one sees no change."""
    file = tmp_path / "passphrase"
    file.write_text("another passphrase\n")
    with RotationLoad(in_bucket.client()) as load:
        done = in_bucket.operate("rotate passphrase", "--new-file", str(file))
        assert done.returncode == 0, done.stdout + done.stderr
    assert load.failures == []
    refused = in_bucket.act("preview")
    assert refused.returncode != 0
    assert "passphrase" in refused.stdout
    in_bucket.variables["PULUMI_CONFIG_PASSPHRASE_FILE"] = str(file)
    agreed = in_bucket.act("preview", "--expect-no-changes")
    assert agreed.returncode == 0, agreed.stdout

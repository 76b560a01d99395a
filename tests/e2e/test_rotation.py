"""Secrets are rotated by `operate rotate` while clients read and push: nothing fails.

One stack, several rotations; each leaves it verified, with the new secret alone.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
import yaml
from cryptography import x509
from swiftclient import client as swift
from swiftclient.utils import generate_temp_url

from tests.cloud.door_load import Client
from tests.cloud.registry_blobs import push_blob
from tests.e2e.conftest import Registry
from tests.e2e.own_authority import OwnAuthority
from tests.e2e.rotation_load import RotationLoad, Upload
from tests.e2e.swap_operator import Operator, operating
from tests.support.campaign import only_in_soak

pytestmark = [pytest.mark.expected_seconds(600), only_in_soak("rotations")]

QUICK = ("--bake", "0.05", "--throttle", "0")
HEADER = "x-container-meta-temp-url-key"
Actions = Mapping[str, Callable[[], None]]


@pytest.fixture(scope="module")
def operator(registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    with operating(registry, tmp_path_factory.mktemp("rotation")) as operator:
        yield operator
        if operator.live() != "red":
            # The colour from before is taken away, so that no rollback leads there.
            operator.operate("swap", "--to", "as-before", *QUICK)


def client_of(registry: Registry) -> Client:
    outputs = registry.outputs()
    host, _, port = str(outputs["endpoint"]).removeprefix("https://").partition(":")
    user = f"{outputs['user']}:{outputs['password']}"
    return Client(host, int(port), str(outputs["certificateAuthority"]), user, patience=120)


def rotate(
    operator: Operator, what: str, *words: str, client: Client | None = None, actions: Actions | None = None
) -> list[str]:
    """Rotate under load; an action is taken once a line of the command begins as it says."""
    waiting, lines = dict(actions or {}), list[str]()

    def hear(line: str) -> None:
        lines.append(line)
        text = line.partition(" s  ")[2]
        for beginning in [beginning for beginning in waiting if text.startswith(beginning)]:
            waiting.pop(beginning)()

    load = RotationLoad(client or client_of(operator.registry))
    with load:
        ended = replace(operator, heard=hear).follow(f"rotate {what}", *words)
    assert ended.code == 0, "\n".join(lines)
    assert load.failures == []
    assert waiting == {}, f"never came: {', '.join(waiting)}"
    settings = yaml.safe_load(operator.stack_file.read_text())["config"]
    if not any("--retire" in line for line in lines):
        assert "softlayer-registry:rotation" not in settings
    agreed = operator.registry.pulumi("preview", "--expect-no-changes", config=settings)
    assert agreed.returncode == 0, agreed.stdout
    return lines


def swift_of(registry: Registry) -> tuple[swift.Connection, str]:
    """The account's storage, and the name of the container."""
    (account,) = registry.resources("softlayer:index:ObjectStorageAccount")
    (container,) = registry.resources("softlayer:index:ObjectStorageContainer")
    words = [str(account[key]) for key in ("authUrl", "username", "key")]
    return swift.Connection(*words, auth_version="1"), str(container["name"])


def temp_url_keys(registry: Registry) -> list[str]:
    """The keys that Swift accepts, the one in use first."""
    storage, container = swift_of(registry)
    headers = storage.head_container(container)
    return [headers[name] for name in (HEADER, f"{HEADER}-2") if headers.get(name)]


def test_http_secret(operator: Operator, registry: Registry) -> None:
    """An upload that began before goes on in the overlap, on the colour that signed it."""
    upload = Upload(client_of(registry))
    upload.begin()

    def end_upload() -> None:
        upload.send()
        upload.end()

    rotate(operator, "http-secret", *QUICK, "--overlap", "0.2", actions={"swap ok: release": end_upload})


def test_tempurl_key(operator: Operator, registry: Registry) -> None:
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


def test_a_rollback_in_the_overlap(operator: Operator, registry: Registry) -> None:
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
        refused = following.follow("rotate http-secret", *QUICK, "--overlap", "0.1")
        assert refused.code == 3
        assert operator.live() == before
        aborted = operator.operate("rotate http-secret", "--abort")
        assert aborted.returncode == 0, aborted.stdout
    assert load.failures == []
    assert rolled_back == [0]


def test_authority(operator: Operator, registry: Registry) -> None:
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


def test_certificate(operator: Operator, registry: Registry) -> None:
    client = client_of(registry)
    before = client.certificate()
    rotate(operator, "certificate")
    keys = [x509.load_der_x509_certificate(pem).public_key() for pem in (before, client.certificate())]
    assert keys[0] != keys[1]


def test_root(operator: Operator, registry: Registry) -> None:
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


def test_password(operator: Operator, registry: Registry) -> None:
    """The old password is refused, the new one is taken; what is shown has neither."""
    before = client_of(registry)
    rotation = operator.operate("rotate password")
    assert rotation.returncode == 0, rotation.stdout
    after = client_of(registry)
    assert (before.status(), after.status()) == (401, 200)
    for client in (before, after):
        assert client.user.partition(":")[2] not in rotation.stdout
    digest = push_blob(after.connect, after.headers, "rotated", b"content")
    assert after.status(f"/v2/rotated/blobs/{digest}") == 200


def test_given_certificate(operator: Operator, registry: Registry, tmp_path: Path) -> None:
    authority = OwnAuthority()
    host = client_of(registry).address
    (tmp_path / "chain").write_text(authority.issue(host))
    (tmp_path / "key").write_text(authority.private_key)
    (tmp_path / "root").write_text(authority.certificate)
    words = [f"--{name}={tmp_path / file}" for name, file in (("certificate", "chain"), ("key-file", "key"))]
    done = operator.operate("rotate certificate", *words, f"--authority={tmp_path / 'root'}")
    assert done.returncode == 0, done.stdout
    assert authority.private_key.splitlines()[1] not in done.stdout
    client = client_of(registry)
    assert x509.load_der_x509_certificate(client.certificate()).serial_number == authority.serial


def test_api_key(operator: Operator) -> None:
    done = operator.operate("rotate api-key")
    assert done.returncode == 0, done.stdout
    assert "The key works" in done.stdout

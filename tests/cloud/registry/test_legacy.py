"""The legacy registry for real: the article's Dockerfile over the base, on Docker, before a real Swift."""

import hashlib
import io
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from swiftclient import Connection

from bench.registry.crowd import MEMORY_SAMPLE, peak_memory
from cloud.interfaces import SwiftAccount
from cloud.swift.local_object_storage import LocalObjectStorage
from components.registry.legacy import BASE_IMAGE, CONTEXT, IMAGE, legacy_container
from components.storage.legacy_storage import LegacyStorage
from dev.local.environment import CHECKOUT
from harness.docker_daemon import docker_daemon
from harness.ports import free_port
from harness.proxies.local_proxy import LocalProxy
from harness.registries.legacy import LegacyHost, Run
from tests.cloud.registry.tls_front import tls_front

pytestmark = pytest.mark.expected_seconds(60)

WORKERS = 2
NOBACKSLASH = "registry-swift:no-backslash"


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SwiftAccount]:
    storage = LocalObjectStorage(tmp_path_factory.mktemp("cloud"), None)
    try:
        created = storage.create_account("dal05", "SLOS1-1", "SL1")
        Connection(created.auth_url, created.username, created.key, retries=0).put_container("docker")
        yield created
    finally:
        storage.stop()


@pytest.fixture(scope="module")
def swift(account: SwiftAccount) -> LegacyStorage:
    return LegacyStorage(account.auth_url, account.username, account.key, "docker")


@pytest.fixture(scope="module")
def base() -> Path:
    words = [sys.executable, "-m", "dev.images", "legacy-base"]
    done = subprocess.run(words, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True, check=True, timeout=900)
    return Path(done.stdout.strip())


@pytest.fixture(scope="module")
def hosts(base: Path) -> Iterator[tuple[LegacyHost, LegacyHost]]:
    """The one that builds and runs the registry, and another."""
    with (
        tempfile.TemporaryDirectory(prefix="da") as first_folder,
        tempfile.TemporaryDirectory(prefix="db") as second_folder,
        docker_daemon(Path(first_folder), "overlay2") as first,
        docker_daemon(Path(second_folder), "overlay2") as second,
    ):
        host = LegacyHost(first)
        host.load(base)
        host.build(CONTEXT)
        yield host, LegacyHost(second)


@pytest.fixture(scope="module")
def host(hosts: tuple[LegacyHost, LegacyHost]) -> LegacyHost:
    return hosts[0]


@pytest.fixture(scope="module")
def registry(host: LegacyHost, swift: LegacyStorage) -> Iterator[Run]:
    with host.running(legacy_container(swift, WORKERS)) as run:
        assert run.settled().status == "healthy", run.health().last_output
        yield run


def test_the_articles_build_puts_the_setting_into_the_flavor(host: LegacyHost) -> None:
    config = host.daemon.docker(
        *("run", "--rm", "--network", "none", IMAGE, "cat", "/docker-registry/config/config_sample.yml")
    )
    lines = config.splitlines()
    assert lines[80] == "swift: &swift"
    assert lines[89] == "    swift_region_name: _env:OS_REGION_NAME"
    assert lines[90] == "    swift_auth_version: _env:OS_AUTH_VERSION"
    assert lines[91] == ""


def test_the_base_starts_as_the_image_of_2014_did(host: LegacyHost) -> None:
    document = json.loads(host.daemon.docker("image", "inspect", BASE_IMAGE))[0]["Config"]
    assert document["Cmd"] == ["/bin/sh", "-c", "exec docker-registry"]
    assert list(document["ExposedPorts"]) == ["5000/tcp"]
    assert "DOCKER_REGISTRY_CONFIG=/docker-registry/config/config_sample.yml" in document["Env"]


def test_status_is_healthy_by_its_json_though_its_code_is_not(registry: Run) -> None:
    answer = httpx.get(f"{registry.endpoint}/v1/_status")
    assert answer.status_code == 503
    assert answer.json()["failures"] == {"redis": "unconfigured"}
    assert answer.headers["X-Docker-Registry-Config"] == "swift"
    assert registry.health().last_output == "storage works\n"


def test_the_bench_of_crowds_reads_the_memory_of_a_container(registry: Run) -> None:
    sample = registry.host.daemon.docker("exec", registry.name, "sh", "-c", MEMORY_SAMPLE)
    peak = peak_memory(sample.splitlines())
    assert peak is not None
    assert WORKERS * 10 < peak < 1024


def test_an_image_pushed_is_pulled_on_another_server_byte_for_byte(
    hosts: tuple[LegacyHost, LegacyHost], registry: Run, account: SwiftAccount
) -> None:
    host, second_host = hosts
    pushed = host.checked_script("v1-push.sh", registry.endpoint, "library/registry-swift", "0.7.3", IMAGE)
    image, *layers = pushed.split()
    assert layers == host.layers(IMAGE)
    assert len(layers) == 3
    pulled = second_host.checked_script(
        *("v1-pull.sh", registry.endpoint, "library/registry-swift", "0.7.3", IMAGE, pushed)
    )
    assert pulled == pushed
    assert second_host.daemon.docker("image", "inspect", "--format", "{{.Id}}", IMAGE) == image
    assert (
        second_host.daemon.docker("run", "--rm", "--network", "none", IMAGE, "python2.7", "-c", "print 7")
        == "7"
    )
    names = [
        str(entry["name"])
        for entry in Connection(account.auth_url, account.username, account.key, retries=0).get_container(
            "docker", prefix="registry/images/", full_listing=True
        )[1]
    ]
    assert sum(name.endswith("/layer") for name in names) >= 3
    assert not [name for name in names if name.endswith("_inprogress")]


def test_a_push_goes_on_through_another_colour(
    host: LegacyHost, registry: Run, swift: LegacyStorage, tmp_path: Path
) -> None:
    """Each request of a push and a pull goes to the other registry: nothing has to be sticky."""
    port = free_port()
    with host.running(legacy_container(swift, WORKERS)) as black:
        assert black.settled().status == "healthy", black.health().last_output
        door = f"""\
listen alternating
  bind 127.0.0.1:{port}
  balance roundrobin
  server red 127.0.0.1:{registry.port}
  server black 127.0.0.1:{black.port}
"""
        proxy = LocalProxy(tmp_path / "proxy")
        with proxy.running({"alternating.cfg": door}):
            endpoint = f"http://127.0.0.1:{port}"
            pushed = host.checked_script("v1-push.sh", endpoint, "colours/probe", "one", "-")
            assert host.checked_script("v1-pull.sh", endpoint, "colours/probe", "one", "-", pushed) == pushed
            served = [line.split()[3] for line in proxy.finished_lines() if "/v1/images/" in line]
        assert {line.partition("/")[2] for line in served} == {"red", "black"}


def test_a_probe_that_nobody_has_seen_makes_the_round_trip_and_leaves_nothing(
    hosts: tuple[LegacyHost, LegacyHost], registry: Run
) -> None:
    host, second_host = hosts
    before = [host.daemon.docker("images", "--quiet", "--no-trunc") for host in hosts]
    probes = [
        host.checked_script("v1-push.sh", registry.endpoint, "verification/probe", "probe", "-")
        for _ in range(2)
    ]
    assert probes[0] != probes[1]
    arguments = ("v1-pull.sh", registry.endpoint, "verification/probe", "probe", "-")
    assert second_host.checked_script(*arguments, probes[1]) == probes[1]
    stale = second_host.script(*arguments, probes[0])
    assert stale.returncode == 1
    assert "instead of" in stale.stderr
    assert [host.daemon.docker("images", "--quiet", "--no-trunc") for host in hosts] == before


def test_the_scripts_go_through_tls_with_a_password_that_nothing_shows(
    hosts: tuple[LegacyHost, LegacyHost], registry: Run, tmp_path: Path
) -> None:
    host, second_host = hosts
    password = 'pa"ss\\word $HOME'
    with tls_front(tmp_path, registry.port, "docker", password) as (endpoint, authority):
        proxy_options = ("docker", str(authority))
        push = ("v1-push.sh", endpoint, "verification/front", "probe", "-", *proxy_options)
        pushed = host.script(*push, stdin_payload=f"{password}\n")
        assert pushed.returncode == 0, pushed.stderr
        pull = (
            "v1-pull.sh",
            endpoint,
            "verification/front",
            "probe",
            "-",
            pushed.stdout.strip(),
            *proxy_options,
        )
        pulled = second_host.script(*pull, stdin_payload=f"{password}\n")
        assert pulled.stdout == pushed.stdout, pulled.stderr
        refused = host.script(*push, stdin_payload="wrong-one\n")
        assert refused.returncode == 1
        assert "/v1/_ping answered 401" in refused.stderr
        assert "wrong-one" not in refused.stderr
        untrusted = host.script(*push[:-1], stdin_payload=f"{password}\n")
        assert untrusted.returncode == 1
        assert "certificate" in untrusted.stderr
        assert password not in pushed.stderr + pulled.stderr + untrusted.stderr
        unsaid = host.script(*push)
        assert "no password on standard input for docker" in unsaid.stderr


def test_after_its_death_a_registry_goes_on_at_another_server_that_had_its_image_from_it(
    hosts: tuple[LegacyHost, LegacyHost], swift: LegacyStorage
) -> None:
    host, second_host = hosts
    with host.running(legacy_container(swift, WORKERS)) as first:
        assert first.settled().status == "healthy"
        own = host.checked_script("v1-push.sh", first.endpoint, "library/registry-swift", "0.7.3", IMAGE)
        second_host.checked_script(
            "v1-pull.sh", first.endpoint, "library/registry-swift", "0.7.3", IMAGE, own
        )
        pushed = host.checked_script("v1-push.sh", first.endpoint, "library/kept", "latest", "-")
        host.daemon.docker("kill", first.name)
    with second_host.running(legacy_container(swift, WORKERS)) as second:
        assert second.settled().status == "healthy"
        assert (
            host.checked_script("v1-pull.sh", second.endpoint, "library/kept", "latest", "-", pushed)
            == pushed
        )


@pytest.mark.parametrize("packed", [False, True])
def test_the_layout_of_newer_engines_is_pushed_as_well(
    hosts: tuple[LegacyHost, LegacyHost], registry: Run, tmp_path: Path, packed: bool
) -> None:
    host, second_host = hosts
    archive = tmp_path / "oci.tar"
    layers = newer_archive(archive, compressed=packed)
    stand_in = tmp_path / "bin" / "docker"
    stand_in.parent.mkdir()
    stand_in.write_text(
        f'#!/bin/sh\n[ "$1" = save ] && exec cat {archive}\nexec {shutil.which("docker")} "$@"\n'
    )
    stand_in.chmod(0o755)
    repository = f"library/newer-{packed}".lower()
    pushed = host.checked_script(
        *("v1-push.sh", registry.endpoint, repository, "1", "thing:1"), path=str(stand_in.parent)
    )
    assert pushed.split()[1:] == layers
    assert second_host.checked_script("v1-pull.sh", registry.endpoint, repository, "1", "-", pushed) == pushed


def newer_archive(target: Path, *, compressed: bool) -> list[str]:
    """What `docker save` writes since Engine 25: blobs, and a manifest.json that names them."""
    files: dict[str, bytes] = {}
    digests: list[str] = []
    for text in (b"lower", b"upper"):
        layer = io.BytesIO()
        with tarfile.open(fileobj=layer, mode="w") as tar:
            info = tarfile.TarInfo(text.decode())
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text))
        digests.append(f"sha256:{hashlib.sha256(layer.getvalue()).hexdigest()}")
        content = layer.getvalue()
        if compressed:
            zipped = subprocess.run(["gzip", "-nc"], input=content, capture_output=True, check=True)
            content = zipped.stdout
        files[f"blobs/sha256/{hashlib.sha256(content).hexdigest()}"] = content
    paths = list(files)
    config = json.dumps(
        {
            "architecture": "amd64",
            "os": "linux",
            "config": {"Cmd": ["/x"]},
            "rootfs": {"type": "layers", "diff_ids": digests},
        }
    ).encode()
    name = f"blobs/sha256/{hashlib.sha256(config).hexdigest()}"
    manifest = [{"Config": name, "RepoTags": ["thing:1"], "Layers": paths, "LayerSources": {}}]
    files |= {name: config, "manifest.json": json.dumps(manifest, separators=(",", ":")).encode()}
    with tarfile.open(target, "w") as tar:
        for path, content in files.items():
            info = tarfile.TarInfo(path)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return digests


def test_the_sed_without_its_backslash_breaks_the_registry_and_its_health(
    host: LegacyHost, swift: LegacyStorage, tmp_path: Path
) -> None:
    (tmp_path / "Dockerfile").write_text((CONTEXT / "Dockerfile").read_text().replace("91i\\ ", "91i "))
    host.build(tmp_path, NOBACKSLASH)
    with host.running(legacy_container(swift, WORKERS), NOBACKSLASH, hasty=True) as run:
        health = run.settled()
        ping = httpx.get(f"{run.endpoint}/v1/_ping")
    assert health.status == "unhealthy"
    assert "swift_auth_version is at the top level, outside the flavor swift" in health.last_output
    # Version 2 wants a package that the driver does not bring; python-swiftclient exits for lack of it.
    assert "storage: the registry's process ended while it tried the storage" in health.last_output
    # What makes it a trap: it starts, and looks as if it worked.
    assert ping.status_code == 200


@pytest.mark.parametrize("broken", ["password", "container"])
def test_broken_storage_is_never_healthy_and_named(
    host: LegacyHost, swift: LegacyStorage, broken: str
) -> None:
    wrong = replace(swift, password="wrong") if broken == "password" else replace(swift, container="absent")
    with host.running(legacy_container(wrong, WORKERS), hasty=True) as run:
        health = run.settled()
    assert health.status == "unhealthy"
    assert "storage: Could not put content" in health.last_output


def test_neither_key_nor_token_shows_in_inspect_logs_or_history(
    host: LegacyHost, registry: Run, account: SwiftAccount
) -> None:
    host.checked_script("v1-push.sh", registry.endpoint, "verification/probe", "secrets", "-")
    token = Connection(account.auth_url, account.username, account.key, retries=0).get_auth()[1]
    logs = subprocess.run(
        ["docker", "--host", host.daemon.host, "logs", registry.name],
        capture_output=True,
        text=True,
        check=True,
    )
    output = "".join(
        (
            host.daemon.docker("inspect", registry.name),
            host.daemon.docker("history", "--no-trunc", IMAGE),
            host.daemon.docker("ps", "--all", "--no-trunc"),
            logs.stdout,
            logs.stderr,
        )
    )
    assert "OS_USERNAME" in output
    assert "PUT /v1/images/" in output
    assert account.key not in output
    assert token not in output
    assert "X-Auth-Token" not in output

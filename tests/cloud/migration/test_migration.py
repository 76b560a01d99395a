"""`operate migrate` from a real Swift into a real distribution 2.8.3."""

import gzip
import hashlib
import json
import os
import random
import re
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from swiftclient import Connection

from cloud.interfaces import SwiftAccount
from dev.local.environment import CHECKOUT
from harness.cloud.local_swift import local_swift
from harness.docker_daemon import docker_daemon
from harness.registries.modern import PASSWORD, USER, ModernRegistry, modern_registry
from harness.registries.program import program as registry_program
from harness.waiting import until
from tests.cloud.migration.migration_ends import DATACENTER, Ends, assert_migrated, fill
from tests.support.campaign import Campaign
from tests.support.legacy_images import (
    LegacyTag,
    make_image,
    population,
    stored,
    tag_objects,
    tar_of,
)

pytestmark = pytest.mark.expected_seconds(65)

IMAGES = Campaign("migration", full=200, sample=30)
KILLED_EVERY = 20
"""Images migrated between two kills, on average."""
SEED = 20151104


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SwiftAccount]:
    with local_swift(tmp_path_factory.mktemp("cloud")) as storage:
        yield storage.create_account(DATACENTER, "SLOS1-1", "SL1")


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    return registry_program("2.8.3", tmp_path_factory.mktemp("program"))


@pytest.fixture
def modern(program: list[str], tmp_path: Path) -> Iterator[ModernRegistry]:
    folder = tmp_path / "modern"
    folder.mkdir()
    with modern_registry(program, folder, {"filesystem": {"rootdirectory": f"{folder}/data"}}) as registry:
        yield registry


@pytest.fixture
def ends(account: SwiftAccount, modern: ModernRegistry, tmp_path: Path) -> Ends:
    return Ends(account, f"docker-{os.urandom(4).hex()}", modern, tmp_path / "state")


def kill_after(ends: Ends, requests: int) -> None:
    """Start a migration and kill it once the registry has answered so many requests."""
    goal = ends.modern.requests() + requests
    process = ends.start()
    until(lambda: ends.modern.requests() >= goal or process.poll() is not None, "requests", 120)
    assert process.poll() is None, "it was done before it was killed"
    process.kill()
    process.communicate()


def test_images_with_kills_come_out_whole_and_no_layer_is_uploaded_twice(ends: Ends) -> None:
    chance = random.Random(IMAGES.seed)  # noqa: S311
    tags = population(chance, IMAGES.size)
    fill(ends.account, ends.container, stored(tags))
    for _ in range(max(2, IMAGES.size // KILLED_EVERY)):
        kill_after(ends, chance.randrange(KILLED_EVERY, 8 * KILLED_EVERY))
        assert list(ends.state.iterdir()) == list(ends.state.glob("*.jsonl")), "a layer was left on the disk"
    before = ends.modern.commits()
    report = ends.run()
    assert report["ok"]
    assert len(report["images"]) == IMAGES.size
    assert report["failed"] == 0
    assert_migrated(ends.modern, tags)
    layers = {image.digest for tag in tags for image in tag.chain}
    commits = ends.modern.commits()
    assert layers <= commits.keys()
    assert set(commits.values()) == {1}, "a blob was uploaded twice"
    assert 0 < sum(before.values()) < sum(commits.values()), "the kills did not fall into the work"
    for image in report["images"]:
        assert all(layer["legacy"] == layer["modern"] and layer["checksum"] for layer in image["layers"])

    again = ends.run("--verify", "full")
    assert again["present"] == IMAGES.size
    assert again["read"] == again["bytes_sent"] == again["uploaded"] == 0
    assert ends.modern.commits() == commits


@dataclass(frozen=True)
class Small:
    """Three images on one base, in two repositories."""

    tags: tuple[LegacyTag, ...]

    @property
    def objects(self) -> dict[str, bytes]:
        return stored(self.tags)


@pytest.fixture
def small() -> Small:
    chance = random.Random(os.urandom(8))  # noqa: S311
    base = make_image(chance, None, gzip.compress(tar_of({"base": chance.randbytes(3000)}), mtime=0))
    tops = [make_image(chance, base.identifier, tar_of({"top": chance.randbytes(3000)})) for _ in range(3)]
    repositories = (("library", "app", "v1"), ("library", "app", "latest"), ("team", "web", "v1"))
    return Small(tuple(LegacyTag(*place, (base, top)) for place, top in zip(repositories, tops, strict=True)))


def status(report: dict[str, Any]) -> dict[str, str]:
    return {image["reference"]: image["status"] for image in report["images"]}


def test_a_plan_is_shown_and_nothing_is_written(ends: Ends, small: Small) -> None:
    fill(ends.account, ends.container, small.objects)
    plan = ends.run("--dry-run")
    assert [image["reference"] for image in plan["images"]] == ["app:latest", "app:v1", "team/web:v1"]
    assert plan["layers"] == 4
    assert ends.modern.requests() == 0
    assert not ends.state.exists()


def test_one_repository_is_migrated_by_itself(ends: Ends, small: Small) -> None:
    fill(ends.account, ends.container, small.objects)
    assert status(ends.run("--repository", "team/web")) == {"team/web:v1": "migrated"}
    # The base comes over by a mount from there, not by another upload.
    report = ends.run()
    assert status(report) == {
        "app:latest": "migrated",
        "app:v1": "migrated",
        "team/web:v1": "already present",
    }
    assert report["mounted"] == 1
    assert set(ends.modern.commits().values()) == {1}
    assert_migrated(ends.modern, small.tags)


def test_broken_images_are_reported_and_the_rest_is_migrated(ends: Ends, small: Small) -> None:
    objects = small.objects
    first, second, _ = small.tags
    changed = bytearray(first.chain[-1].layer)
    changed[600] ^= 1
    objects[f"registry/images/{first.chain[-1].identifier}/layer"] = bytes(changed)
    del objects[f"registry/images/{second.chain[-1].identifier}/ancestry"]
    fill(ends.account, ends.container, objects)
    report = ends.run(expect=1)
    assert status(report) == {"app:latest": "failed", "app:v1": "failed", "team/web:v1": "migrated"}
    reasons = {image["reference"]: image["reason"] for image in report["images"]}
    assert "not what was pushed" in reasons["app:v1"]
    assert "has no ancestry" in reasons["app:latest"]
    assert f"sha256:{hashlib.sha256(changed).hexdigest()}" not in ends.modern.commits()


def test_a_tag_that_somebody_else_wrote_stays_without_overwrite(ends: Ends, small: Small) -> None:
    fill(ends.account, ends.container, small.objects)
    ends.run("--repository", "team/web")
    with ends.modern.client() as client:
        kind = "application/vnd.docker.distribution.manifest.v2+json"
        headers = {"Accept": kind}
        foreign_manifest = client.get("/v2/team/web/manifests/v1", headers=headers).content + b"\n"
        put = client.put(
            "/v2/team/web/manifests/v1", content=foreign_manifest, headers={"Content-Type": kind}
        )
        assert put.status_code == 201, put.text
        report = ends.run(expect=1)
        assert status(report)["team/web:v1"] == "failed"
        assert "--overwrite" in next(
            image["reason"] for image in report["images"] if image["status"] == "failed"
        )
        assert client.get("/v2/team/web/manifests/v1", headers=headers).content == foreign_manifest
    assert status(ends.run("--overwrite"))["team/web:v1"] == "migrated"


def test_a_tag_that_moved_at_the_legacy_end_moves_at_the_modern_one(ends: Ends, small: Small) -> None:
    fill(ends.account, ends.container, small.objects)
    ends.run()
    first, second, third = small.tags
    moved = LegacyTag(first.namespace, first.repository, first.tag, second.chain)
    fill(ends.account, ends.container, dict(tag_objects("library", "app", "v1", second.chain[-1].identifier)))
    assert status(ends.run())["app:v1"] == "migrated"
    assert_migrated(ends.modern, (moved, second, third))


def test_a_layer_in_segments_comes_over_whole(ends: Ends, small: Small) -> None:
    objects = small.objects
    layer = small.tags[0].chain[-1]
    name = f"registry/images/{layer.identifier}/layer"
    del objects[name]
    fill(ends.account, ends.container, objects)
    fill(
        ends.account,
        f"{ends.container}-segments",
        {f"layer/{number:02}": layer.layer[number * 3000 : (number + 1) * 3000] for number in range(4)},
    )
    connection = Connection(ends.account.auth_url, ends.account.username, ends.account.key)
    connection.put_object(
        ends.container, name, b"", headers={"X-Object-Manifest": f"{ends.container}-segments/layer/"}
    )
    assert ends.run()["migrated"] == 3
    assert_migrated(ends.modern, small.tags)
    assert ends.run("--verify", "full")["present"] == 3
    assert set(ends.modern.commits().values()) == {1}


def test_a_lost_journal_costs_reading_and_no_upload(ends: Ends, small: Small) -> None:
    fill(ends.account, ends.container, small.objects)
    ends.run()
    for journal in ends.state.glob("*.jsonl"):
        journal.unlink()
    report = ends.run()
    assert report["present"] == 3
    assert report["read"] > 0 == report["uploaded"]
    assert set(ends.modern.commits().values()) == {1}


def test_a_blob_that_the_registry_lost_is_sent_again(ends: Ends, small: Small) -> None:
    fill(ends.account, ends.container, small.objects)
    ends.run()
    lost_digest = small.tags[2].chain[-1].digest
    with ends.modern.client() as client:
        assert client.delete(f"/v2/team/web/blobs/{lost_digest}").status_code == 202
    assert ends.run()["uploaded"] == 1
    assert_migrated(ends.modern, small.tags)


def test_an_interrupt_is_one_line_and_the_next_run_goes_on(ends: Ends) -> None:
    tags = population(random.Random(SEED), 20)  # noqa: S311
    fill(ends.account, ends.container, stored(tags))
    process = ends.start()
    until(lambda: ends.modern.requests() >= 20 or process.poll() is not None, "requests", 120)
    process.send_signal(signal.SIGINT)
    _, output = process.communicate(timeout=60)
    assert process.returncode == 130
    last = output.decode().splitlines()[-1]
    assert last.startswith("operate: interrupted")
    assert last.endswith("; the same command resumes from here")
    assert b"Traceback" not in output
    assert ends.run()["failed"] == 0
    assert_migrated(ends.modern, tags)
    assert set(ends.modern.commits().values()) == {1}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"MIGRATE_SWIFT_KEY": "wrong"}, "credentials are refused"),
        ({"MIGRATE_REGISTRY_PASSWORD": "wrong"}, "check user and password"),
    ],
)
def test_refused_secrets_are_one_line(ends: Ends, change: dict[str, str], words: str) -> None:
    done = subprocess.run(
        ends.command(),
        cwd=CHECKOUT,
        env=ends.variables() | change,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert words in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_a_missing_container_is_an_error(ends: Ends) -> None:
    output = ends.run(expect=1)["error"]
    assert "there is no such container" in output


def peak_memory(pid: int) -> int:
    """Bytes that a process has had resident at most since its program was started; 0 after its end."""
    match = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(match.group(1)) * 1024 if match else 0


def test_a_layer_of_any_size_takes_no_more_memory(ends: Ends, small: Small) -> None:
    peaks = []
    for size in (1_000_000, 200_000_000):
        layer = tar_of({"file": os.urandom(1_000_000) * (size // 1_000_000)})
        legacy_image = make_image(random.Random(size), None, layer)  # noqa: S311
        tag = LegacyTag("library", "large", f"v{size}", (legacy_image,))
        fill(ends.account, ends.container, stored([tag]))
        process = ends.start()
        samples: list[int] = []

        def ended(process: subprocess.Popen[bytes] = process, samples: list[int] = samples) -> bool:
            samples.append(peak_memory(process.pid))
            return process.poll() is not None

        until(ended, "the migration ends", 120)
        _, output = process.communicate()
        assert process.returncode == 0, output
        assert_migrated(ends.modern, [tag])
        peaks.append(max(samples))
    assert 0 < peaks[1] - peaks[0] < 40_000_000, peaks


def listing(account: SwiftAccount, container: str) -> list[tuple[str, str]]:
    connection = Connection(account.auth_url, account.username, account.key)
    return [
        (entry["name"], entry["hash"]) for entry in connection.get_container(container, full_listing=True)[1]
    ]


def test_both_registries_live_in_one_account(
    account: SwiftAccount, small: Small, program: list[str], tmp_path: Path
) -> None:
    legacy, container = f"docker-{os.urandom(4).hex()}", f"modern-{os.urandom(4).hex()}"
    fill(account, legacy, small.objects)
    before = listing(account, legacy)
    storage = {
        "authurl": account.auth_url,
        "authversion": 1,
        "username": account.username,
        "password": account.key,
        "container": container,
        "secretkey": "a test's own",
        "tempurlcontainerkey": True,
    }
    with modern_registry(program, tmp_path, {"swift": storage}) as modern:
        ends = Ends(account, legacy, modern, tmp_path / "state")
        kill_after(ends, 12)
        assert ends.run()["migrated"] == 3
        assert_migrated(modern, small.tags)
        assert ends.run("--verify", "full")["present"] == 3
        assert set(modern.commits().values()) == {1}
    assert listing(account, legacy) == before


def test_what_is_migrated_is_pulled_and_run_by_docker(ends: Ends, program: list[str]) -> None:
    chance = random.Random(SEED)  # noqa: S311
    busybox = (Path(program[-1]).parent / "busybox").read_bytes()
    base = make_image(chance, None, gzip.compress(tar_of({"bin/busybox": busybox}), mtime=0))
    empty = make_image(chance, base.identifier, gzip.compress(tar_of({}), mtime=0))
    plain = make_image(
        chance,
        empty.identifier,
        tar_of({"greeting": b"from 2014"}),
        {"config": {"Env": ["YEAR=2014"], "Cmd": ["/bin/busybox", "cat", "/greeting"], "Entrypoint": None}},
    )
    tag = LegacyTag("library", "greeter", "latest", (base, empty, plain))
    fill(ends.account, ends.container, stored([tag]))
    ends.run()
    address = ends.modern.endpoint.removeprefix("https://")
    with tempfile.TemporaryDirectory(prefix="m-") as folder, docker_daemon(Path(folder)) as daemon:
        client = ("--config", f"{folder}/client")
        daemon.docker(*client, "login", "--username", USER, "--password", PASSWORD, address)
        daemon.docker(*client, "pull", f"{address}/greeter:latest")
        image = json.loads(daemon.docker("image", "inspect", f"{address}/greeter:latest"))[0]
        assert image["RootFS"]["Layers"] == [image.diff_id for image in tag.chain]
        assert image["Config"]["Env"] == ["YEAR=2014"]
        output = daemon.docker("run", "--rm", "--network", "none", f"{address}/greeter:latest")
    assert output == "from 2014"

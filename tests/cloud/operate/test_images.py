"""`operate images` on real registries: what it lists, what it deletes, what it refuses to delete."""

import json
import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

import operate.stack.automation.outputs
from harness.clients.browsed_images import (
    answering,
    push_artifact,
    push_image,
    push_index,
    push_manifest,
    write_tags,
)
from harness.registries.modern import PASSWORD, USER, ModernRegistry, modern_registry
from harness.registries.program import program
from operate.cli.command_line import app
from operate.error import EXIT_REFUSED, LostError, OperateError, RefusedError
from operate.images.browser import ModernBrowser, open_browser
from operate.images.deletion import plan_deletion, require_deletable, run_deletion
from operate.images.endpoint import RegistryEndpoint
from operate.images.manifest import ACCEPT, ImageKind
from operate.images.transport import MOST_BYTES
from operate.servers.pinned_transport import ForeignOriginError

HELM = "application/vnd.cncf.helm.config.v1+json"
CREATED = datetime(2026, 1, 2, 3, 4, 5, 123456, UTC)


@dataclass(frozen=True)
class Stock:
    """A registry with images, and how `operate` reaches it."""

    registry: ModernRegistry
    endpoint: RegistryEndpoint
    storage: Path
    client: httpx.Client

    @property
    def outputs(self) -> dict[str, object]:
        return {
            "endpoints": {"dal05": {"modern": self.registry.endpoint}},
            "user": USER,
            "password": PASSWORD,
            "certificateAuthority": self.registry.authority,
        }


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stock]:
    folder = tmp_path_factory.mktemp("images")
    storage = folder / "storage"
    section: dict[str, object] = {"filesystem": {"rootdirectory": str(storage)}}
    (folder / "registry").mkdir()
    with modern_registry(program("2.8.3", folder / "program"), folder / "registry", section) as registry:
        endpoint = RegistryEndpoint("modern", registry.endpoint, USER, PASSWORD, registry.authority)
        with registry.client() as client:
            yield Stock(registry, endpoint, storage, client)


@pytest.fixture
def browser(stock: Stock) -> Iterator[ModernBrowser]:
    with open_browser(stock.endpoint, lambda _: None) as opened:
        assert isinstance(opened, ModernBrowser)
        yield opened


def exists(stock: Stock, repository: str, reference: str) -> bool:
    path = f"/v2/{repository}/manifests/{reference}"
    return stock.client.get(path, headers={"Accept": ACCEPT}).status_code == 200


def run(stock: Stock, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> tuple[int, str, str]:
    """The command as an operator runs it, with the outputs of a stack that has this registry."""
    monkeypatch.setattr(operate.stack.automation.outputs, "outputs", lambda *_: stock.outputs)
    result = CliRunner().invoke(app, ["images", "prod", *arguments])
    return result.exit_code, result.stdout, result.stderr


def test_images_of_every_kind_are_described(stock: Stock, browser: ModernBrowser) -> None:
    digest, _, size = push_image(stock.client, "kinds/app", "1.0", b"layer" * 1000)
    push_image(stock.client, "kinds/app", "latest", b"layer" * 1000)
    push_index(stock.client, "kinds/app", "multi")
    push_artifact(stock.client, "kinds/app", "chart", HELM, b"a chart")
    first, chart, latest, multi = browser.images("kinds/app", 50).images
    assert (first.kind, first.digest, first.size) == (ImageKind.IMAGE, digest, size)
    assert (first.platforms, first.created) == (("linux/amd64",), CREATED)
    assert (latest.tag, latest.digest) == ("latest", digest)
    assert (chart.kind, chart.artifact_type, chart.created) == (ImageKind.ARTIFACT, HELM, CREATED)
    assert (multi.kind, multi.platforms) == (ImageKind.INDEX, ("linux/amd64", "linux/arm64"))
    assert (multi.attestations, multi.created) == (1, CREATED)
    assert multi.size is not None
    assert multi.size > 10_000


def test_what_an_index_shares_counts_once(stock: Stock, browser: ModernBrowser) -> None:
    digest, size, whole = push_image(stock.client, "shared", "", b"s" * 5000)
    child = {"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": digest, "size": size}
    media_type = "application/vnd.oci.image.index.v1+json"
    index = {"schemaVersion": 2, "mediaType": media_type, "manifests": [child, {**child, "annotations": {}}]}
    _, index_size = push_manifest(stock.client, "shared", "twice", index, media_type)
    (image,) = browser.images("shared", 50).images
    assert image.size == whole + size
    assert index_size > 0


def test_repositories_come_in_pages(stock: Stock, browser: ModernBrowser) -> None:
    names = [f"paged/r{number:02d}" for number in range(7)]
    for name in names:
        push_image(stock.client, name, "1", b"one layer for all")
    listed, after = [], "paged"
    while True:
        page = browser.repositories(3, after)
        assert len(page.repositories) <= 3
        listed += [repository.name for repository in page.repositories]
        if not page.after:
            break
        after = page.after
    assert [name for name in listed if name.startswith("paged/")] == names
    assert all(repository.tags == 1 for repository in browser.repositories(7, "paged").repositories)


def test_ten_thousand_tags_are_read_a_page_at_a_time(stock: Stock, browser: ModernBrowser) -> None:
    digest, _, _ = push_image(stock.client, "many", "a-first", b"many tags")
    write_tags(stock.storage, "many", digest, [f"v{number:05d}" for number in range(9_999)])
    before = stock.registry.requests()
    tracemalloc.start()
    try:
        page = browser.images("many", 50)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert [image.tag for image in page.images][:2] == ["a-first", "v00000"]
    assert page.after == "v00048"
    assert {image.digest for image in page.images} == {digest}
    # The list, each tag's manifest, and once the config that they share.
    assert stock.registry.requests() - before <= 60
    assert peak < 16 << 20
    page = browser.images("many", 50, "v09960")
    assert (len(page.images), page.images[-1].tag, page.after) == (38, "v09998", "")
    (many,) = [row for row in browser.repositories(100).repositories if row.name == "many"]
    assert many.tags == 10_000


def test_a_tag_that_shares_its_manifest_is_not_deleted(stock: Stock, browser: ModernBrowser) -> None:
    digest, _, _ = push_image(stock.client, "kept", "1.0", b"kept")
    push_image(stock.client, "kept", "latest", b"kept")
    deletion = plan_deletion(browser.client, "kept", ["1.0"], lambda _: None)
    assert deletion.sharers == {digest: ["latest"]}
    for refuse in (require_deletable, partial(run_deletion, browser.client)):
        with pytest.raises(RefusedError, match=r"kept:1\.0 is not deleted: .*add --delete latest") as refusal:
            refuse(deletion)
        assert "`--set version=3.1.1` deletes a tag alone; Swift needs version 2" in str(refusal.value)
    assert [image.tag for image in browser.images("kept", 9).images] == ["1.0", "latest"]
    assert all(image.digest == digest for image in browser.images("kept", 9).images)


def test_tags_that_are_all_named_are_deleted_together(stock: Stock, browser: ModernBrowser) -> None:
    digest, _, _ = push_image(stock.client, "gone", "1.0", b"gone")
    push_image(stock.client, "gone", "latest", b"gone")
    push_image(stock.client, "gone", "other", b"another")
    deletion = plan_deletion(browser.client, "gone", ["1.0", "latest"], lambda _: None)
    assert run_deletion(browser.client, deletion) == [f"deleted gone:1.0, latest ({digest})"]
    assert [image.tag for image in browser.images("gone", 9).images] == ["other"]
    assert not exists(stock, "gone", digest)
    with pytest.raises(OperateError, match="gone:latest does not exist"):
        plan_deletion(browser.client, "gone", ["latest"], lambda _: None)


@pytest.fixture(scope="module")
def stock_3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stock]:
    """The same with distribution 3, which has pages of tags and deletes them by name."""
    folder = tmp_path_factory.mktemp("images-3")
    storage = folder / "storage"
    section: dict[str, object] = {"filesystem": {"rootdirectory": str(storage)}}
    (folder / "registry").mkdir()
    with modern_registry(program("3.1.1", folder / "program"), folder / "registry", section) as registry:
        endpoint = RegistryEndpoint("modern", registry.endpoint, USER, PASSWORD, registry.authority)
        with registry.client() as client:
            yield Stock(registry, endpoint, storage, client)


def test_distribution_3_deletes_a_tag_alone(stock_3: Stock) -> None:
    digest, _, _ = push_image(stock_3.client, "kept", "1.0", b"kept")
    push_image(stock_3.client, "kept", "latest", b"kept")
    with open_browser(stock_3.endpoint) as browser:
        assert isinstance(browser, ModernBrowser)
        deletion = plan_deletion(browser.client, "kept", ["1.0"], lambda _: None)
        note = "its manifest stays, other tags need it: latest"
        assert list(deletion.lines()) == [f"kept:1.0 ({digest}); {note}"]
        require_deletable(deletion)
        assert run_deletion(browser.client, deletion) == ["deleted tag kept:1.0; its manifest stays"]
        assert [image.tag for image in browser.images("kept", 9).images] == ["latest"]
        assert browser.images("kept", 9).images[0].digest == digest


def test_distribution_3_answers_tags_in_pages(stock_3: Stock) -> None:
    digest, _, _ = push_image(stock_3.client, "many", "a-first", b"many tags")
    write_tags(stock_3.storage, "many", digest, [f"v{number:03d}" for number in range(250)])
    with open_browser(stock_3.endpoint) as browser:
        listed, after = [], ""
        while True:
            page = browser.images("many", 100, after)
            assert len(page.images) <= 100
            listed += [image.tag for image in page.images]
            if not page.after:
                break
            after = page.after
        assert listed == ["a-first", *(f"v{number:03d}" for number in range(250))]
        (many,) = [row for row in browser.repositories(9).repositories if row.name == "many"]
        assert many.tags == 251


def test_a_manifest_that_an_index_names_is_not_deleted(stock: Stock, browser: ModernBrowser) -> None:
    _, children = push_index(stock.client, "indexed", "multi")
    write_tags(stock.storage, "indexed", children[0], ["amd64"])
    deletion = plan_deletion(browser.client, "indexed", ["amd64"], lambda _: None)
    assert deletion.sharers == {children[0]: ["multi"]}
    with pytest.raises(RefusedError, match="multi would go with it"):
        run_deletion(browser.client, deletion)
    assert exists(stock, "indexed", children[0])


def test_the_command_lists_and_deletes(stock: Stock, monkeypatch: pytest.MonkeyPatch) -> None:
    digest, _, size = push_image(stock.client, "command", "1.0", b"command")
    push_image(stock.client, "command", "2.0", b"command 2")
    code, stdout, _ = run(stock, monkeypatch, "command", "--count", "1")
    assert code == 0
    head, row, more = stdout.splitlines()
    assert head.split() == ["tag", "size", "age", "digest", "what", "it", "is"]
    assert row.split()[0] == "1.0"
    assert row.endswith("image: linux/amd64")
    assert more == "more: operate images prod command --after 1.0"
    code, stdout, _ = run(stock, monkeypatch, "command", "--json", "--count", "1")
    fields = json.loads(stdout)
    assert (fields["repository"], fields["after"]) == ("command", "1.0")
    assert fields["tags"][0]["digest"] == digest
    assert fields["tags"][0]["size"] == size

    code, _, stderr = run(stock, monkeypatch, "command", "--delete", "1.0")
    assert code == EXIT_REFUSED
    assert "there is no terminal to ask on; add --yes" in stderr
    assert f"command:1.0 ({digest})" in stderr
    assert exists(stock, "command", "1.0")
    code, stdout, _ = run(stock, monkeypatch, "command", "--delete", "1.0", "--yes")
    assert code == 0
    assert stdout.startswith(f"deleted command:1.0 ({digest})\n")
    assert not exists(stock, "command", "1.0")
    code, stdout, _ = run(stock, monkeypatch, "--json", "--after", "comman")
    assert {"name": "command", "tags": 1, "purpose": None} in json.loads(stdout)["repositories"]


def test_a_shared_tag_is_refused_with_an_exit_code_of_its_own(
    stock: Stock, monkeypatch: pytest.MonkeyPatch
) -> None:
    push_image(stock.client, "refused", "1", b"refused")
    push_image(stock.client, "refused", "2", b"refused")
    for words in (["--yes"], []):
        code, _, stderr = run(stock, monkeypatch, "refused", "--delete", "1", *words)
        assert code == 3
        assert len(stderr.splitlines()) == 1, "nothing is announced that the registry does not do"
        assert "add --delete 2" in stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("Absent",), "repository must be such as team/app, in lower case, got 'Absent'"),
        (("../../etc",), "repository must be such as"),
        (("absent",), "repository absent does not exist"),
        (("absent", "--after", "\x1b[2J"), "tag must be such as 1.0 or latest"),
        (("--delete", "1"), "--delete needs a repository"),
        (("--generation", "legacy"), "generation legacy does not run in this environment; it has modern"),
    ],
)
def test_what_cannot_be_is_one_line(
    stock: Stock, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], message: str
) -> None:
    code, stdout, stderr = run(stock, monkeypatch, *arguments)
    assert (code, stdout) == (EXIT_REFUSED, "")
    assert stderr.startswith(f"operate: {message}")
    assert len(stderr.splitlines()) == 1
    assert "\x1b" not in stderr


def test_a_wrong_password_is_named_and_not_shown(stock: Stock) -> None:
    endpoint = RegistryEndpoint("modern", stock.registry.endpoint, USER, "wrong", stock.registry.authority)
    with (
        open_browser(endpoint) as browser,
        pytest.raises(LostError, match=r"status 401.*docs/reference/access\.md") as error,
    ):
        browser.repositories(1)
    assert "wrong" not in str(error.value)


def test_the_password_follows_no_redirect_elsewhere(stock: Stock) -> None:
    with answering({"/v2/_catalog": (307, stock.registry.endpoint)}) as url:
        endpoint = RegistryEndpoint("modern", url, USER, PASSWORD, stock.registry.authority)
        before = stock.registry.requests()
        with (
            open_browser(endpoint) as browser,
            pytest.raises(ForeignOriginError, match="refused: it is none"),
        ):
            browser.repositories(1)
        assert stock.registry.requests() == before


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            '{"repositories": ["a", "../b"]}',
            r"repository must be such as team/app, in lower case, got '\.\./b'",
        ),
        ('{"repositories": [1]}', "the registry's list has no repositories"),
        ("<html>", "the registry's list has no repositories"),
        ("[" * 100_000, "the registry's list has no repositories"),
        (" " * (MOST_BYTES + 1), "more than 16 MB"),
    ],
)
def test_a_list_that_no_registry_gives_is_refused(body: str, message: str) -> None:
    with answering({"/v2/_catalog": (200, body)}) as url:
        endpoint = RegistryEndpoint("modern", url, USER, PASSWORD)
        with open_browser(endpoint) as browser, pytest.raises(OperateError, match=message):
            browser.repositories(1)


def test_a_door_that_counts_requests_is_waited_for(stock: Stock) -> None:
    waits: list[float] = []
    with answering({"/v2/_catalog": (429, "10")}) as url:
        endpoint = RegistryEndpoint("modern", url, USER, PASSWORD)
        with open_browser(endpoint, waits.append) as browser, pytest.raises(OperateError, match="status 429"):
            browser.repositories(1)
    assert waits == [10.0, 10.0, 10.0]


IMAGE, BASE = "a" * 64, "b" * 64
V1 = {
    "/v1/search": (200, json.dumps({"results": [{"name": "library/app"}, {"name": "team/db"}]})),
    "/v1/repositories/library/app/tags": (200, json.dumps({"2.0": IMAGE, "1.0": BASE, "bad": "../x"})),
    "/v1/repositories/team/db/tags": (200, "{}"),
    f"/v1/images/{IMAGE}/json": (
        200,
        json.dumps({"os": "linux", "architecture": "amd64", "created": "2014-06-01T00:00:00Z", "Size": 7}),
    ),
    f"/v1/images/{BASE}/json": (200, json.dumps({"created": "2014-01-01T00:00:00Z", "Size": 5})),
    f"/v1/images/{IMAGE}/ancestry": (200, json.dumps([IMAGE, BASE])),
    f"/v1/images/{BASE}/ancestry": (200, json.dumps([BASE])),
}
"""What docker-registry 0.7.3 answers; the thing itself needs Docker, which this tier has not."""


def test_a_legacy_registry_is_listed() -> None:
    with answering(V1) as url, open_browser(RegistryEndpoint("legacy", url, USER, PASSWORD)) as browser:
        page = browser.repositories(9)
        assert [(row.name, row.tags) for row in page.repositories] == [("library/app", 3), ("team/db", 0)]
        images = browser.images("app", 9)
        assert [(image.tag, image.size) for image in images.images] == [
            ("1.0", 5),
            ("2.0", 12),
            ("bad", None),
        ]
        assert images.images[1].platforms == ("linux/amd64",)
        assert images.images[1].created == datetime(2014, 6, 1, tzinfo=UTC)
        assert browser.images("app", 1, "1.0").after == "2.0"
        with pytest.raises(OperateError, match="repository absent does not exist"):
            browser.images("absent", 9)


def test_a_legacy_registry_without_search_requires_names() -> None:
    with (
        answering({}) as url,
        open_browser(RegistryEndpoint("legacy", url, USER, PASSWORD)) as browser,
        pytest.raises(OperateError, match=r"name one: `operate images ENV REPOSITORY --generation legacy`"),
    ):
        browser.repositories(9)


def test_a_legacy_registry_is_never_written_to(stock: Stock, monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(V1) as url:
        outputs = stock.outputs | {"endpoints": {"dal05": {"legacy": url}}}
        monkeypatch.setattr(operate.stack.automation.outputs, "outputs", lambda *_: outputs)
        result = CliRunner().invoke(app, ["images", "prod", "app", "--delete", "1.0", "--yes"])
    assert (result.exit_code, result.stdout) == (EXIT_REFUSED, "")
    assert "a legacy registry is only read" in result.stderr

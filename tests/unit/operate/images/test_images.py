"""What is read out of manifests, and how sizes and ages are shown."""

import json
import socket
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import cast

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from harness.clients.browsed_images import answering
from operate.cli.command_line import app
from operate.dashboard.figures import Cost, parse_cost
from operate.error import LostError, NotStartedError, OperateError
from operate.images import transport
from operate.images.browser import ModernBrowser, Repository
from operate.images.display import describe_kind, format_age, format_size
from operate.images.endpoint import RegistryEndpoint, parse_endpoints, select_endpoint
from operate.images.manifest import INDEX_TYPES, ImageKind, parse_config, parse_manifest, parse_time
from operate.images.names import check_digest, check_repository, check_tag, clean
from operate.images.registry_client import RegistryClient
from operate.images.tagged_image import TaggedImage
from operate.images.transport import Answer, RegistryTransport

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
NOW = datetime(2026, 11, 30, tzinfo=UTC)
FIELDS = st.sampled_from(
    ["mediaType", "artifactType", "config", "layers", "manifests", "annotations", "platform", "size",
     "digest", "history", "fsLayers", "v1Compatibility", "created", "os"]
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda children: (
        st.lists(children, max_size=3) | st.dictionaries(FIELDS | st.text(), children, max_size=4)
    ),
    max_leaves=12,
)


@given(st.dictionaries(FIELDS, JSON, max_size=8), st.sampled_from([MANIFEST, *INDEX_TYPES, "", "text/html"]))
def test_whatever_is_pushed_is_described(document: dict[str, object], media_type: str) -> None:
    content = json.dumps(document).encode()
    manifest = parse_manifest(content, media_type)
    assert all(blob.size >= 0 for blob in (*manifest.blobs, *manifest.children))
    image = TaggedImage("t", "d", manifest.kind, manifest.media_type, manifest.artifact_type)
    assert describe_kind(image).isprintable()
    assert parse_config(content).platform.isprintable()


@pytest.mark.parametrize("content", [b"", b"[]", b"\xff", b"[" * 100_000, b'{"config": 1, "layers": {}}'])
def test_what_is_no_manifest_is_unknown_or_empty(content: bytes) -> None:
    assert parse_manifest(content, "text/plain").kind is ImageKind.UNKNOWN
    assert sum(blob.size for blob in parse_manifest(content, MANIFEST).blobs) == 0


def test_an_artifact_is_named_by_its_type_first() -> None:
    document = {"mediaType": MANIFEST, "config": {"mediaType": "application/x.config"}}
    assert parse_manifest(json.dumps(document).encode(), MANIFEST).artifact_type == "application/x.config"
    artifact = document | {"artifactType": "application/x"}
    assert parse_manifest(json.dumps(artifact).encode(), MANIFEST).artifact_type == "application/x"
    image = {"mediaType": MANIFEST, "config": {"mediaType": "application/vnd.oci.image.config.v1+json"}}
    assert parse_manifest(json.dumps(image).encode(), MANIFEST).kind is ImageKind.IMAGE


def test_a_manifest_of_schema_1_has_a_date_and_no_size() -> None:
    history = [{"v1Compatibility": json.dumps({"created": "2015-01-02T03:04:05Z"})}]
    document = {"schemaVersion": 1, "history": history, "fsLayers": [{"blobSum": "sha256:1"}]}
    media_type = "application/vnd.docker.distribution.manifest.v1+prettyjws"
    manifest = parse_manifest(json.dumps(document).encode(), media_type)
    assert manifest.created == datetime(2015, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert (manifest.kind, sum(blob.size for blob in manifest.blobs)) == (ImageKind.IMAGE, 0)


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (None, "\N{EN DASH}"),
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1 kB"),
        (7_412_345, "7.41 MB"),
        (999_600, "1 MB"),
    ],
)
def test_a_size_has_three_digits(size: int | None, expected: str) -> None:
    assert format_size(size) == expected


@pytest.mark.parametrize(
    ("ago", "expected"),
    [
        (timedelta(seconds=5), "less than a minute"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(hours=5, minutes=59), "5 hours"),
        (timedelta(days=3), "3 days"),
        (timedelta(days=800), "2 years"),
        (timedelta(days=-1), "in the future"),
        (timedelta(days=365 * 56), "\N{EN DASH}"),
    ],
)
def test_an_age_is_in_its_largest_unit(ago: timedelta, expected: str) -> None:
    assert format_age(NOW - ago, NOW) == expected


@pytest.mark.parametrize("text", ["", "yesterday", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"])
def test_what_is_no_time_is_none_or_a_time(text: str) -> None:
    time = parse_time(text)
    assert time is None or time.tzinfo is UTC


@pytest.mark.parametrize("name", ["a/../b", "A", "a//b", "/a", "a b", "a\n", "é", "a" * 300, ""])
def test_no_repository_has_such_a_name(name: str) -> None:
    with pytest.raises(OperateError, match="repository must be such as team/app"):
        check_repository(name)


def test_names_that_registries_have() -> None:
    assert check_repository("team/my-app_1.x/sub__y") == "team/my-app_1.x/sub__y"
    assert check_tag("v1.0_RC-2") == "v1.0_RC-2"
    with pytest.raises(OperateError, match="tag must be such as"):
        check_tag("../x")
    with pytest.raises(OperateError, match="digest must be such as"):
        check_digest("sha256:..")
    assert clean("a\x1b[2J\u202eb") == "a\N{REPLACEMENT CHARACTER}[2J\N{REPLACEMENT CHARACTER}b"


OUTPUTS = {
    "endpoints": {
        "dal05": {"modern": "https://a:5000", "legacy": "https://a:5080"},
        "ams01": {"modern": "https://b:1"},
    },
    "user": "docker",
    "password": "a secret",
    "operate": {
        "storageOrigins": ["http://127.0.0.1:5003", "https://s3.example"],
        "swift": {"authUrl": "https://swift.example/auth/v1.0"},
    },
}


def test_a_registry_is_read_without_showing_its_password() -> None:
    endpoints = parse_endpoints("prod", OUTPUTS)
    modern = select_endpoint(endpoints, "")
    assert (modern.generation, modern.endpoint) == ("modern", "https://a:5000")
    assert modern.storage_origins == ("https://s3.example", "https://swift.example")
    assert "a secret" not in repr(endpoints)
    assert select_endpoint(endpoints, "legacy").endpoint == "https://a:5080"
    with pytest.raises(OperateError, match=r"environment prod: .*run `pulumi up`"):
        parse_endpoints("prod", {**OUTPUTS, "password": None})


def test_a_cost_that_is_not_known_is_none() -> None:
    cost = {"hourly": 0.25, "monthly": 182.5}
    assert parse_cost({"cost": cost}) == Cost(0.25, 182.5)
    assert parse_cost({"cost": cost | {"monthly": None}}) is None
    assert parse_cost({}) is None


@pytest.mark.parametrize("command", ["images", "observe", "dashboard"])
def test_help_has_an_example(command: str) -> None:
    result = CliRunner().invoke(app, [command, "--help"])
    assert result.exit_code == 0
    assert f"operate {command} prod" in result.output


class Catalog:
    """A registry that lists repositories, of which one has lost its tags; the others do not exist."""

    endpoint = "https://registry.example"
    names = ("operate/ga", "operate/gate", "team/app")

    def ask(self, _: str, path: str, __: object, params: Mapping[str, str]) -> Answer:
        if path != "/v2/_catalog":
            return Answer(404)
        names = [name for name in self.names if name > params.get("last", "")]
        return Answer(200, content=json.dumps({"repositories": names}).encode())


def test_a_listed_repository_without_tags_is_not_denied() -> None:
    browser = ModernBrowser(RegistryClient(cast(RegistryTransport, Catalog())))
    for name in Catalog.names:
        assert browser.images(name, 50).images == ()
    for absent in ("operate/gat", "zebra", "team/apps"):
        # As for a tag that is to be deleted: exit code 3.
        with pytest.raises(NotStartedError, match="does not exist"):
            browser.images(absent, 50)


@pytest.mark.parametrize(
    ("name", "is_own"),
    [("operate/gate", True), ("verification/dal05-a", True), ("operate/gates", False), ("team/app", False)],
)
def test_the_program_s_own_repositories_are_marked(name: str, is_own: bool) -> None:
    assert bool(Repository(name, 1).purpose) is is_own


def test_a_silent_registry_is_waited_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "_TIMEOUT", httpx.Timeout(0.2, connect=10.0))
    with socket.create_server(("127.0.0.1", 0)) as server:
        endpoint = f"http://127.0.0.1:{server.getsockname()[1]}"
        registry = RegistryTransport(RegistryEndpoint("modern", endpoint, "docker", "password"))
        with pytest.raises(LostError, match=r"GET /v2/_catalog: no answer within 60 s; `operate doctor ENV`"):
            registry.ask("GET", "/v2/_catalog", {200})
        registry.close()
        server.settimeout(0.2)
        server.accept()[0].close()
        with pytest.raises(TimeoutError):
            server.accept()


def test_a_generation_that_does_not_run_is_refused_as_what_does_not_exist() -> None:
    endpoints = {"modern": RegistryEndpoint("modern", "https://r.example", "u", "p")}
    with pytest.raises(NotStartedError, match="generation legacy does not run"):
        select_endpoint(endpoints, "legacy")


def test_a_front_doors_page_is_read_without_its_tags_and_a_registrys_answer_as_it_is() -> None:
    page = "<html><body><h1>503 Service Unavailable</h1>\nNo server is available.\n</body></html>"
    with answering({"/page": (503, page), "/json": (400, '{"detail": "<nil>"}')}) as endpoint:
        access = RegistryEndpoint("modern", endpoint, "docker", "password")
        registry = RegistryTransport(access, sleep=lambda _: None)
        with closing(registry):
            with pytest.raises(OperateError, match=r"'503 Service Unavailable No server is available\.';"):
                registry.ask("GET", "/page", [200])
            with pytest.raises(OperateError, match="<nil>"):
                registry.ask("GET", "/json", [200])

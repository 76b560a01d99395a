"""The modern end of a migration against a real distribution 2.8.3: a commit is made once."""

import io
import os
from collections.abc import Iterator

import httpx
import pytest

from harness.registries.modern import PASSWORD, USER, ModernRegistry, modern_registry
from harness.registries.program import program as registry_program
from operate.error import LostError, OperateError
from operate.migration.access import RegistryAccess
from operate.migration.target import registry as registry_module
from operate.migration.target.conversion import Blob, digest_of
from operate.migration.target.registry import RegistryError, V2Registry


@pytest.fixture(scope="module")
def modern(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModernRegistry]:
    folder = tmp_path_factory.mktemp("modern")
    program = registry_program("2.8.3", tmp_path_factory.mktemp("program"))
    with modern_registry(program, folder, {"filesystem": {"rootdirectory": f"{folder}/data"}}) as registry:
        yield registry


@pytest.fixture
def registry(modern: ModernRegistry) -> Iterator[V2Registry]:
    target_registry = V2Registry(
        RegistryAccess(modern.endpoint, USER, PASSWORD, modern.authority), lambda _: None
    )
    yield target_registry
    target_registry.close()


@pytest.fixture
def content() -> bytes:
    return os.urandom(3_000_000)


def blob_of(content: bytes) -> Blob:
    return Blob(digest_of(content), len(content))


def sent_not_committed(modern: ModernRegistry, content: bytes) -> str:
    """Begin an upload, send all of it, and return its address."""
    with modern.client() as client:
        upload = client.post("/v2/app/blobs/uploads/")
        sent = client.patch(upload.headers["Location"], content=content)
        assert sent.status_code == 202
        return modern.endpoint + str(sent.headers["Location"])


def test_bytes_arrive_in_pieces_and_are_the_same(registry: V2Registry, content: bytes) -> None:
    reports: list[int] = []
    committing: list[str] = []
    registry.upload("app", blob_of(content), io.BytesIO(content), reports.append, committing.append)
    assert sum(reports) == len(content)
    assert max(reports) <= 1 << 20
    assert len(committing) == 1
    assert registry.blob("app", digest_of(content)) == blob_of(content)
    assert registry.download("app", digest_of(content), reports.append) == digest_of(content)


def test_a_commit_whose_answer_is_lost_is_not_repeated(
    registry: V2Registry, modern: ModernRegistry, content: bytes
) -> None:
    def lose(upload: str) -> None:
        with modern.client() as client:
            url = httpx.URL(upload).copy_merge_params({"digest": digest_of(content)})
            assert client.put(url).status_code == 201
        raise httpx.ReadError("the answer is lost")

    registry.upload("app", blob_of(content), io.BytesIO(content), lambda _: None, lose)
    assert registry.blob("app", digest_of(content)) == blob_of(content)
    assert modern.commits()[digest_of(content)] == 1


def test_an_upload_whose_commit_never_came_is_committed_without_its_bytes(
    registry: V2Registry, modern: ModernRegistry, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry_module, "_COMMIT_POLLS", 3)
    assert registry.settle("app", blob_of(content), sent_not_committed(modern, content))
    assert registry.blob("app", digest_of(content)) == blob_of(content)
    assert modern.commits()[digest_of(content)] == 1


def test_an_upload_that_is_no_more_is_begun_anew(
    registry: V2Registry, modern: ModernRegistry, content: bytes
) -> None:
    upload = sent_not_committed(modern, content)
    with modern.client() as client:
        assert client.delete(upload).status_code == 204
    assert not registry.settle("app", blob_of(content), upload)


def test_bytes_of_another_digest_are_refused(registry: V2Registry, content: bytes) -> None:
    wrong = Blob(digest_of(b"other"), len(content))
    with pytest.raises(RegistryError, match="DIGEST_INVALID"):
        registry.upload("app", wrong, io.BytesIO(content), lambda _: None, lambda _: None)
    assert registry.blob("app", wrong.digest) is None


def test_a_mount_takes_no_bytes_and_what_cannot_be_mounted_leaves_no_upload(
    registry: V2Registry, modern: ModernRegistry, content: bytes
) -> None:
    registry.upload("app", blob_of(content), io.BytesIO(content), lambda _: None, lambda _: None)
    assert registry.mount("web", digest_of(content), "app")
    assert registry.blob("web", digest_of(content)) == blob_of(content)
    assert not registry.mount("web", digest_of(b"absent"), "app")
    # The registry itself forgets the state of an empty digest when it removes an upload.
    assert list((modern.folder / "data").rglob("web/_uploads/*/startedat")) == []


def test_an_unreachable_registry_is_an_error_after_some_retries(modern: ModernRegistry) -> None:
    pauses: list[float] = []
    unreachable = V2Registry(
        RegistryAccess("https://127.0.0.1:1", USER, PASSWORD, modern.authority), pauses.append
    )
    with pytest.raises(LostError, match="check that it is up"):
        unreachable.check()
    assert pauses == sorted(pauses)
    assert len(pauses) > 2


def test_a_foreign_authority_is_refused(modern: ModernRegistry) -> None:
    stranger = V2Registry(RegistryAccess(modern.endpoint, USER, PASSWORD), lambda _: None)
    with pytest.raises(LostError, match="CERTIFICATE_VERIFY_FAILED"):
        stranger.check()


def test_a_file_that_is_no_authority_is_an_error() -> None:
    with pytest.raises(OperateError, match="--authority"):
        V2Registry(RegistryAccess("https://127.0.0.1:1", USER, PASSWORD, "no PEM"), lambda _: None)

"""The command plugin's CopyToRemote over real gRPC, on a real sshd: where each kind of source lands."""

from pathlib import Path

import grpc
import pytest

from tests.engine.plugin import Plugin
from tests.engine.ssh_daemon import SshDaemon
from tests.engine.wire import (
    Properties,
    asset_archive,
    file_archive,
    file_asset,
    is_secret,
    text_asset,
)

COPY = "command:remote:CopyToRemote"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    tree = tmp_path / "tree"
    (tree / "deep" / "deeper").mkdir(parents=True)
    (tree / "top.txt").write_text("top")
    (tree / "deep" / "deeper" / "leaf.bin").write_bytes(bytes(range(256)) * 4096)
    (tree / "deep" / "empty").mkdir()
    return tree


def copy(connection: Properties, source: Properties, path: Path | str) -> Properties:
    return {"connection": connection, "source": source, "remotePath": str(path)}


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else b""
        for path in folder.rglob("*")
    }


def test_a_text_lands_in_a_file_below_folders_that_were_missing(
    command: Plugin, connection: Properties, tmp_path: Path
) -> None:
    target = tmp_path / "new" / "folder" / "file"
    created = command.create(COPY, copy(connection, text_asset("grüße\n"), target))
    assert target.read_text() == "grüße\n"
    assert created.id
    assert is_secret(created.state["connection"])


def test_a_text_cannot_become_a_folder(command: Plugin, connection: Properties, tmp_path: Path) -> None:
    with pytest.raises(grpc.RpcError, match="folder is there"):
        command.create(COPY, copy(connection, text_asset("x"), tmp_path))


def test_a_file_overwrites_a_file_and_goes_into_a_folder(
    command: Plugin, connection: Properties, tree: Path, tmp_path: Path
) -> None:
    target = tmp_path / "target"
    target.write_text("something longer than before")
    command.create(COPY, copy(connection, file_asset(tree / "top.txt"), target))
    assert target.read_text() == "top"
    folder = tmp_path / "folder"
    folder.mkdir()
    command.create(COPY, copy(connection, file_asset(tree / "top.txt"), folder))
    assert (folder / "top.txt").read_text() == "top"


@pytest.mark.parametrize("exists", [False, True])
def test_a_folder_goes_below_the_path_under_its_name(
    command: Plugin, connection: Properties, tree: Path, tmp_path: Path, *, exists: bool
) -> None:
    target = tmp_path / "target"
    if exists:
        target.mkdir()
        (target / "stays").write_text("there before")
    command.create(COPY, copy(connection, file_archive(str(tree)), target))
    assert contents(target / "tree") == contents(tree)
    assert (target / "stays").exists() == exists


def test_a_folder_with_a_slash_means_its_contents(
    command: Plugin, connection: Properties, tree: Path, tmp_path: Path
) -> None:
    target = tmp_path / "target"
    command.create(COPY, copy(connection, file_archive(f"{tree}/"), target))
    assert contents(target) == contents(tree)


def test_a_folder_cannot_replace_a_file(
    command: Plugin, connection: Properties, tree: Path, tmp_path: Path
) -> None:
    target = tmp_path / "target"
    target.write_text("file")
    with pytest.raises(grpc.RpcError, match="target"):
        command.create(COPY, copy(connection, file_archive(f"{tree}/"), target))
    assert target.read_text() == "file"


def test_a_packed_archive_is_copied_as_it_is(command: Plugin, connection: Properties, tmp_path: Path) -> None:
    packed = tmp_path / "packed.tgz"
    packed.write_bytes(b"\x1f\x8b not unpacked")
    command.create(COPY, copy(connection, file_archive(str(packed)), tmp_path / "there.tgz"))
    assert (tmp_path / "there.tgz").read_bytes() == packed.read_bytes()


def test_update_copies_again_only_what_changed(
    command: Plugin, sshd: SshDaemon, connection: Properties, tmp_path: Path
) -> None:
    target = tmp_path / "target"
    created = command.create(COPY, copy(connection, text_asset("one"), target))
    before = sshd.connections()
    other_login = copy({**connection, "perDialTimeout": 20}, text_asset("one"), target)
    same = command.update(created, other_login)
    assert sshd.connections() == before
    command.update(same, copy(connection, text_asset("two"), target))
    assert target.read_text() == "two"
    assert sshd.connections() == before + 1


def test_another_source_is_an_update_and_new_triggers_a_replacement(
    command: Plugin, connection: Properties, tmp_path: Path
) -> None:
    inputs = copy(connection, text_asset("one"), tmp_path / "target")
    created = command.create(COPY, inputs)
    assert command.diff(created, inputs).changes == 1
    changed = command.diff(created, {**inputs, "source": text_asset("two")})
    assert changed.changes == changed.DIFF_SOME
    assert list(changed.replaces) == []
    assert list(command.diff(created, {**inputs, "triggers": [1]}).replaces) == ["triggers"]


def test_delete_leaves_the_copy(command: Plugin, connection: Properties, tmp_path: Path) -> None:
    target = tmp_path / "target"
    command.delete(command.create(COPY, copy(connection, text_asset("stays"), target)))
    assert target.read_text() == "stays"


def test_an_archive_of_assets_is_refused_before_anything_is_copied(command: Plugin) -> None:
    _, failures = command.check(COPY, copy({"host": "h"}, asset_archive(), "/x"))
    assert set(failures) == {"source"}
    assert "FileArchive" in failures["source"]


def test_a_source_that_is_not_there_is_named(command: Plugin, connection: Properties, tmp_path: Path) -> None:
    with pytest.raises(grpc.RpcError, match="missing-file"):
        command.create(COPY, copy(connection, file_archive(str(tmp_path / "missing-file")), "/x"))

"""The archive for `docker load`."""

import hashlib
import io
import json
import tarfile
from pathlib import Path

from dev.images.archive import ImageConfig, Layer, write_archive

_CONFIG = ImageConfig("thing:1", ("/bin/thing",), ("serve",), {"PATH": "/bin"}, 5000)


def _layer(names: list[str]) -> Layer:
    layer = Layer()
    for name in names:
        layer.file(name, name.encode(), 0o755)
    layer.link("bin", "usr/bin")
    return layer


def test_the_same_files_give_the_same_bytes_in_whatever_order(tmp_path: Path) -> None:
    names = ["usr/bin/thing", "etc/a", "etc/deep/er/b"]
    write_archive(_layer(names), _CONFIG, "amd64", tmp_path / "one.tar")
    write_archive(_layer(names[::-1]), _CONFIG, "amd64", tmp_path / "two.tar")
    assert (tmp_path / "one.tar").read_bytes() == (tmp_path / "two.tar").read_bytes()


def test_digests_agree_with_the_contents(tmp_path: Path) -> None:
    write_archive(_layer(["etc/a"]), _CONFIG, "amd64", tmp_path / "image.tar")
    with tarfile.open(tmp_path / "image.tar") as tar:

        def read(name: str) -> bytes:
            stream = tar.extractfile(name)
            assert stream is not None
            return stream.read()

        manifest = json.loads(read("manifest.json"))[0]
        config = read(manifest["Config"])
        layer = read(manifest["Layers"][0])
    assert manifest["RepoTags"] == ["thing:1"]
    assert manifest["Config"] == f"{hashlib.sha256(config).hexdigest()}.json"
    assert json.loads(config)["rootfs"]["diff_ids"] == [f"sha256:{hashlib.sha256(layer).hexdigest()}"]


def test_folders_come_before_what_is_in_them_and_all_is_roots() -> None:
    with tarfile.open(fileobj=io.BytesIO(_layer(["a/b/c"]).content())) as tar:
        members = tar.getmembers()
    names = [member.name for member in members]
    assert names.index("a") < names.index("a/b") < names.index("a/b/c")
    assert {(member.uid, member.gid) for member in members} == {(0, 0)}

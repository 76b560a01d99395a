"""What of the root file system goes into the legacy registry's base."""

import io
import tarfile

import pytest

from dev.images.error import ImageError
from dev.images.legacy_base import RECIPE, assemble

REQUIRED_PATHS = ("docker-registry/config/config_sample.yml", "usr/local/bin/docker-registry", "etc/pip.conf")


def root(*paths: str) -> tarfile.TarFile:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for path in paths:
            info = tarfile.TarInfo(f"./{path}")
            info.size, info.mode = len(path), 0o640
            tar.addfile(info, io.BytesIO(path.encode()))
        folder = tarfile.TarInfo("./usr/lib/x86_64-linux-gnu")
        folder.type = tarfile.DIRTYPE
        link = tarfile.TarInfo("./usr/bin/hard")
        link.type, link.linkname = tarfile.LNKTYPE, f"./{paths[0]}"
        device = tarfile.TarInfo("./dev/null")
        device.type = tarfile.CHRTYPE
        for entry in (folder, link, device):
            tar.addfile(entry)
    packed.seek(0)
    return tarfile.open(fileobj=packed)


def test_files_and_hard_links_come_with_their_content_and_devices_do_not() -> None:
    layer, architecture = assemble(
        root(*REQUIRED_PATHS, "usr/lib/x86_64-linux-gnu/perl/x", "usr/lib/perl.py")
    )
    with tarfile.open(fileobj=io.BytesIO(layer.content())) as tar:
        names = tar.getnames()
        hard = tar.extractfile("usr/bin/hard")
        assert hard is not None
        assert hard.read() == REQUIRED_PATHS[0].encode()
        assert tar.getmember(REQUIRED_PATHS[1]).mode == 0o640
    assert architecture == "amd64"
    assert {*REQUIRED_PATHS, "dev", "usr/lib/perl.py"} <= set(names)
    assert not {"dev/null", "usr/lib/x86_64-linux-gnu/perl/x"} & set(names)


def test_an_image_without_the_registry_is_no_image() -> None:
    with pytest.raises(ImageError, match="usr/local/bin/docker-registry did not get into it"):
        assemble(root(REQUIRED_PATHS[0], REQUIRED_PATHS[2]))


def test_everything_that_is_installed_is_pinned_by_a_hash() -> None:
    texts = [text for path, text in RECIPE.files if path.startswith("/build/") and path.endswith(".txt")]
    assert len(texts) == 3
    for text in texts:
        lines = [line for line in text.splitlines() if not line.startswith("#")]
        assert len(lines) >= 2
        for pin, digest in zip(lines[::2], lines[1::2], strict=True):
            assert pin.endswith(" \\")
            assert "==" in pin
            assert len(digest.strip().removeprefix("--hash=sha256:")) == 64

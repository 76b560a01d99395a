"""Images of releases that are bad: the registry's own base, and before its program one that misbehaves."""

import hashlib
import io
import json
import tarfile
from pathlib import Path

from dev.engine import go_build, go_toolchain, process
from dev.engine.folders import folders
from dev.images.archive import Layer
from dev.local.environment import CHECKOUT
from harness.stack.live_stack import made_image

SOURCE = CHECKOUT / "harness" / "stack" / "misbehaving"


def misbehaving(folder: Path) -> Path:
    """Build the program of `misbehaving` into a folder; with the compiler's own cache a matter of seconds."""
    chosen = go_toolchain.choose(folders())
    go_toolchain.fetch(chosen, folders())
    built = folder / "misbehaving"
    command = [str(chosen.program), "build", "-ldflags", "-s -w", "-o", str(built), "."]
    status, output = process.run(command, folder=SOURCE, environment=go_build.environment(chosen))
    if status != 0:
        raise RuntimeError(f"misbehaving cannot be built: {output[-2000:]}")
    return built


def image_name(kind: str, *, late: bool) -> str:
    """What the image is called, for a release's `baseImage`."""
    return f"misbehaving:{kind}{'-late' if late else ''}"


def bad_image(program: Path, kind: str, folder: Path, *, late: bool) -> Path:
    """Write an archive for `docker load`, and return it.

    Args:
        program: Program as `misbehaving` built it.
        kind: How it misbehaves: see manners.go.
        folder: Folder for the archive.
        late: Whether it is bad only once clients come to it through the front door.
    """
    layer = Layer()
    # First on the image's PATH, where its entry point is looked for.
    layer.file("usr/local/sbin/registry", program.read_bytes(), 0o755)
    layer.file("etc/misbehaving.json", json.dumps({"kind": kind, "late": late}).encode())
    target = folder / f"{image_name(kind, late=late).replace(':', '-')}.tar"
    _on_top(made_image("registry-base"), layer.content(), image_name(kind, late=late), target)
    return target


def _on_top(base: Path, layer: bytes, name: str, target: Path) -> None:
    digest = hashlib.sha256(layer).hexdigest()
    with tarfile.open(base) as under:
        (described,) = json.loads(_content(under, "manifest.json"))
        config = json.loads(_content(under, described["Config"]))
        config["rootfs"]["diff_ids"].append(f"sha256:{digest}")
        config["history"].append({"created": config["created"], "created_by": "a test"})
        text = json.dumps(config, sort_keys=True).encode()
        identity = hashlib.sha256(text).hexdigest()
        layers = [*described["Layers"], f"{digest}/layer.tar"]
        manifest = [{"Config": f"{identity}.json", "RepoTags": [name], "Layers": layers}]
        with tarfile.open(target, "w") as archive:
            for path in described["Layers"]:
                _add(archive, path, _content(under, path))
            _add(archive, f"{digest}/layer.tar", layer)
            _add(archive, f"{identity}.json", text)
            _add(archive, "manifest.json", json.dumps(manifest).encode())


def _content(archive: tarfile.TarFile, path: str) -> bytes:
    stream = archive.extractfile(path)
    assert stream is not None, path
    return stream.read()


def _add(archive: tarfile.TarFile, path: str, content: bytes) -> None:
    entry = tarfile.TarInfo(path)
    entry.size = len(content)
    archive.addfile(entry, io.BytesIO(content))

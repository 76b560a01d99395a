"""Writes a `docker load`able archive with one layer; the same files give the same image id."""

import hashlib
import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_EPOCH = 1700000000
_CREATED = "2023-11-14T22:13:20Z"


@dataclass(frozen=True)
class ImageConfig:
    """How containers of the image start; `made_by` stands in its history."""

    tag: str
    entrypoint: Sequence[str]
    command: Sequence[str]
    environment: Mapping[str, str]
    port: int
    made_by: str = "images registry-base"


class Layer:
    """One layer's tar in the making; entries come out sorted, owned by root and without real times."""

    def __init__(self) -> None:
        self._entries: dict[str, tuple[tarfile.TarInfo, bytes]] = {}

    def file(self, path: str, content: bytes, mode: int = 0o644) -> None:
        """Add a file at a path without a leading slash."""
        info = self._entry(path, tarfile.REGTYPE, mode)
        info.size = len(content)
        self._entries[path] = (info, content)

    def link(self, path: str, target: str) -> None:
        """Add a symbolic link."""
        info = self._entry(path, tarfile.SYMTYPE, 0o777)
        info.linkname = target
        self._entries[path] = (info, b"")

    def folder(self, path: str, mode: int = 0o755) -> None:
        """Add a folder; those that files need come by themselves."""
        if path not in self._entries:
            self._entries[path] = (self._entry(path, tarfile.DIRTYPE, mode), b"")

    def content(self) -> bytes:
        """Return the tar."""
        for path in list(self._entries):
            for parent in list(Path(path).parents)[:-1]:
                self.folder(str(parent))
        return _tar([self._entries[path] for path in sorted(self._entries)])

    @staticmethod
    def _entry(path: str, kind: bytes, mode: int) -> tarfile.TarInfo:
        info = tarfile.TarInfo(path)
        info.type, info.mode, info.mtime = kind, mode, _EPOCH
        info.uname = info.gname = "root"
        return info


def write_archive(layer: Layer, config: ImageConfig, architecture: str, target: Path) -> None:
    """Write the archive.

    Args:
        layer: Files of the layer.
        config: How it starts and what it is called.
        architecture: Docker's name for the processor, such as `amd64`.
        target: The file to write.
    """
    content = layer.content()
    digest = hashlib.sha256(content).hexdigest()
    described = json.dumps(_description(config, architecture, digest), sort_keys=True).encode()
    name = hashlib.sha256(described).hexdigest()
    manifest = [{"Config": f"{name}.json", "RepoTags": [config.tag], "Layers": [f"{digest}/layer.tar"]}]
    outer = Layer()
    outer.file(f"{digest}/layer.tar", content)
    outer.file(f"{name}.json", described)
    outer.file("manifest.json", json.dumps(manifest).encode())
    target.write_bytes(outer.content())


def _description(config: ImageConfig, architecture: str, digest: str) -> dict[str, object]:
    return {
        "architecture": architecture,
        "os": "linux",
        "created": _CREATED,
        "config": {
            "Entrypoint": list(config.entrypoint),
            "Cmd": list(config.command),
            "Env": [f"{name}={value}" for name, value in config.environment.items()],
            "ExposedPorts": {f"{config.port}/tcp": {}},
            "WorkingDir": "/",
        },
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]},
        "history": [{"created": _CREATED, "created_by": config.made_by}],
    }


def _tar(entries: Sequence[tuple[tarfile.TarInfo, bytes]]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for info, content in entries:
            tar.addfile(info, io.BytesIO(content) if info.isreg() else None)
    return buffer.getvalue()

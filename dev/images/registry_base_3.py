"""The base image that stands in for the public `registry:3.1.1` where Docker Hub is out of reach.

No package holds distribution 3. The binary is built from its Go module, pinned by
`dev/engine/registry/go.sum`, linked statically; beside it lies what is beside 2.8.3, without the C library.
"""

import platform
import tarfile
from pathlib import Path

from dev.engine import builder
from dev.engine.errors import EngineError
from dev.engine.folders import folders
from dev.engine.part import REGISTRY
from dev.images.archive import ImageConfig, write_archive
from dev.images.bootstrap import Recipe, bootstrap
from dev.images.cache import cache_folder, made_once
from dev.images.error import ImageError
from dev.images.registry_base import assemble

VERSION = REGISTRY.version
_RECIPE = Recipe(
    name="registry-base-3",
    release="trixie",
    variant="extract",
    packages=("busybox-static", "ca-certificates"),
)
_CONFIG = ImageConfig(
    tag=f"registry:{VERSION}",
    entrypoint=("/usr/bin/docker-registry",),
    command=("serve", "/etc/docker/registry/config.yml"),
    environment={
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        # Traces go to a collector on the loopback unless it is told not to; so does the public image.
        "OTEL_TRACES_EXPORTER": "none",
    },
    port=5000,
)
# Changes whenever this module, or what it takes from that of 2.8.3, puts other things into the image.
_ASSEMBLY = 1
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def registry_base_3() -> Path:
    """Return the archive for `docker load`, made first where the cache has none.

    Raises:
        ImageError: The image could not be made.
    """
    try:
        built = builder.build_part(REGISTRY, folders())
    except EngineError as error:
        raise ImageError(f"image registry-base-3: {error}") from error

    def make(work: Path, target: Path) -> None:
        root = work / "root.tar"
        bootstrap(_RECIPE, work, root)
        with tarfile.open(root) as tar:
            layer, _ = assemble(tar, dynamic=False)
        layer.file("usr/bin/docker-registry", (built / REGISTRY.executable).read_bytes(), 0o755)
        write_archive(layer, _CONFIG, _ARCHITECTURES[platform.machine()], target)

    # The build's folder is named after all that went into it.
    key = built.name.rpartition("-")[2]
    return made_once(cache_folder() / f"registry-{VERSION}-{key}-{_RECIPE.key()}-{_ASSEMBLY}.tar", make)

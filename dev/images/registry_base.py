"""The base image that stands in for the public `registry:2.8.3` where Docker Hub is out of reach.

Debian trixie carries distribution 2.8.3 with the Swift and S3 drivers (measured). Of its packages only what
runs goes in: the binary, the C library it is linked to, certificates, and a static busybox for a shell and
`wget`. The public image has the binary as /bin/registry; so has this one.
"""

import re
import tarfile
from pathlib import Path

from dev.images.archive import ImageConfig, Layer, write_archive
from dev.images.bootstrap import Recipe, bootstrap
from dev.images.cache import cache_folder, made_once
from dev.images.error import ImageError

VERSION = "2.8.3"
_RECIPE = Recipe(
    name="registry-base",
    release="trixie",
    variant="extract",
    packages=("busybox-static", "ca-certificates", "docker-registry"),
)
_CONFIG = ImageConfig(
    tag=f"registry:{VERSION}",
    entrypoint=("/usr/bin/docker-registry",),
    command=("serve", "/etc/docker/registry/config.yml"),
    environment={"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
    port=5000,
)
# Changes whenever this module puts other things into the image.
_ASSEMBLY = 1
_APPLETS = ("cat", "cp", "date", "env", "grep", "ls", "mkdir", "mv", "ps", "rm", "sed", "sh", "sleep", "wget")
_LIBRARIES = re.compile(
    r"usr/lib/[^/]+/(ld-linux[^/]*\.so\.\d+|libc\.so\.6|libresolv\.so\.2|libnss_dns\.so\.2)"
)
_LOADER = re.compile(r"usr/lib64/ld-linux[^/]*\.so\.\d+")
_AUTHORITY = re.compile(r"usr/share/ca-certificates/mozilla/[^/]+\.crt")
_ARCHITECTURES = {"x86_64-linux-gnu": "amd64", "aarch64-linux-gnu": "arm64"}
# As in the public image, but with an address that says it: all of the container's.
_SERVER_CONFIG = b"""\
version: 0.1
log:
  fields:
    service: registry
storage:
  cache:
    blobdescriptor: inmemory
  filesystem:
    rootdirectory: /var/lib/registry
http:
  addr: :5000
  headers:
    X-Content-Type-Options: [nosniff]
"""


def registry_base() -> Path:
    """Return the archive for `docker load`, made first where the cache has none.

    Raises:
        ImageError: The image could not be made.
    """
    target = cache_folder() / f"registry-{VERSION}-{_RECIPE.key()}-{_ASSEMBLY}.tar"
    return made_once(target, _make)


def _make(work: Path, target: Path) -> None:
    root = work / "root.tar"
    bootstrap(_RECIPE, work, root)
    with tarfile.open(root) as tar:
        layer, architecture = assemble(tar)
    write_archive(layer, _CONFIG, architecture, target)


def assemble(root: tarfile.TarFile, *, dynamic: bool = True) -> tuple[Layer, str]:
    """Pick what runs out of the unpacked packages.

    Args:
        root: A root file system with the packages of the recipe.
        dynamic: Whether the registry, Debian's then, needs the C library.

    Returns:
        The layer, and Docker's name for its processor, "" where there is no library to tell.

    Raises:
        ImageError: Something is not where Debian has it.
    """
    layer = Layer()
    authorities: dict[str, bytes] = {}
    libraries: list[str] = []
    for member in root:
        path = member.name.removeprefix("./")
        if path in ("usr/bin/docker-registry", "usr/bin/busybox"):
            layer.file(path, _content(root, member), 0o755)
        elif _LIBRARIES.fullmatch(path) and dynamic:
            libraries.append(path)
            layer.file(path, _content(root, member), 0o755)
        elif _LOADER.fullmatch(path) and member.issym() and dynamic:
            layer.link(path, member.linkname)
        elif _AUTHORITY.fullmatch(path):
            authorities[path] = _content(root, member)
    if (dynamic and len(libraries) < 2) or not authorities:
        raise ImageError(
            f"image registry-base: the packages hold {libraries} and {len(authorities)} authorities only"
        )
    layer.file(
        "etc/ssl/certs/ca-certificates.crt", b"".join(authorities[path] for path in sorted(authorities))
    )
    _furnish(layer)
    return layer, _ARCHITECTURES.get(libraries[0].split("/")[2], "amd64") if libraries else ""


def _content(root: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    stream = root.extractfile(member)
    if stream is None:
        raise ImageError(f"image registry-base: {member.name} is no file in Debian's packages any more")
    return stream.read()


def _furnish(layer: Layer) -> None:
    for name in ("bin", "lib", "lib64", "sbin"):
        layer.link(name, f"usr/{name}")
    layer.link("usr/bin/registry", "docker-registry")
    for applet in _APPLETS:
        layer.link(f"usr/bin/{applet}", "busybox")
    layer.file("etc/docker/registry/config.yml", _SERVER_CONFIG)
    layer.file("etc/passwd", b"root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n")
    layer.file("etc/group", b"root:x:0:\nnogroup:x:65534:\n")
    layer.file("etc/nsswitch.conf", b"passwd: files\ngroup: files\nhosts: files dns\n")
    layer.folder("root", 0o700)
    layer.folder("tmp", 0o1777)
    layer.folder("usr/sbin")
    layer.folder("usr/lib64")
    layer.folder("var/lib/registry")

"""The base image that stands in for the public `registry:0.7.3` of June 2014, made from its source releases.

Docker Hub's image may be of a format that no present Docker pulls. So it is made as its own Dockerfile made
it: a distribution, Python 2.7, docker-registry and docker-registry-core from their source releases, the
sample configuration at /docker-registry/config, gunicorn on port 5000. The article's Dockerfile then finds
the file and the lines that it changes. Its `pip install` finds the driver in a folder of the image: servers
need no package index, and the same bytes are installed every time. Versions, hashes and reasons: legacy/*.txt
and docs/reference/legacy.md.
"""

import hashlib
import re
import ssl
import subprocess
import sys
import tarfile
from dataclasses import replace
from pathlib import Path

from dev.images.archive import ImageConfig, Layer, write_archive
from dev.images.bootstrap import Recipe, bootstrap
from dev.images.cache import cache_folder, made_once
from dev.images.error import ImageError
from dev.images.pip_configuration import pip_configuration

VERSION = "0.7.3"
_PINS = Path(__file__).parent / "legacy"
_BUILD_PACKAGES = ("gcc", "libc6-dev", "liblzma-dev", "python2.7-dev")
_PIP_CONF = """\
[global]
no-index = true
find-links = /usr/local/share/wheels
disable-pip-version-check = true
no-python-version-warning = true
"""
_DOCUMENTATION = ("/usr/share/doc/*", "/usr/share/info/*", "/usr/share/locale/*", "/usr/share/man/*")
_COMMANDS = (
    "export PIP_CONFIG_FILE=/build/pip.conf PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1",
    "export PYTHONDONTWRITEBYTECODE=1 PYTHONHASHSEED=0",
    # The machine's own; they name files that are not in here.
    "unset PIP_FIND_LINKS PIP_CERT PIP_REQUIRE_VIRTUALENV PIP_TARGET PIP_USER PIP_NO_INDEX",
    "unset CURL_CA_BUNDLE REQUESTS_CA_BUNDLE SSL_CERT_DIR SSL_CERT_FILE",
    # A wheel of pip runs as it is; it was verified where it was downloaded.
    "pip=$(echo /build/tools/pip-*.whl)/pip",
    'python2.7 "$pip" install --quiet --no-index --no-deps /build/tools/*.whl',
    "pip2 install --quiet --no-deps --no-build-isolation --require-hashes -r /build/build.txt",
    "source='--quiet --no-deps --no-binary :all: --no-build-isolation --require-hashes'",
    "pip2 download $source -r /build/registry.txt -r /build/driver.txt -d /build/sources",
    'source="$source --no-index --find-links /build/sources"',
    "pip2 wheel $source -r /build/registry.txt -w /build/wheels",
    "pip2 wheel $source -r /build/driver.txt -w /usr/local/share/wheels",
    "pip2 uninstall --quiet --yes pbr",
    "pip2 install --quiet --no-index --no-deps /build/wheels/*.whl",
    # The Dockerfile of 2014 added the checkout here; the source release holds the same files.
    "mkdir /docker-registry",
    "unpack='tar --strip-components=1 --no-same-owner -xzf'",
    "$unpack /build/sources/docker-registry-0.7.3.tar.gz -C /docker-registry",
    # The checkout was readable for everybody, the source release is for its owner alone.
    "chmod -R a+rX /docker-registry",
    "cp /docker-registry/config/boto.cfg /etc/boto.cfg",
    # requests brings the authorities of 2014, and python-swiftclient takes no others.
    "requests=$(python2.7 -c 'import requests; print requests.__path__[0]')",
    "ln -sf /etc/ssl/certs/ca-certificates.crt $requests/cacert.pem",
    "mv /build/image-pip.conf /etc/pip.conf",
    "ln -sf python2.7 /usr/bin/python",
    "ln -sf python2.7 /usr/bin/python2",
    "rm -rf /build",
    f"apt-mark auto {' '.join(_BUILD_PACKAGES)} >/dev/null",
    "important='-o APT::AutoRemove::RecommendsImportant=0 -o APT::AutoRemove::SuggestsImportant=0'",
    "apt-get -qq -y --purge $important autoremove >/dev/null",
    # Layers carry one date: compiled files must name that one, or Python compiles again at every start.
    "code='/usr/lib/python2.7 /usr/local/lib/python2.7'",
    "find $code -name '*.py[co]' -delete",
    "find $code -name '*.py' -exec touch -d @1700000000 {} +",
    # Some of them are written for Python 3 and fail; they are not imported either.
    "python2.7 -m compileall -q $code >/dev/null || true",
)
RECIPE = Recipe(
    name="legacy-base",
    release="bullseye",
    variant="minbase",
    packages=("ca-certificates", "python2.7", *_BUILD_PACKAGES),
    excluded=_DOCUMENTATION,
    files=(
        *(
            (f"/build/{name}.txt", (_PINS / f"{name}.txt").read_text())
            for name in ("build", "driver", "registry")
        ),
        ("/build/image-pip.conf", _PIP_CONF),
    ),
    commands=_COMMANDS,
)
_CONFIG = ImageConfig(
    tag=f"registry:{VERSION}",
    entrypoint=(),
    command=("/bin/sh", "-c", "exec docker-registry"),
    environment={
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "DOCKER_REGISTRY_CONFIG": "/docker-registry/config/config_sample.yml",
        "SETTINGS_FLAVOR": "dev",
    },
    port=5000,
    made_by="images legacy-base",
)
# Changes whenever this module puts other things into the image.
_ASSEMBLY = 2
# Devices, caches, and the half of the packages that nothing here uses: perl-base stays, for dpkg.
_LEFT_OUT = re.compile(
    r"(dev|proc|run|sys|var/cache|var/lib/apt|var/log|usr/share/perl|usr/share/zoneinfo)/.*"
    r"|usr/lib/[^/]+/(gconv|perl)/.*|usr/lib/[^/]+/libperl\.so.*|usr/bin/perl5.*"
)
_ARCHITECTURES = {"usr/lib/x86_64-linux-gnu": "amd64", "usr/lib/aarch64-linux-gnu": "arm64"}


def legacy_base() -> Path:
    """Return the archive for `docker load`, made first where the cache has none.

    Raises:
        ImageError: The image could not be made.
    """
    tools = hashlib.sha256((_PINS / "tools.txt").read_bytes()).hexdigest()[:6]
    target = cache_folder() / f"registry-{VERSION}-{RECIPE.key()}-{tools}-{_ASSEMBLY}.tar"
    return made_once(target, _make)


def _make(work: Path, target: Path) -> None:
    root = work / "root.tar"
    bootstrap(_for_this_machine(), work, root, add={"/build/tools": _tools(work)})
    with tarfile.open(root) as tar:
        layer, architecture = assemble(tar)
    root.unlink()
    write_archive(layer, _CONFIG, architecture, target)


def _for_this_machine() -> Recipe:
    """The recipe, and how this machine reaches its package index."""
    listed = _pip("config", "list")
    authorities = ssl.get_default_verify_paths().cafile
    bundle = Path(authorities).read_text() if authorities and Path(authorities).is_file() else ""
    conf = pip_configuration(listed, "/build/authorities.pem" if bundle else "")
    return replace(
        RECIPE, files=(*RECIPE.files, ("/build/pip.conf", conf), ("/build/authorities.pem", bundle))
    )


def _tools(work: Path) -> Path:
    """Python 2.7's pip, as a wheel that this machine's pip has downloaded and verified."""
    folder = work / "tools"
    _pip(
        "download",
        "--quiet",
        "--no-deps",
        "--require-hashes",
        "-r",
        str(_PINS / "tools.txt"),
        "-d",
        str(folder),
    )
    return folder


def _pip(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "pip", *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise ImageError(
            f"image legacy-base: `pip {arguments[0]}` ended with {done.returncode}; check the network and"
            f" pip's configuration, then run it again. Its last lines:\n{done.stderr[-1000:]}"
        )
    return done.stdout


def assemble(root: tarfile.TarFile) -> tuple[Layer, str]:
    """Take the root file system, without devices and without what only a builder needs.

    Args:
        root: Root file system as made by the recipe.

    Returns:
        The layer, and Docker's name for its processor.

    Raises:
        ImageError: The registry or its configuration is not in it.
    """
    layer = Layer()
    paths: set[str] = set()
    for member in root:
        path = member.name.removeprefix("./").rstrip("/")
        if path in ("", ".") or _LEFT_OUT.fullmatch(f"{path}/" if member.isdir() else path):
            continue
        paths.add(path)
        if member.isdir():
            layer.folder(path, member.mode)
        elif member.issym():
            layer.link(path, member.linkname)
        elif member.isreg() or member.islnk():
            stream = root.extractfile(member)
            layer.file(path, stream.read() if stream else b"", member.mode)
    required_paths = {
        "docker-registry/config/config_sample.yml",
        "usr/local/bin/docker-registry",
        "etc/pip.conf",
    }
    if missing := sorted(required_paths - paths):
        raise ImageError(f"image legacy-base: {', '.join(missing)} did not get into it")
    for folder in ("dev", "proc", "run", "sys", "var/cache", "var/log"):
        layer.folder(folder)
    return layer, next((name for path, name in _ARCHITECTURES.items() if path in paths), "amd64")

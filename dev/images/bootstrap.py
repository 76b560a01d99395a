"""Runs mmdebstrap: packages in, a root file system's tar out."""

import hashlib
import json
import os
import shutil
import subprocess
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from dev.images.apt_sources import read_sources, sources_for
from dev.images.error import ImageError
from messages.progress import report, step

_SOURCE_DATE_EPOCH = "1700000000"
_KEPT_LINES = 12
_OVERLAY = "files"
_REPORTED_STEPS = tuple(
    f"I: {step}" for step in ("running apt", "downloading", "extracting", "installing", "creating")
)


@dataclass(frozen=True)
class Recipe:
    """What goes into a root file system.

    Attributes:
        name: Name of the image, with which the file's name in the cache begins.
        release: Debian code name.
        variant: Mmdebstrap's: how much besides `packages` comes along.
        packages: Packages to install with what they depend on; a trailing dash leaves one out.
        excluded: Path patterns that dpkg does not unpack.
        files: Absolute path in the image -> text; written after the packages are installed.
        commands: Shell lines run at the end with the image as root.
    """

    name: str
    release: str
    variant: str
    packages: tuple[str, ...]
    excluded: tuple[str, ...] = ()
    files: tuple[tuple[str, str], ...] = ()
    commands: tuple[str, ...] = ()

    def key(self) -> str:
        """Return twelve hex digits that change with the recipe."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:12]


def bootstrap(recipe: Recipe, work: Path, target: Path, add: Mapping[str, Path] | None = None) -> None:
    """Make the recipe's root file system.

    Args:
        recipe: Recipe of the root file system.
        work: An empty folder with about 1 GB of room, on a file system that allows devices.
        target: The tar to write.
        add: Absolute path in the image -> folder of this machine that is copied there before the commands.

    Raises:
        ImageError: No root, no mmdebstrap, or it failed; its last lines are in the message.
    """
    _need_root_and_mmdebstrap(recipe)
    sources = sources_for(recipe.release, read_sources())
    for path, folder in (add or {}).items():
        shutil.copytree(folder, work / _OVERLAY / path.lstrip("/"))
    title = f"image {recipe.name} from Debian {recipe.release}"
    started_at = time.monotonic()
    with (
        step(title) as show,
        subprocess.Popen(
            _command(recipe, work, target),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"TMPDIR": str(work), "SOURCE_DATE_EPOCH": _SOURCE_DATE_EPOCH, "LC_ALL": "C"},
        ) as process,
    ):
        last = _follow(process, sources, lambda name: show(f"{title}, {name}"))
    if process.returncode != 0:
        raise ImageError(
            f"image {recipe.name}: mmdebstrap ended with {process.returncode}; check the apt sources and the"
            f" network, then run it again. Its last lines:\n{last}"
        )
    report(f"{title}: {time.monotonic() - started_at:.0f} s")


def _need_root_and_mmdebstrap(recipe: Recipe) -> None:
    if os.geteuid() != 0:
        raise ImageError(f"image {recipe.name}: making it needs root; run it again with sudo")
    if shutil.which("mmdebstrap") is None:
        raise ImageError(f"image {recipe.name}: mmdebstrap is missing; apt-get install mmdebstrap")


def _command(recipe: Recipe, work: Path, target: Path) -> list[str]:
    overlay = work / _OVERLAY
    for path, text in recipe.files:
        file = overlay / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    overlay.mkdir(exist_ok=True)
    script = work / "finish.sh"
    script.write_text("#!/bin/sh\nset -e\n" + "\n".join(recipe.commands) + "\n")
    return [
        "mmdebstrap",
        "--mode=root",
        f"--variant={recipe.variant}",
        f"--include={','.join(recipe.packages)}",
        *_apt_options(work),
        *(f"--dpkgopt=path-exclude={pattern}" for pattern in recipe.excluded),
        *([f"--customize-hook=sync-in {overlay} /"] if recipe.files else []),
        *([f'--customize-hook=chroot "$1" sh -e < {script}'] if recipe.commands else []),
        recipe.release,
        str(target),
        "-",
    ]


def _apt_options(work: Path) -> Iterator[str]:
    """The machine's own ways of reaching its mirror; by file, since a proxy may carry a password."""
    dump = ["apt-config", "dump", "--format", '%F "%v";%n', "Acquire"]
    options = subprocess.run(dump, capture_output=True, text=True, check=False).stdout.splitlines()
    prefixes = ("Acquire::http", "Acquire::https", "Acquire::Check-", "Acquire::Retries")
    lines = [line for line in options if line.startswith(prefixes) and not line.endswith(' "";')]
    if lines:
        file = work / "apt.conf"
        file.touch(mode=0o600)
        file.write_text("\n".join(lines) + "\n")
        yield f"--aptopt={file}"


def _follow(process: subprocess.Popen[str], sources: str, show: Callable[[str], None]) -> str:
    if process.stdin is None or process.stderr is None:
        raise ImageError("mmdebstrap was started without pipes; this is a fault of the program")
    process.stdin.write(sources)
    process.stdin.close()
    last: deque[str] = deque(maxlen=_KEPT_LINES)
    for line in process.stderr:
        last.append(line.rstrip())
        if line.startswith(_REPORTED_STEPS):
            show(line[3:].strip().rstrip("."))
    return "\n".join(last)

"""Makes the bin folder: of an installed Pulumi, else of a downloaded one, else part by part with Go.

REGISTRY_ENGINE=build leaves the first two out: what is built is pinned by the checksums in each go.sum.
"""

import os
import shutil
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path

from dev.engine import bin_folder, digest, disk, go_build, go_toolchain, lock, process
from dev.engine.errors import EngineError
from dev.engine.folders import SOURCE, EngineFolders
from dev.engine.go_toolchain import Go
from dev.engine.part import BUILT_FILES, PARTS, Part
from dev.engine.published import download, installed
from messages.progress import report, step

# The largest part's packages keep both of two cores busy most of the time; two at once fill the gaps.
_AT_ONCE = 2


def find(folders: EngineFolders) -> Path | None:
    """Find a finished bin folder for the present inputs, without making anything."""
    if not _must_build():
        for find_release in (installed.find, download.find):
            release = find_release(folders)
            if release is not None and release.is_ready():
                return release.bin
    folder = folders.bin(_key(go_toolchain.choose(folders)))
    return folder if bin_folder.complete(folder, BUILT_FILES) else None


def build(folders: EngineFolders) -> Path:
    """Give the bin folder, making it first when it is not there.

    Raises:
        EngineError: The folder cannot be made; the message says why and what to do.
    """
    if (folder := find(folders)) is not None:
        return folder
    with lock.hold(folders.lock):
        # Whoever held the lock before may have made it.
        if (folder := find(folders)) is not None:
            return folder
        shutil.rmtree(folders.temporary, ignore_errors=True)
        return _prepare_release(folders) or _build(folders)


def build_part(part: Part, folders: EngineFolders) -> Path:
    """Give the folder with one part's files, building it first when it is not there.

    Raises:
        EngineError: The part cannot be built; the message says why and what to do.
    """
    go = go_toolchain.choose(folders)
    target = folders.part(part.executable, digest.of_part(part, SOURCE, go.version))
    with lock.hold(folders.lock):
        if not _finished(part, target):
            disk.require(folders.root)
            go_toolchain.fetch(go, folders)
            _build_parts([part], {part: target}, go, folders)
    return target


def clean(folders: EngineFolders) -> None:
    """Remove everything that was built or downloaded here."""
    with lock.hold(folders.lock):
        shutil.rmtree(folders.root, ignore_errors=True)


def _must_build() -> bool:
    choice = os.environ.get("REGISTRY_ENGINE", "")
    if choice not in {"", "build"}:
        raise EngineError(f"REGISTRY_ENGINE must be build or not set, got {choice}: unset it")
    return choice == "build"


def _prepare_release(folders: EngineFolders) -> Path | None:
    if _must_build():
        return None
    for obtain in (installed.find, download.install):
        release = obtain(folders)
        if release is not None and release.prepare(folders.temporary):
            return release.bin
    return None


def _build(folders: EngineFolders) -> Path:
    go = go_toolchain.choose(folders)
    targets = {
        part: folders.part(part.executable, digest.of_part(part, SOURCE, go.version)) for part in PARTS
    }
    missing = [part for part, target in targets.items() if not _finished(part, target)]
    if missing:
        disk.require(folders.root)
        go_toolchain.fetch(go, folders)
        _build_parts(missing, targets, go, folders)
    folder = folders.bin(_key(go))
    files = {name: target / name for part, target in targets.items() for name in part.files}
    bin_folder.install(files, folder, folders.temporary, link=False)
    return folder


def _key(go: Go) -> str:
    return digest.of_all(digest.of_part(part, SOURCE, go.version) for part in PARTS)


def _finished(part: Part, target: Path) -> bool:
    return all((target / name).is_file() for name in part.files)


def _build_parts(parts: list[Part], targets: dict[Part, Path], go: Go, folders: EngineFolders) -> None:
    report(
        f"engine: building with Go {go.version}: {', '.join(f'{part.name} {part.version}' for part in parts)}"
    )
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        started: dict[Part, float] = {}

        def build_part_timed(part: Part) -> None:
            started[part] = time.monotonic()
            with step(f"engine: building {part.name} {part.version}"):
                go_build.build(part, go, targets[part], folders)

        running = {pool.submit(build_part_timed, part): part for part in parts}
        try:
            _follow(running, started)
        except BaseException:
            process.stop_all()
            pool.shutdown(cancel_futures=True)
            raise


def _follow(running: dict[Future[None], Part], started: dict[Part, float]) -> None:
    """Report each part that is built, until all are.

    Raises:
        EngineError: A part failed.
    """
    count = len(running)
    while running:
        done, _ = wait(running, return_when=FIRST_COMPLETED)
        for future in done:
            part = running.pop(future)
            future.result()
            seconds = time.monotonic() - started[part]
            built = f"{count - len(running)} of {count} parts"
            report(f"engine: {part.name} {part.version}: built in {seconds:.0f} s, {built}")

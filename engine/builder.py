"""Makes the bin folder: from an installed Pulumi when that will do, else part by part with Go."""

import shutil
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path

from engine import bin_folder, digest, disk, go_build, go_toolchain, installed, lock, process, progress
from engine.go_toolchain import Go
from engine.part import PARTS, Part
from engine.places import SOURCE, Places

# Choice: enough to see that it lives, without flooding a CI log.
_EVERY_SECONDS = 15.0
# The largest part's packages keep both of two cores busy most of the time; two at once fill the gaps.
_AT_ONCE = 2


def find(places: Places) -> Path | None:
    """Find a finished bin folder for the present inputs, without making anything."""
    if installed.ready(installed.find(places), places):
        return places.installed_bin
    folder = places.bin(_key(go_toolchain.choose(places)))
    return folder if bin_folder.complete(folder) else None


def build(places: Places) -> Path:
    """Give the bin folder, making it first when it is not there.

    Raises:
        EngineError: It cannot be made; the message says why and what to do.
    """
    if (folder := find(places)) is not None:
        return folder
    with lock.held(places.lock):
        # Whoever held the lock before may have made it.
        if (folder := find(places)) is not None:
            return folder
        shutil.rmtree(places.temporary, ignore_errors=True)
        pulumi = installed.find(places)
        if pulumi is not None and installed.prepare(pulumi, places):
            return places.installed_bin
        return _build(places)


def build_part(part: Part, places: Places) -> Path:
    """Give the folder with one part's files, building it first when it is not there.

    Raises:
        EngineError: It cannot be built; the message says why and what to do.
    """
    go = go_toolchain.choose(places)
    target = places.part(part.executable, digest.of_part(part, SOURCE, go.version))
    with lock.held(places.lock):
        if not _finished(part, target):
            disk.require(places.root)
            go_toolchain.fetch(go, places)
            _build_parts([part], {part: target}, go, places)
    return target


def clean(places: Places) -> None:
    """Remove everything that was built or downloaded here."""
    with lock.held(places.lock):
        shutil.rmtree(places.root, ignore_errors=True)


def _build(places: Places) -> Path:
    go = go_toolchain.choose(places)
    targets = {part: places.part(part.executable, digest.of_part(part, SOURCE, go.version)) for part in PARTS}
    missing = [part for part, target in targets.items() if not _finished(part, target)]
    if missing:
        disk.require(places.root)
        go_toolchain.fetch(go, places)
        _build_parts(missing, targets, go, places)
    folder = places.bin(_key(go))
    files = {name: target / name for part, target in targets.items() for name in part.files}
    bin_folder.install(files, folder, places.temporary, link=False)
    return folder


def _key(go: Go) -> str:
    return digest.of_all(digest.of_part(part, SOURCE, go.version) for part in PARTS)


def _finished(part: Part, target: Path) -> bool:
    return all((target / name).is_file() for name in part.files)


def _build_parts(parts: list[Part], targets: dict[Part, Path], go: Go, places: Places) -> None:
    progress.say(
        f"building with Go {go.version}: {', '.join(f'{part.name} {part.version}' for part in parts)}"
    )
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        started: dict[Part, float] = {}

        def one(part: Part) -> None:
            started[part] = time.monotonic()
            go_build.build(part, go, targets[part], places)

        running = {pool.submit(one, part): part for part in parts}
        try:
            _follow(running, started)
        except BaseException:
            process.stop_all()
            pool.shutdown(cancel_futures=True)
            raise


def _follow(running: dict[Future[None], Part], started: dict[Part, float]) -> None:
    """Print progress until all are done.

    Raises:
        EngineError: As soon as one part failed.
    """
    while running:
        done, _ = wait(running, timeout=_EVERY_SECONDS, return_when=FIRST_COMPLETED)
        for future in done:
            part = running.pop(future)
            future.result()
            progress.say(f"{part.name} {part.version}: built in {time.monotonic() - started[part]:.0f} s")
        if not done:
            for part in running.values():
                if part in started:
                    seconds = time.monotonic() - started[part]
                    progress.say(f"{part.name} {part.version}: building ... {seconds:.0f} s")

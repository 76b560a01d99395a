"""Builds one part with Go."""

import os
import re
import shutil
import stat
import tempfile
import time
from pathlib import Path

from dev.engine import process
from dev.engine.errors import EngineError
from dev.engine.folders import SOURCE, EngineFolders
from dev.engine.go_toolchain import Go
from dev.engine.part import Part, Script
from messages.progress import report

# What a download says when trying again may help. Choice: three goes, as a cold build is some 900 downloads.
_TRANSIENT = re.compile(
    r"timeout|timed out|connection reset|connection refused|unexpected EOF|TLS handshake|GOAWAY|"
    r"temporary failure|\b50[0234]\b|stream error|no such host",
    re.IGNORECASE,
)
_ATTEMPTS = 3
_REFUSED = re.compile(r"(\S+@v\S+): .*?(40[134] \w+|410 Gone)")
_FULL = "no space left on device"
_MISMATCH = re.compile(r"checksum mismatch|SECURITY ERROR")


def build(part: Part, go: Go, target: Path, folders: EngineFolders) -> None:
    """Build a part and put its files into a folder, all or nothing.

    Args:
        part: Part to build.
        go: The compiler, which must be there.
        target: The folder for the part's files.
        folders: Folders for the work and for the log.

    Raises:
        EngineError: The build failed; the message holds the reason, the log's path and what to do.
    """
    folders.temporary.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folders.temporary) as name:
        part_folder = Path(name) / "part"
        part_folder.mkdir()
        _compile(part, go, part_folder / part.executable, folders.logs)
        for script in part.scripts:
            _copy_script(script, part, go, part_folder / script.name)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(target, ignore_errors=True)
        part_folder.rename(target)


def explain(part: Part, output: str, log: Path) -> str:
    """Turn the compiler's output into one line with a remedy."""
    what = f"{part.name} {part.version}: "
    if _FULL in output:
        return f"{what}the disk is full: free some, or set REGISTRY_CACHE and GOCACHE to a larger one"
    if refused := _REFUSED.search(output):
        module, reason = refused.groups()
        return (
            f"{what}the module proxy refuses {module} ({reason}): set GOPROXY to one that serves it, or "
            "install Pulumi where its plugins can be downloaded"
        )
    if _MISMATCH.search(output):
        return f"{what}a downloaded module is not the one in go.sum: do not trust that GOPROXY; see {log}"
    if _TRANSIENT.search(output):
        return f"{what}the module proxy does not answer: check network and GOPROXY, run it again; see {log}"
    if output == "" or "signal: killed" in output:
        return f"{what}the compiler was killed: about 3 GB of memory are needed; free some and run it again"
    return f"{what}the build failed ({output.strip().splitlines()[-1]}); see {log}"


def _compile(part: Part, go: Go, executable: Path, logs: Path) -> None:
    command = [str(go.program), "build", "-ldflags", _link_flags(part), "-o", str(executable)]
    if part.tags:
        command += ["-tags", ",".join(part.tags)]
    for attempt in range(1, _ATTEMPTS + 1):
        status, output = process.run(
            [*command, part.package], folder=SOURCE / part.folder, environment=environment(go)
        )
        if status == 0:
            return
        log = _keep(output, logs, part)
        if attempt == _ATTEMPTS or not _TRANSIENT.search(output):
            raise EngineError(explain(part, output, log))
        report(f"engine: {part.name} {part.version}: a download failed; trying again")
        time.sleep(attempt)


def _link_flags(part: Part) -> str:
    # -s -w leave out symbols and debugging data: half the size, and a third of the time to link.
    return " ".join(["-s", "-w", *(f"-X {variable}" for variable in part.variables)])


def environment(go: Go) -> dict[str, str]:
    """Give the compiler's environment: what go.sum says and nothing else, the same result on any machine."""
    settings = {
        **os.environ,
        "CGO_ENABLED": "0",
        "GOFLAGS": "-mod=readonly -trimpath -buildvcs=false",
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
        "GOENV": os.environ.get("GOENV", ""),
    }
    if not settings["GOENV"]:
        del settings["GOENV"]
    if go.caches is not None:
        settings["GOFLAGS"] += " -modcacherw"
        settings["GOMODCACHE"] = str(go.caches / "mod")
        settings["GOCACHE"] = str(go.caches / "build")
        settings["GOPATH"] = str(go.caches / "path")
        settings.pop("GOROOT", None)
    return settings


def _copy_script(script: Script, part: Part, go: Go, target: Path) -> None:
    status, output = process.run(
        [str(go.program), "list", "-m", "-f", "{{.Dir}}", script.module],
        folder=SOURCE / part.folder,
        environment=environment(go),
    )
    source = Path(output.strip()) / script.path
    if status != 0 or not source.is_file():
        raise EngineError(f"{script.module} holds no {script.path}: restore engine/{part.folder} from git")
    shutil.copyfile(source, target)
    target.chmod(target.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)


def _keep(output: str, logs: Path, part: Part) -> Path:
    logs.mkdir(parents=True, exist_ok=True)
    log = logs / f"{part.executable}.log"
    log.write_text(output)
    return log

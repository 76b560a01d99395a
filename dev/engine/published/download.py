"""Pulumi's own download: the pinned release, by the Automation API's installer, where it can be reached.

The installer runs https://get.pulumi.com/install.sh, which takes the release from GitHub, or else from
get.pulumi.com. The script needs curl. Neither compares a checksum, and none is published for the script: the
version is pinned, the servers are authenticated by TLS, and a damaged archive does not unpack.
"""

import importlib.util
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

from dev.engine import process, version
from dev.engine.folders import CHECKOUT, EngineFolders
from dev.engine.part import PULUMI_VERSION
from dev.engine.published import release
from dev.engine.published.release import Release
from messages.progress import report, step

_SCRIPT_URL = "https://get.pulumi.com/install.sh"

# Choice: a machine without the internet waits so long, once, before it builds.
_ANSWER_SECONDS = 8.0
# Choice: 150 MB at 0.5 MB/s. Where the line is slower, so are the sources' 2.6 GB, but they are resumed.
_INSTALL_SECONDS = 300.0

# The first such line is the reason: curl's progress meter and what follows a failure say nothing of it.
_REASON = re.compile(r"(?:curl|gzip|tar|error): ")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def find(folders: EngineFolders) -> Release | None:
    """Find the pinned release where `install` puts it, without downloading anything."""
    pulumi = folders.release(PULUMI_VERSION) / "bin" / "pulumi"
    return Release(pulumi, folders.downloaded_bin, folders.plugin_home) if pulumi.exists() else None


def install(folders: EngineFolders) -> Release | None:
    """Download the pinned release, all or nothing, unless it is there.

    Returns:
        The release; None when it cannot be downloaded, and a progress line says why.
    """
    if (downloaded := find(folders)) is not None:
        return downloaded
    reason = _obstacle() or _install(folders)
    if reason is not None:
        report(
            f"engine: Pulumi {PULUMI_VERSION} cannot be downloaded ({reason}): building the engine instead"
        )
    return find(folders)


def _obstacle() -> str | None:
    """Return what the installer lacks, or why the download does not answer; None when all is well."""
    if importlib.util.find_spec("pulumi") is None:
        return "no Python package pulumi here; dev/local/prepare installs it, then use .venv/bin/python"
    if shutil.which("curl") is None:
        return "no curl here; apt-get install curl ca-certificates"
    command = ["curl", "--head", "--fail", "--silent", "--show-error", "--location"]
    # curl ends by itself; the second limit holds where a resolver does not let it.
    status, output = process.run(
        [*command, "--max-time", str(_ANSWER_SECONDS), "--output", os.devnull, _SCRIPT_URL],
        timeout=2 * _ANSWER_SECONDS,
    )
    return None if status == 0 else _reason(output, _ANSWER_SECONDS)


def _install(folders: EngineFolders) -> str | None:
    """Run the installer and return why it failed; None when it did not."""
    folders.temporary.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folders.temporary) as name:
        root = Path(name) / "release"
        # A program of its own, since the installer has no time limit. Its script leaves files in $TMPDIR.
        with step(f"engine: downloading Pulumi {PULUMI_VERSION}"):
            status, output = process.run(
                [sys.executable, "-m", "dev.engine.published.installer", str(root), PULUMI_VERSION],
                folder=CHECKOUT,
                environment={**os.environ, "TMPDIR": name},
                timeout=_INSTALL_SECONDS,
            )
        reason = _reason(output, _INSTALL_SECONDS) if status != 0 else _flaw(root, folders)
        if reason is None:
            target = folders.release(PULUMI_VERSION)
            shutil.rmtree(target, ignore_errors=True)
            target.parent.mkdir(parents=True, exist_ok=True)
            root.rename(target)
    return reason


def _flaw(root: Path, folders: EngineFolders) -> str | None:
    """Return how an unpacked release differs from the pinned one; None when it does not."""
    unpacked = Release(root / "bin" / "pulumi", folders.downloaded_bin, folders.plugin_home)
    if missing := unpacked.missing_files():
        return f"the release has no {', '.join(missing)}"
    unpacked_version = release.read_version(unpacked.pulumi)
    if version.parse(unpacked_version) != version.parse(PULUMI_VERSION):
        return f"the release has version {unpacked_version or 'unknown'}"
    return None


def _reason(output: str, seconds: float) -> str:
    lines = [line.strip() for line in _COLOUR.sub("", output).splitlines() if line.strip()]
    reasons = [line for line in lines if _REASON.match(line)] or lines[-1:]
    return reasons[0] if reasons else f"no end within {seconds:.0f} s"

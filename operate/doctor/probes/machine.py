"""Observes this machine; decides nothing."""

import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

from messages.network_failure import describe_network_failure
from operate.doctor.finding import NotCheckedError
from operate.doctor.machine import (
    ClockObservation,
    DiskObservation,
    FileMode,
    ProgramObservation,
    PythonObservation,
)
from operate.stack.stack_file import PROGRAM

_PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)", re.MULTILINE)
_PROGRAM_SECONDS = 10.0
"""For which a program may take to print its version (choice)."""
_DATE_SECONDS = 5.0
"""For which a server may take to tell its time (choice)."""
_SECOND = 1.0
"""Resolution of the header Date."""


def observe_python(requirements: Path = PROGRAM / "requirements.txt") -> PythonObservation:
    """Return the version of this Python, and the packages that are pinned and installed."""
    pinned = {
        _canonical(match["name"]): match["version"] for match in _PIN.finditer(requirements.read_text())
    }
    installed = {
        _canonical(distribution.metadata["Name"]): distribution.version
        for distribution in importlib.metadata.distributions()
    }
    return PythonObservation(
        tuple(sys.version_info[:3]),
        pinned,
        {name: version for name, version in installed.items() if name in pinned},
    )


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def observe_program(program: str, *arguments: str, seconds: float = _PROGRAM_SECONDS) -> ProgramObservation:
    """Return where a program is, and what it prints.

    Args:
        program: its name on PATH.
        arguments: with which it prints its version; with none it is not started.
        seconds: after which it is given up.
    """
    path = shutil.which(program)
    if path is None or not arguments:
        return ProgramObservation(program, path or "")
    try:
        completed = subprocess.run(
            [path, *arguments],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return ProgramObservation(program, path, reason=f"no answer within {seconds:.0f} s")
    except OSError as error:
        return ProgramObservation(program, path, reason=str(error.strerror))
    if completed.returncode:
        lines = completed.stderr.strip().splitlines()
        return ProgramObservation(program, path, reason=lines[-1] if lines else "no reason given")
    return ProgramObservation(program, path, version=completed.stdout.strip())


def required_engine(project: Path = PROGRAM / "Pulumi.yaml") -> str:
    """Return the version of Pulumi that the project requires, such as `>=3.259.0`; "" where it names none."""
    match = re.search(r"^requiredPulumiVersion:\s*\"?([^\"\n]+)", project.read_text(), re.MULTILINE)
    return match[1] if match else ""


def observe_disks(folders: Sequence[Path]) -> tuple[DiskObservation, ...]:
    """Return the file systems of folders, each once."""
    by_device: dict[int, DiskObservation] = {}
    for folder in folders:
        if folder.is_dir():
            usage = shutil.disk_usage(folder)
            by_device.setdefault(folder.stat().st_dev, DiskObservation(str(folder), usage.free, usage.total))
    return tuple(by_device.values())


def observe_clock(url: str, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> ClockObservation:
    """Return how this clock differs from a server's, by the header Date of any answer.

    Args:
        url: of the server.
        now: this clock.

    Raises:
        NotCheckedError: the server does not answer, or reports no time.
    """
    import httpx  # half a second that `operate --help` does not wait for

    from operate.servers.pinned_transport import PinnedTransport

    started_at = time.monotonic()
    try:
        # Only the date is read: a certificate that a wrong clock refuses must not hide the wrong clock.
        unverified = httpx.HTTPTransport(verify=False)
        with httpx.Client(transport=PinnedTransport(unverified, [url]), timeout=_DATE_SECONDS) as client:
            response = client.head(url)
    except httpx.HTTPError as error:
        raise NotCheckedError(
            f"{url} does not report its time: {describe_network_failure(error, _DATE_SECONDS)}"
        ) from None
    elapsed = time.monotonic() - started_at
    try:
        date = parsedate_to_datetime(response.headers["date"])
    except (KeyError, ValueError, TypeError):
        raise NotCheckedError(f"{url} reports no time") from None
    # The date was taken somewhere within the time that the answer took, and was cut to a whole second.
    skew = (now() - date).total_seconds() - elapsed / 2
    return ClockObservation(response.url.host, skew, elapsed / 2 + _SECOND)


def observe_modes(files: Mapping[str, Path], required: Sequence[str] = ()) -> tuple[FileMode, ...]:
    """Return the modes of files with secrets.

    Args:
        files: by what they are.
        required: those without which something fails.
    """
    return tuple(_mode_of(purpose, file, is_required=purpose in required) for purpose, file in files.items())


def _mode_of(purpose: str, file: Path, *, is_required: bool) -> FileMode:
    try:
        state = file.stat()
    except OSError:
        return FileMode(str(file), purpose, None, is_required=is_required)
    return FileMode(str(file), purpose, state.st_mode & 0o777, state.st_uid == os.getuid(), is_required)


def secret_files(variables: Mapping[str, str] = os.environ) -> dict[str, Path]:
    """Return the files with secrets that this operator's environment names, by what they are."""
    files = {"Pulumi's credentials": Path(variables.get("PULUMI_HOME") or "~/.pulumi") / "credentials.json"}
    if passphrase := variables.get("PULUMI_CONFIG_PASSPHRASE_FILE"):
        files["the passphrase file"] = Path(passphrase)
    return {purpose: file.expanduser() for purpose, file in files.items()}

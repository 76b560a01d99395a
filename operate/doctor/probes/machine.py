"""Observes this machine; decides nothing."""

import importlib.metadata
import json
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

from messages.network_failure import describe_network_failure, is_name_unknown
from operate.doctor.finding import NotCheckedError
from operate.doctor.judgements.machine import (
    ClockObservation,
    DiskObservation,
    DockerObservation,
    FileMode,
    ProgramObservation,
    ProgramPackagesObservation,
    PythonObservation,
)
from operate.stack.config.stack_file import PROGRAM

_PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)", re.MULTILINE)
_PROGRAM_SECONDS = 10.0
"""For which a program may take to print its version (choice)."""
_ABOUT_SECONDS = 50.0
"""For which `pulumi about` may take: it asks the backend as well (choice)."""
_DATE_SECONDS = 5.0
"""For which a server may take to tell its time (choice)."""
_SYSTEMD = Path("/run/systemd/system")
"""Folder that exists where systemd runs, see sd_booted(3)."""
_SECOND = 1.0
"""Resolution of the header Date."""


def _read_pins(requirements: Path) -> dict[str, str]:
    return {_canonical(match["name"]): match["version"] for match in _PIN.finditer(requirements.read_text())}


def observe_python(requirements: Path = PROGRAM / "requirements.txt") -> PythonObservation:
    """Return the version of this Python, and the packages that are pinned and installed."""
    pinned = _read_pins(requirements)
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


def observe_program(
    program: str, *arguments: str, folder: Path | None = None, seconds: float = _PROGRAM_SECONDS
) -> ProgramObservation:
    """Return where a program is, and what it prints.

    Args:
        program: Name of the program on PATH.
        arguments: Arguments with which it prints its version; with none it is not started.
        folder: Folder in which it runs; this process's where None.
        seconds: Seconds after which it is given up.
    """
    path = shutil.which(program)
    if path is None or not arguments:
        return ProgramObservation(program, path or "")
    try:
        completed = subprocess.run(
            [path, *arguments],
            cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds,
            check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return ProgramObservation(program, path, reason=f"no answer within {seconds:.0f} s")
    except OSError as error:
        return ProgramObservation(program, path, reason=str(error.strerror))
    if completed.returncode:
        lines = completed.stderr.strip().splitlines()
        return ProgramObservation(program, path, reason=lines[-1] if lines else "no reason given")
    return ProgramObservation(program, path, version=completed.stdout.strip())


def is_systemd_running(folder: Path = _SYSTEMD) -> bool:
    """Return whether systemd runs on this machine.

    Args:
        folder: Folder that exists where it does.
    """
    return folder.is_dir()


def observe_docker() -> DockerObservation:
    """Return the version of this machine's Docker daemon."""
    program = observe_program("docker", "version", "--format", "{{.Server.Version}}")
    return DockerObservation(program, is_systemd_running())


def observe_program_packages(
    program: Path = PROGRAM, seconds: float = _ABOUT_SECONDS
) -> ProgramPackagesObservation:
    """Return the packages of the program's Python, as Pulumi's language host finds them.

    Args:
        program: Folder of the project.
        seconds: Seconds after which Pulumi is given up.

    Raises:
        NotCheckedError: Pulumi is not on PATH or does not answer.
    """
    about = observe_program("pulumi", "about", "--json", "--transitive", folder=program, seconds=seconds)
    if not about.path:
        raise NotCheckedError("pulumi is not on PATH", named_by="engine")
    if not about.version:
        raise NotCheckedError("`pulumi about` fails", f"cd {program} && pulumi about")
    pinned = frozenset(_read_pins(program / "requirements.txt"))
    try:
        content = json.loads(about.version)
        dependencies = content["dependencies"]
        errors = [str(message) for message in content.get("errors") or ()]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise NotCheckedError("`pulumi about --json` does not name the program's packages") from None
    names = frozenset(_canonical(str(package["name"])) for package in dependencies or ())
    reason = "" if names else next((text for text in errors if "dependencies" in text), "it has no packages")
    return ProgramPackagesObservation(names, reason, pinned, str(program / ".venv"))


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
        url: URL of the server.
        now: Returns the time of this clock.

    Raises:
        NotCheckedError: The server does not answer, or reports no time.
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
        reason = f"{url} does not report its time: {describe_network_failure(error, _DATE_SECONDS)}"
        remedy = f"curl -I {url} shows what the network lacks"
        if is_name_unknown(error):
            remedy = f"see which name server answers: getent hosts {httpx.URL(url).host}"
        raise NotCheckedError(reason, remedy) from None
    elapsed = time.monotonic() - started_at
    try:
        date = parsedate_to_datetime(response.headers["date"])
    except (KeyError, ValueError, TypeError):
        raise NotCheckedError(f"{url} reports no time") from None
    # The date was taken somewhere within the time that the answer took, and was cut to a whole second.
    skew = (now() - date).total_seconds() - elapsed / 2
    return ClockObservation(response.url.host, skew, elapsed / 2 + _SECOND, is_systemd_running())


def observe_modes(files: Mapping[str, Path], required: Sequence[str] = ()) -> tuple[FileMode, ...]:
    """Return the modes of files with secrets.

    Args:
        files: Files by what they are.
        required: Files without which something fails.
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

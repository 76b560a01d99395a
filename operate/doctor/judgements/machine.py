"""Judges this machine: Python, engine, programs, Docker, disk, clock, modes of files with secrets; pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from messages.count import format_count
from operate.doctor.finding import Finding, error, note, ok, warning
from operate.stack.automation.pulumi_failure import ENGINE_REMEDY

OLDEST_PYTHON = (3, 11)
_SKEW_WARNING, _SKEW_ERROR = 30.0, 300.0
"""Seconds (choices): S3 refuses signatures at 900, and certificates just issued are not valid yet before."""
_FREE_WARNING_GB, _FREE_ERROR_GB = 5.0, 1.0
"""Free GB of a file system (choices): an image's archive that is built here takes 0.3, the engine 6."""
_NO_PERMISSION = "permission denied"
"""Docker's words where its socket belongs to a group that the user is not in."""
_MODE = 0o777
_GROUP_AND_WORLD = 0o077


@dataclass(frozen=True)
class PythonObservation:
    """The Python that runs this.

    Attributes:
        version: Version, such as (3, 11, 7).
        pinned: Versions that the requirements name, by package.
        installed: Versions that are installed, by package.
    """

    version: tuple[int, ...]
    pinned: Mapping[str, str] = field(default_factory=dict)
    installed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ProgramObservation:
    """A program on PATH, with the version that it reports.

    Attributes:
        program: Name of the program.
        path: Path of the program; "" where it is not on PATH.
        version: Version as it prints it; "" where it failed.
        reason: Why it failed.
    """

    program: str
    path: str = ""
    version: str = ""
    reason: str = ""


@dataclass(frozen=True)
class DockerObservation:
    """The Docker of this machine.

    Attributes:
        program: Version that its daemon reports.
        has_systemd: Whether systemd runs here, and starts services.
    """

    program: ProgramObservation
    has_systemd: bool = True


@dataclass(frozen=True)
class ProgramPackagesObservation:
    """The packages of the Python that Pulumi's language host starts for the program.

    Attributes:
        packages: Names of those that it has.
        reason: Why Pulumi does not report it; "" where it does.
        pinned: Names of those that the requirements name.
        venv: The virtual environment that Pulumi.yaml names.
    """

    packages: frozenset[str]
    reason: str = ""
    pinned: frozenset[str] = frozenset()
    venv: str = ""


@dataclass(frozen=True)
class DiskObservation:
    """A file system.

    Attributes:
        place: A folder in it.
        free: Free bytes.
        total: Total bytes.
    """

    place: str
    free: int
    total: int


@dataclass(frozen=True)
class ClockObservation:
    """This clock beside another one.

    Attributes:
        source: Source whose clock it was compared with.
        skew: Seconds by which this clock is ahead.
        uncertainty: Seconds by which that may be wrong.
        has_systemd: Whether systemd runs here, and can set the clock.
    """

    source: str
    skew: float
    uncertainty: float
    has_systemd: bool = True


@dataclass(frozen=True)
class FileMode:
    """A file that may hold a secret.

    Attributes:
        file: Place of the file.
        purpose: Purpose of the file.
        mode: Permission bits; None where the file does not exist.
        is_own: Whether it belongs to this user.
        is_required: Whether something fails without it.
    """

    file: str
    purpose: str
    mode: int | None
    is_own: bool = True
    is_required: bool = False


def judge_python(observed: PythonObservation) -> Sequence[Finding]:
    """Judge version and packages."""
    version = ".".join(map(str, observed.version))
    if observed.version < OLDEST_PYTHON:
        oldest = ".".join(map(str, OLDEST_PYTHON))
        return (error(f"Python is {version}, and the program needs {oldest} or newer", "make prepare"),)
    missing = sorted(set(observed.pinned) - set(observed.installed))
    if missing:
        packages = format_count(len(missing), "package")
        what = f"Python {version} lacks {packages} of the program: {_some(missing)}"
        return (error(what, "make prepare"),)
    unpinned = sorted(
        f"{name} {observed.installed[name]} (pinned {pin})"
        for name, pin in observed.pinned.items()
        if observed.installed[name] != pin
    )
    if unpinned:
        what = f"Python {version} has other versions than those that were tested: {_some(unpinned)}"
        return (warning(what, "make prepare"),)
    return (ok(f"Python {version}, {format_count(len(observed.pinned), 'package')} as pinned"),)


def judge_engine(observed: ProgramObservation, required: str) -> Sequence[Finding]:
    """Judge the Pulumi engine.

    Args:
        observed: Output of `pulumi version`.
        required: Required version as Pulumi.yaml has it, such as `>=3.259.0`.
    """
    if not observed.path:
        return (
            error(
                "pulumi is not on PATH; nothing can be ordered, changed or swapped without it", ENGINE_REMEDY
            ),
        )
    if not observed.version:
        return (error(f"{observed.path} does not run: {observed.reason}", ENGINE_REMEDY),)
    if _numbers(observed.version) < _numbers(required):
        what = f"pulumi at {observed.path} is {observed.version}, and Pulumi.yaml requires {required}"
        return (error(what, ENGINE_REMEDY),)
    return (ok(f"pulumi {observed.version} at {observed.path}"),)


def judge_program_packages(observed: ProgramPackagesObservation) -> Sequence[Finding]:
    """Judge whether the program finds its packages when Pulumi runs it."""
    remedy = f"make prepare, then export PATH={observed.venv}/bin:$PATH"
    if observed.reason:
        return (error(f"Pulumi cannot start the program's Python: {observed.reason}", remedy),)
    if missing := sorted(observed.pinned - observed.packages):
        packages = format_count(len(missing), "package")
        what = (
            f"the Python that Pulumi starts for the program lacks {packages} ({_some(missing)}), so that"
            " `pulumi preview` fails"
        )
        return (error(what, remedy),)
    return (ok("Pulumi starts the program with a Python that has its packages"),)


def judge_programs(observed: Sequence[ProgramObservation]) -> Sequence[Finding]:
    """Judge the programs that Pulumi's providers start: OpenSSH's."""
    missing = [program.program for program in observed if not program.path]
    if missing:
        what = f"not on PATH: {', '.join(missing)}; servers are reached by OpenSSH"
        return (error(what, "apt-get install openssh-client"),)
    return (ok(f"{', '.join(program.program for program in observed)} are installed"),)


def judge_docker(observed: DockerObservation) -> Sequence[Finding]:
    """Judge the Docker of this machine, which pushes and pulls; `pulumi up` uses that of the servers."""
    docker = observed.program
    if not docker.path:
        what = "docker is not installed here; podman, skopeo, crane or oras can push and pull as well"
        return (note(what, "apt-get install docker.io"),)
    if not docker.version:
        what = f"Docker does not answer on this machine ({docker.reason}); images cannot be pushed from here"
        if _NO_PERMISSION in docker.reason.lower():
            return (warning(what, "usermod -aG docker USER, then log in again"),)
        return (warning(what, "systemctl start docker" if observed.has_systemd else "dockerd &, as root"),)
    return (ok(f"Docker {docker.version}"),)


def judge_disks(
    observed: Sequence[DiskObservation],
    warning_gb: float = _FREE_WARNING_GB,
    error_gb: float = _FREE_ERROR_GB,
) -> Sequence[Finding]:
    """Judge free disk space.

    Args:
        observed: File systems.
        warning_gb: Free GB below which it is short.
        error_gb: Free GB below which work fails.
    """
    return [_disk(disk, warning_gb, error_gb) for disk in observed]


def _disk(disk: DiskObservation, warning_gb: float, error_gb: float) -> Finding:
    free = disk.free / 1e9
    what = f"{disk.place} has {free:.1f} GB free of {disk.total / 1e9:.0f} GB"
    remedy = f"see what fills it: du -xh --max-depth=2 {disk.place} | sort -h | tail"
    if free < error_gb:
        return error(f"{what}, less than {error_gb:g} GB", remedy)
    if free < warning_gb:
        return warning(f"{what}, less than {warning_gb:g} GB", remedy)
    return ok(what)


def judge_clock(observed: ClockObservation) -> Sequence[Finding]:
    """Judge the clock of this machine."""
    seconds = max(0.0, abs(observed.skew) - observed.uncertainty)
    direction = "ahead of" if observed.skew > 0 else "behind"
    what = f"the clock of this machine is {seconds:.0f} s {direction} that of {observed.source}"
    remedy = "timedatectl set-ntp true" if observed.has_systemd else "chronyd -q 'pool pool.ntp.org iburst'"
    if seconds > _SKEW_ERROR:
        return (error(f"{what}; certificates and signatures are refused", remedy),)
    if seconds > _SKEW_WARNING:
        return (warning(what, remedy),)
    return (ok(f"the clock agrees with that of {observed.source}"),)


def judge_modes(observed: Sequence[FileMode]) -> Sequence[Finding]:
    """Judge who may read files with secrets."""
    findings = [finding for file in observed if (finding := _mode_finding(file))]
    existing = [file.purpose for file in observed if file.mode is not None]
    return findings or (ok(f"nobody else can read {', '.join(existing) or 'anything secret'}"),)


def _mode_finding(file: FileMode) -> Finding | None:
    if file.mode is None:
        what = f"{file.purpose} {file.file} does not exist"
        return (
            error(what, "export its path, or see docs/reference/settings.md#the-operators-machine")
            if file.is_required
            else None
        )
    if file.is_own and file.mode & _GROUP_AND_WORLD:
        what = f"{file.purpose} {file.file} can be read by others (mode {file.mode & _MODE:03o})"
        return error(what, f"chmod 600 {file.file}")
    return None


def _numbers(version: str) -> tuple[int, ...]:
    match = re.search(r"\d+(\.\d+)*", version)
    return tuple(map(int, match[0].split("."))) if match else ()


def _some(names: Sequence[str], count: int = 4) -> str:
    more = f" and {len(names) - count} more" if len(names) > count else ""
    return ", ".join(names[:count]) + more

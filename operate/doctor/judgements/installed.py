"""Judges whether servers have installed what the stack's state believes; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from messages.count import format_count
from operate.doctor.finding import Finding, error, note, ok


@dataclass(frozen=True)
class InstalledObservation:
    """What is installed on the servers of a stack.

    Attributes:
        count: Number of installations that the state expects.
        changed: Installations that differ, for people.
        failures: Why a server could not be checked, by DATACENTER-NAME; other checks name it.
    """

    count: int = 0
    changed: tuple[str, ...] = ()
    failures: Mapping[str, str] = field(default_factory=dict)


def judge_installed(environment: str, observed: InstalledObservation) -> Sequence[Finding]:
    """Judge whether front doors, firewalls and all else on servers are as the state has them.

    Args:
        environment: Name of the stack.
        observed: Installations, as observed.
    """
    remedy = f"operate recover {environment}, which installs it again; docs/runbooks/lost-server.md"
    findings = [
        error(f"{what}, and no `pulumi up` notices that by itself", remedy) for what in observed.changed
    ]
    if observed.failures:
        servers = ", ".join(sorted(observed.failures))
        findings.append(note(f"not compared: {servers}; other checks say why"))
    count = format_count(observed.count, "installation is", "installations are")
    return findings or (ok(f"{count} as the state has them"),)

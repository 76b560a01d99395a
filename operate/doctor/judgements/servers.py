"""Judges what runs on a stack's servers: containers, images that drifted, versions, disks; pure."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from messages.count import format_count
from messages.stack_name import name_stack
from operate.doctor.finding import Finding, NotCheckedError, error, note, ok, warning
from operate.record.record import Record
from operate.record.swap_plan import Step
from operate.servers.stopped_docker import docker_restart
from operate.stack.facts import Facts

_RESTARTS = 3
"""From which a container counts as restarting (choice): servers that were rebooted have one or two."""
_FREE_ERROR_GB, _FREE_WARNING_GB = 1.0, 5.0
"""GB on Docker's file system (choices): an upload waits there, an image takes 0.1."""
_OTHER_ERROR_GB = 0.05
"""GB on another file system (choice): a front door's files and logs take less."""


@dataclass(frozen=True)
class ContainerReport:
    """A container on a server.

    Attributes:
        state: State as Docker has it, such as `running`; `missing` where it does not exist.
        health: Health, `healthy`, `unhealthy`, `starting` or `none`.
        restarts: Restarts by Docker, since it was created.
        image: Id of the image that it runs, `sha256:...`.
        log_blocked: Whether Docker does not take its log; its health may not show that.
    """

    state: str
    health: str
    restarts: int
    image: str
    log_blocked: bool


@dataclass(frozen=True)
class ServerReport:
    """What server-report.sh prints.

    Attributes:
        name: Server, DATACENTER-SERVER.
        docker: Version; "" where Docker does not answer.
        haproxy: Version; "" where there is none.
        is_door_outdated: Whether files of the front door are newer than the HAProxy that serves.
        free: Free bytes by the mount point of each file system that the registry writes to, Docker's first.
        containers: Containers by name.
        reason: Why the server does not answer; "" where it does.
    """

    name: str
    docker: str = ""
    haproxy: str = ""
    is_door_outdated: bool = False
    free: Mapping[str, int] = field(default_factory=dict)
    containers: Mapping[str, ContainerReport] = field(default_factory=dict)
    reason: str = ""

    def only(self, names: Collection[str]) -> "ServerReport":
        """Return the report with some of its containers alone."""
        return replace(
            self, containers={name: self.containers[name] for name in names if name in self.containers}
        )


@dataclass(frozen=True)
class UnfinishedBuild:
    """A swap that was left while it built.

    Attributes:
        title: Title of the swap, for people.
        command: Command that resumes it, without `operate`; ENV stands for the stack.
        containers: Names of the containers that it replaces.
    """

    title: str
    command: str
    containers: frozenset[str]


@dataclass(frozen=True)
class ServersObservation:
    """All servers that carry a registry.

    Attributes:
        reports: Reports of the servers.
        images: Ids of images that the stack built, by server; a server that is left out is not judged.
        unfinished: Swap that was left while it built; None where none was.
    """

    reports: tuple[ServerReport, ...]
    images: Mapping[str, frozenset[str]]
    unfinished: UnfinishedBuild | None = None


def find_unfinished_build(facts: Facts, current: Record | None) -> UnfinishedBuild | None:
    """Return the swap whose build has not ended, so that what it replaces may be gone; None for none.

    Args:
        facts: Facts of the stack, as its last `pulumi up` has left them.
        current: The operation under way; None where none is.
    """
    if current is None or current.kind != "swap" or Step.BUILD not in current.state.started:
        return None
    replaced = facts.colours[current.target]
    if replaced is None or replaced.release == current.release:
        return None
    return UnfinishedBuild(current.title, current.command, replaced.containers)


def parse_report(name: str, output: bytes) -> ServerReport:
    """Read what server-report.sh prints.

    Args:
        name: Server, DATACENTER-SERVER.
        output: Output of the script.

    Raises:
        NotCheckedError: The output is no report.
    """
    try:
        fields: dict[str, Any] = json.loads(output)
        containers = {str(key): ContainerReport(**value) for key, value in fields["containers"].items()}
        free = {str(mount): int(number) for mount, number in fields["free"].items()}
        return ServerReport(
            name,
            str(fields["docker"]),
            str(fields["haproxy"]),
            bool(fields["door_outdated"]),
            free,
            containers,
        )
    except (ValueError, KeyError, TypeError, AttributeError) as fault:
        raise NotCheckedError(f"{name}: its report cannot be read ({type(fault).__name__})") from None


def judge_containers(environment: str, observed: ServersObservation) -> Sequence[Finding]:
    """Judge containers, and whether they run the images that the stack built.

    Args:
        environment: Name of the stack.
        observed: Servers as observed, all of them.
    """
    findings: list[Finding] = []
    recover, up = f"operate recover {environment}", f"pulumi up --stack {environment}"
    for report in observed.reports:
        shell = f"operate ssh {environment} {report.name}"
        if report.reason:
            findings.append(error(f"{report.name} cannot be asked: {report.reason}", recover))
        elif not report.docker:
            findings.append(
                error(
                    f"{report.name}: Docker does not answer",
                    name_stack(docker_restart(report.name), environment),
                )
            )
        else:
            built = observed.images.get(report.name)
            for name, container in sorted(report.containers.items()):
                what = f"{report.name}: container {name}"
                if container.state == "missing":
                    findings.append(_missing(what, name, observed.unfinished, environment))
                else:
                    findings += _container(what, name, container, built, shell, up)
    count = sum(len(report.containers) for report in observed.reports)
    subject = format_count(count, "container runs", "containers run")
    return findings or (ok(f"{subject} the images that the stack built"),)


def _missing(what: str, name: str, unfinished: UnfinishedBuild | None, environment: str) -> Finding:
    if unfinished is None or name not in unfinished.containers:
        return error(f"{what} does not exist", f"operate recover {environment}")
    return warning(
        f"{what} does not exist, since the {unfinished.title}, which is not finished, replaces it",
        name_stack(f"operate {unfinished.command}", environment),
    )


def _container(
    what: str, name: str, container: ContainerReport, built: frozenset[str] | None, shell: str, up: str
) -> list[Finding]:
    findings = []
    if container.state != "running":
        findings.append(
            error(
                f"{what} is {container.state}",
                f"{shell} docker start {name}; if it ends again, {shell} docker logs {name}",
            )
        )
    elif container.log_blocked:
        findings.append(
            warning(
                f"{what}: Docker does not take its log, which is dropped",
                f"{shell} systemctl restart docker, which cuts nothing; if that does not help, {shell} docker"
                f" restart {name}",
            )
        )
    elif container.health == "unhealthy":
        findings.append(
            error(f"{what} is unhealthy", f"{shell} docker logs {name}; docs/runbooks/rollback.md")
        )
    if container.restarts >= _RESTARTS:
        findings.append(
            warning(f"{what} was restarted {container.restarts} times", f"{shell} docker logs {name}")
        )
    if built is not None and container.image not in built:
        image = container.image.removeprefix("sha256:")[:12]
        findings.append(warning(f"{what} runs image {image}, which the stack did not build", up))
    return findings


def judge_versions(observed: ServersObservation) -> Sequence[Finding]:
    """Judge versions of Docker and HAProxy, whether HAProxy has read its files, and room on the disks."""
    findings: list[Finding] = []
    answering = [report for report in observed.reports if not report.reason]
    for program in ("docker", "haproxy"):
        versions = {report.name: str(getattr(report, program)) for report in answering}
        different = {version for version in versions.values() if version}
        listed = ", ".join(f"{name} {version}" for name, version in sorted(versions.items()) if version)
        if len(different) > 1:
            what = f"servers have different versions of {program}: {listed}"
            findings.append(
                note(what, "set packageUpgrade to a new text and run pulumi up (docs/reference/servers.md)")
            )
        elif different:
            names = ", ".join(sorted(name for name, version in versions.items() if version))
            findings.append(ok(f"{program} {different.pop()} on {names}"))
    for report in answering:
        if report.is_door_outdated:
            findings.append(
                warning(
                    f"{report.name}: HAProxy has not read its files since they were changed",
                    f"operate ssh ENV {report.name} systemctl reload registry-door, which cuts nothing",
                )
            )
        findings += _disks(report)
    return findings or [note("no server could be asked for versions")]


def _disks(report: ServerReport) -> Iterator[Finding]:
    """Yield a finding for each file system without room; images are on the first one."""
    for number, (mount, free_bytes) in enumerate(report.free.items()):
        free = free_bytes / 1e9
        command = "df -h" if number else "docker system df"
        remedy = f"operate ssh ENV {report.name} {command}; docs/runbooks/swap.md, A server's disk is full"
        if number and free < _OTHER_ERROR_GB:
            yield error(f"{report.name}: the file system {mount} has {free * 1000:.0f} MB free", remedy)
        elif not number and free < _FREE_WARNING_GB:
            what = f"{report.name}: Docker's file system has {free:.1f} GB free"
            yield error(what, remedy) if free < _FREE_ERROR_GB else warning(what, remedy)

"""Faults of a stack's servers: containers, images, versions and disks, and what is said of them."""

import os
import subprocess
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from harness.proxies.local_proxy import LocalProxy
from operate.doctor.finding import NotCheckedError, Severity
from operate.doctor.judgements.servers import (
    ServersObservation,
    judge_containers,
    judge_versions,
    parse_report,
)
from operate.servers.script_text import SCRIPTS
from tests.support.process.shell import stand_in
from tests.unit.operate.doctor.findings import worst
from tests.unit.operate.doctor.stacks import IMAGE, OTHER_IMAGE


def report(tmp_path: Path, *containers: str, door: Path | None = None) -> bytes:
    """What the script prints on a server whose Docker and HAProxy are stand-ins."""
    stand_in(
        tmp_path,
        "docker",
        f"""case "$*" in
  version*) echo 26.1.5 ;;
  "exec registry-"[45]" /bin/sh -c [ -e /tmp/log-blocked ]") ;;
  exec*) exit 1 ;;
  *registry-4) echo "running unhealthy 0 {IMAGE}" ;;
  *registry-5) echo "running healthy 0 {IMAGE}" ;;
  *registry-1) echo "running healthy 0 {IMAGE}" ;;
  *registry-2) echo "exited none 4 {OTHER_IMAGE}" ;;
  *) echo "Error: No such object" >&2; exit 1 ;;
esac""",
    )
    stand_in(tmp_path, "haproxy", "echo 'HAProxy version 2.6.12-1 2023/12/16 - https://haproxy.org/'")
    folders = {"REGISTRY_DOOR": str(door), "REGISTRY_DOOR_RUN": str(door)} if door else {}
    completed = subprocess.run(
        ["bash", "-s", "--", *containers],
        input=(SCRIPTS / "server-report.sh").read_bytes(),
        env={"PATH": f"{tmp_path}:/usr/bin:/bin", "DOCKER_ROOT": str(tmp_path), **folders},
        capture_output=True, check=True, timeout=30,
    )  # fmt: skip
    return completed.stdout


def test_containers_that_stopped_drifted_or_are_gone(tmp_path: Path) -> None:
    read = parse_report("dal05-a", report(tmp_path, "registry-1", "registry-2", "registry-3"))
    assert (read.docker, read.haproxy) == ("26.1.5", "2.6.12-1")
    assert min(read.free.values()) > 0
    assert list(read.only(["registry-1", "other"]).containers) == ["registry-1"]
    observed = ServersObservation((read,), {"dal05-a": frozenset({IMAGE})})
    texts = {finding.what: finding for finding in judge_containers("prod", observed)}
    assert set(texts) == {
        "dal05-a: container registry-2 is exited",
        "dal05-a: container registry-2 was restarted 4 times",
        "dal05-a: container registry-2 runs image bbbbbbbbbbbb, which the stack did not build",
        "dal05-a: container registry-3 does not exist",
    }
    assert texts["dal05-a: container registry-3 does not exist"].remedy == "operate recover prod"
    healthy = parse_report("dal05-a", report(tmp_path, "registry-1"))
    assert judge_containers("prod", replace(observed, reports=(healthy,)))[0].severity is Severity.OK
    sick = replace(healthy, containers={"r": replace(healthy.containers["registry-1"], health="unhealthy")})
    assert "is unhealthy" in worst(judge_containers("prod", replace(observed, reports=(sick,)))).what


@pytest.mark.parametrize("name", ["registry-4", "registry-5"])
def test_a_log_that_docker_does_not_take_is_named_on_a_healthy_server(name: str, tmp_path: Path) -> None:
    """Docker before 23.0 makes no health check of a container that was running when it came back."""
    read = parse_report("dal05-a", report(tmp_path, name))
    observed = ServersObservation((read,), {"dal05-a": frozenset({IMAGE})})
    finding = worst(judge_containers("prod", observed))
    assert finding.severity is Severity.WARNING
    assert finding.what == f"dal05-a: container {name}: Docker does not take its log, which is dropped"
    assert f"docker restart {name}" in finding.remedy


def test_a_proxy_that_has_not_read_its_files_is_named(tmp_path: Path) -> None:
    """A front door sent another password than its colour's: the files were right, HAProxy had older ones."""
    proxy = LocalProxy(tmp_path / "door")
    nothing: Mapping[str, frozenset[str]] = {}
    with proxy.running({"front.cfg": ""}):
        read = parse_report("dal05-a", report(tmp_path, door=proxy.folder))
        assert worst(judge_versions(ServersObservation((read,), nothing))).severity is Severity.OK
        later = time.time() + 5
        os.utime(proxy.folder / "current" / "front.cfg", (later, later))
        changed = parse_report("dal05-a", report(tmp_path, door=proxy.folder))
    finding = worst(judge_versions(ServersObservation((changed,), nothing)))
    assert finding.severity is Severity.WARNING
    assert finding.what == "dal05-a: HAProxy has not read its files since they were changed"
    assert finding.remedy.startswith("operate ssh ENV dal05-a systemctl reload registry-door")


def test_servers_that_do_not_answer_have_other_versions_or_full_disks(tmp_path: Path) -> None:
    read = replace(parse_report("dal05-a", report(tmp_path, "registry-1")), free={"/data": 50 * 10**9})
    nothing: Mapping[str, frozenset[str]] = {}
    no_docker = ServersObservation((replace(read, docker=""),), nothing)
    assert "Docker does not answer" in worst(judge_containers("prod", no_docker)).what
    unreachable = ServersObservation((replace(read, reason="no route"),), nothing)
    assert worst(judge_containers("prod", unreachable)).remedy == "operate recover prod"
    assert judge_versions(unreachable)[0].severity is Severity.NOTE
    same = judge_versions(ServersObservation((read,), nothing))
    assert worst(same).severity is Severity.OK
    assert [finding.what for finding in same if "docker" in finding.what] == ["docker 26.1.5 on dal05-a"]
    different = ServersObservation((read, replace(read, name="dal05-b", docker="20.10")), nothing)
    assert (
        "different versions of docker: dal05-a 26.1.5, dal05-b 20.10" in worst(judge_versions(different)).what
    )
    for free, severity in ((10**8, Severity.ERROR), (3 * 10**9, Severity.WARNING)):
        short = ServersObservation((replace(read, free={"/data": free, "/": 10**9}),), nothing)
        assert worst(judge_versions(short)).severity is severity
        assert "Docker's file system" in worst(judge_versions(short)).what
    full = ServersObservation((replace(read, free={**read.free, "/": 4 * 10**7}),), nothing)
    assert worst(judge_versions(full)).what == "dal05-a: the file system / has 40 MB free"
    assert "operate ssh ENV dal05-a df -h" in worst(judge_versions(full)).remedy
    with pytest.raises(NotCheckedError, match="its report cannot be read"):
        parse_report("dal05-a", b"bash: docker")
